"""Q2: one photograph, its map, and the map under noise and for two other classes, side by side.

Of the first network that has kept them, by the first run that is shown; below each map how much it
agrees with the first.
"""

from __future__ import annotations

import math

from inputgrad.report.figures.arrays import Noisy, Pictures, Questions
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import CLIP_QUANTILE, heat
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row of pictures; None where no network has kept them."""
    run = next(iter(pictures.exemplars.of("saliency", summary.context)), "")
    models = [row.model for row in summary.saliency_runs.get(run, ())]
    kept = {m: one for m in models if (one := pictures.questions(m, run)) is not None}
    if not kept:
        return None
    model, questions = next(iter(kept.items()))
    noisy = pictures.noisy(model, run)
    figure = image_grid(
        [_tiles(questions, noisy, words)],
        heading=words.network(model),
        footer=HEAT_FOOTER,
    )
    heat_legend(figure, words)
    facts: dict[str, Fact] = {
        "run": run,
        "classes": [int(index) for index in questions.classes],
        "rhos": [_known(rho) for rho in questions.rhos],
        "noisy_rho": None if noisy is None else _known(noisy.noisy_rho[0]),
        "clip_quantile": CLIP_QUANTILE,
    }
    return Drawing(figure, 1, facts, format="jpg")


def _tiles(questions: Questions, noisy: Noisy | None, words: Words) -> list[Tile]:
    label, *others = (words.class_name(int(index)) for index in questions.classes)
    tiles = [
        Tile(questions.picture, title=words["photograph"], caption=label),
        Tile(heat(questions.map), title=words["map"], caption=words["asked_map"]),
    ]
    if noisy is not None:
        rho = _agreement(noisy.noisy_rho[0], words)
        tiles.append(Tile(heat(noisy.noisy), title=words["asked_noisy"], caption=rho))
    for name, saliency, rho in zip(
        others, (questions.runner_up, questions.other), questions.rhos, strict=True
    ):
        title = words["asked_class"].format(name)
        tiles.append(Tile(heat(saliency), title=title, caption=_agreement(rho, words)))
    return tiles


def _agreement(rho: float, words: Words) -> str:
    known = _known(rho)
    return "" if known is None else words["rho"].format(known)


def _known(rho: float) -> float | None:
    return None if math.isnan(rho) else float(rho)
