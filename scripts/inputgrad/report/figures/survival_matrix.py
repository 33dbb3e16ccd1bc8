"""Q6: how many attacks are left after each change of the image, and how often the label comes back.

A row for each network and run, a column for each change. Left: the share that is still predicted as
the target; right: the share that is predicted as the label again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.attack_names import attack_names
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import INK, MAX_HEIGHT, MUTED, SMALL, WIDTH
from inputgrad.report.figures.transfer_matrix import DARK, GROUND, TINY
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.survived import Survived
from inputgrad.statistics.estimates import Estimate

CHANGES = {"jpeg": "change_jpeg", "resize": "change_resize", "noise": "change_noise"}
PANELS = {"fooled": "survival_fooled", "label_returns": "survival_returns"}
ROW, FRAME = 0.42, 1.5  # inches: of a row, and of titles and labels together
NARROW = 6  # columns, up to which the interval has room


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """None where no attack was changed."""
    found = summary.survived
    if not found:
        return None
    changes = list(dict.fromkeys(row.change for row in found))
    rows = list(dict.fromkeys((row.run, row.model) for row in found))
    height = min(FRAME + ROW * len(rows), MAX_HEIGHT)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    for axes, (share, title) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
        _panel(axes, len(changes), len(rows), words[title])
        for row in found:
            place = (changes.index(row.change), rows.index((row.run, row.model)))
            _cell(axes, *place, getattr(row, share), words, columns=len(changes))
        axes.set_xticklabels([_named(change, found, words) for change in changes], size=TINY)
        axes.set_yticklabels([])
        if share == "fooled":
            _names(axes, rows, attack_names(summary.context, words), words)
    facts: dict[str, Fact] = {
        f"{row.run}_{row.model}_{row.change}": {
            share: facts_of(getattr(row, share)) for share in PANELS
        }
        for row in found
    }
    return Drawing(figure, max(row.n for row in found), facts)


def _names(axes: Axes, rows: list[tuple[str, str]], names: Mapping[str, str], words: Words) -> None:
    """Left of each row its network, and under that its run."""
    for y, (run, model) in enumerate(rows):
        place: dict[str, Any] = {"ha": "right", "va": "center"}
        axes.text(-0.08, y + 0.33, words.network(model), size=SMALL, **place)
        axes.text(-0.08, y + 0.7, names[run], size=TINY, color=MUTED, **place)


def _named(change: str, found: tuple[Survived, ...], words: Words) -> str:
    row = next(row for row in found if row.change == change)
    return words[CHANGES[row.kind]].format(row.strength)


def _panel(axes: Axes, columns: int, rows: int, title: str) -> None:
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.set_title(title, loc="left", size=SMALL)
    axes.set_xticks([place + 0.5 for place in range(columns)])
    axes.set_yticks([place + 0.5 for place in range(rows)])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cell(axes: Axes, x: int, y: int, share: Estimate, words: Words, *, columns: int) -> None:
    value = share.estimate
    ground = "white" if value is None else GROUND(value)
    axes.add_patch(Rectangle((x + 0.03, y + 0.04), 0.94, 0.92, facecolor=ground, edgecolor="none"))
    ink = "white" if value is not None and value > DARK else INK
    place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    size = SMALL if columns <= NARROW else TINY
    axes.text(x + 0.5, y + 0.5, words.percent(value), size=size, **place)
