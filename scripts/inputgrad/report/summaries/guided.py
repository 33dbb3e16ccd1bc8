"""Attacks confined to the pixels that a saliency map chooses, beside as many others.

Within a group every parameter but the choice of the pixels is the same. The most and the least
salient pixels are compared with random ones, and with each other, by the iterations to fool,
photograph by photograph; where the budget ended first, it counts, and such photographs are ties at
the top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.context import Context
from inputgrad.statistics.estimates import Comparison
from inputgrad.statistics.families import holm
from inputgrad.statistics.paired import paired

METHOD, PIXELS = "saliency_guided", "pixels"
ORDER = SALIENT, RANDOM, LEAST = ("salient", "random", "least")


@dataclass(frozen=True, slots=True)
class GuidedRow:
    """One choice of pixels in one model.

    `result` is its shift in iterations over random pixels, None of the random ones themselves, and
    where no run has these; `beside_least` that of the most salient pixels over the least salient.
    All of them are adjusted by Holm as one family.
    """

    pixels: str
    share: float
    row: AttackRow
    result: Comparison | None
    beside_least: Comparison | None


def guided_rows(
    runs: Mapping[str, tuple[AttackRow, ...]], context: Context
) -> tuple[GuidedRow, ...]:
    """Rows by model, the most salient pixels first; of the first group that the runs make."""
    settings = context.settings["adversarial"]
    named = [run for run in runs if settings[run]["method"] == METHOD]
    if not named:
        return ()
    alike = [run for run in named if _group(settings[run]) == _group(settings[named[0]])]
    by_pixels = {str(settings[run][PIXELS]): run for run in reversed(alike)}
    share = float(settings[named[0]]["share"])
    found = [
        GuidedRow(
            pixels,
            share,
            row,
            _beside(row, runs.get(by_pixels.get(RANDOM, ""), ())),
            _beside(row, runs.get(by_pixels.get(LEAST, ""), ())) if pixels == SALIENT else None,
        )
        for model in context.model_names
        for pixels in ORDER
        if pixels in by_pixels
        for row in runs[by_pixels[pixels]]
        if row.model == model
    ]
    compared = {f"{i} random": one.result for i, one in enumerate(found) if one.result}
    compared |= {f"{i} least": one.beside_least for i, one in enumerate(found) if one.beside_least}
    adjusted = holm(compared)
    return tuple(
        replace(one, result=adjusted.get(f"{i} random"), beside_least=adjusted.get(f"{i} least"))
        for i, one in enumerate(found)
    )


def _group(settings: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in settings.items() if key != PIXELS}


def _beside(row: AttackRow, others: tuple[AttackRow, ...]) -> Comparison | None:
    other = next((one for one in others if one.model == row.model), None)
    if other is None or other.run == row.run:
        return None
    own, random = _iterations(row), _iterations(other)
    shared = sorted(own.keys() & random.keys())
    return paired([own[i] for i in shared], [random[i] for i in shared])


def _iterations(row: AttackRow) -> dict[str, int]:
    return row.points.known("iterations")
