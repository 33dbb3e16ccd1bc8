"""Q9: an image of a class as the iterations go by, and the score that they climb."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import y_title
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import axes_in, evenly, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.style import LOOKS, MUTED
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

STRIPS, SNAPSHOTS = 2, 4
CURVES = 2.6  # inches for the score curves below the strips
LEFT, BOTTOM, TOP = 0.4, 0.48, 0.68  # room for their labels


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """A strip of snapshots for some classes, below it the score of every class."""
    model = summary.context.model_names[0]
    found = with_pictures(summary.drawn[model], pictures)
    if not found:
        return None
    shown = [found[i] for i in evenly(len(found), STRIPS)]
    strips = [_strip(ascent, pictures, words, titled=ascent is shown[0]) for ascent in shown]
    names = [words.class_name(ascent.class_index) for ascent in shown]
    figure = image_grid(strips, heading=words.network(model), row_labels=names, footer=CURVES)
    _curves(_below(figure), found, shown, words)
    facts: dict[str, Fact] = {
        str(ascent.class_index): {
            "iterations": [snapshot.iteration for snapshot in ascent.snapshots],
            "score": [snapshot.score for snapshot in ascent.snapshots],
            "probability": [snapshot.probability for snapshot in ascent.snapshots],
        }
        for ascent in shown
    }
    return Drawing(figure, len(found), facts, format="jpg")


def _strip(ascent: Ascent, pictures: Pictures, words: Words, *, titled: bool) -> list[Tile]:
    images, tiles = pictures.snapshots(ascent), []
    for place in evenly(len(ascent.snapshots), SNAPSHOTS):
        snapshot = ascent.snapshots[place]
        title = words["iteration"].format(snapshot.iteration) if titled else ""
        tiles.append(
            Tile(pictures.shown(images[place]), title, words.probability(snapshot.probability))
        )
    return tiles


def _below(figure: Figure) -> Axes:
    width = float(figure.get_size_inches()[0])
    return axes_in(figure, LEFT, BOTTOM, width - LEFT - 0.1, CURVES - BOTTOM - TOP)


def _curves(axes: Axes, found: list[Ascent], shown: list[Ascent], words: Words) -> None:
    for ascent in found:
        axes.plot(*_path(ascent), color=MUTED, lw=1.0, alpha=0.5)
    for ascent, look in zip(shown, LOOKS[2:], strict=False):
        name = words.class_name(ascent.class_index)
        axes.plot(
            *_path(ascent), color=look.colour, ls=look.dash, lw=2.2, marker=look.marker, ms=7,
            mec="white", label=name,
        )  # fmt: skip
    axes.set(xlabel=words["iterations"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    y_title(axes, words["score"])
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.14), ncols=STRIPS, borderaxespad=0.1)


def _path(ascent: Ascent) -> tuple[list[int], list[float]]:
    """Iterations and the score after each, where it was measured."""
    scores = {s.iteration: s.score for s in ascent.snapshots if s.score is not None}
    return [*scores], [*scores.values()]
