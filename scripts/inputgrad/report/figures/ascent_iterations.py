"""Q9: an image of a class as the iterations go by, and the score that they climb."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.classes import Ascent, ascents, evenly
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, axes_in, image_grid
from inputgrad.report.figures.marks import y_title
from inputgrad.report.figures.style import MARKS, MUTED
from inputgrad.report.figures.words import probability_words, wrapped

STRIPS, SNAPSHOTS = 3, 4
CURVES = 2.6  # inches for the score curves below the strips
LEFT, BOTTOM, TOP = 0.4, 0.48, 0.68  # room for their labels
NAME = 1.1  # inches for a class in the legend


def draw(data: FigureData) -> Drawing | None:
    """A strip of snapshots for some classes, below it the score of every class."""
    model = data.order.models[0]
    found = ascents(data, model, data.order.main_visualization)
    if not found:
        return None
    shown = [found[i] for i in evenly(len(found), STRIPS)]
    strips = [_strip(data, item, titled=item is shown[0]) for item in shown]
    names = [data.class_name(item.class_index) for item in shown]
    figure = image_grid(strips, heading=model, row_labels=names, footer=CURVES)
    _curves(_below(figure), data, found, shown)
    facts: dict[str, Fact] = {
        str(item.class_index): {
            "iterations": [int(i) for i in item.rows["iteration"]],
            "score": [float(s) for s in item.rows["score"]],
            "probability": [float(p) for p in item.rows["probability"]],
        }
        for item in shown
    }
    return Drawing(figure, len(found), facts, format="jpg")


def _strip(data: FigureData, item: Ascent, *, titled: bool) -> list[Tile]:
    places = evenly(len(item.rows), SNAPSHOTS)
    rows = item.rows.iloc[places]
    titles = [data.labels["iteration"].format(i) if titled else "" for i in rows["iteration"]]
    captions = [probability_words(p, data.labels) for p in rows["probability"]]
    return [
        Tile(picture, title=title, caption=caption)
        for picture, title, caption in zip(item.snapshots[places], titles, captions, strict=True)
    ]


def _below(figure: Figure) -> Axes:
    width = float(figure.get_size_inches()[0])
    return axes_in(figure, LEFT, BOTTOM, width - LEFT - 0.1, CURVES - BOTTOM - TOP)


def _curves(axes: Axes, data: FigureData, found: list[Ascent], shown: list[Ascent]) -> None:
    for item in found:
        axes.plot(item.rows["iteration"], item.rows["score"], color=MUTED, lw=1.0, alpha=0.5)
    for item, mark in zip(shown, MARKS[2:], strict=False):
        name = wrapped(data.class_name(item.class_index), NAME, lines=1)[0]
        axes.plot(
            item.rows["iteration"], item.rows["score"], color=mark.colour, ls=mark.dash, lw=2.2,
            marker=mark.marker, ms=7, mec="white", label=name,
        )  # fmt: skip
    axes.set(xlabel=data.labels["iterations"])
    y_title(axes, data.labels["score"])
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.14), ncols=STRIPS, borderaxespad=0.1)
