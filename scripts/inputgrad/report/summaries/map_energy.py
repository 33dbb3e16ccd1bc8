"""Whether a photograph's saliency map foretells where an attack puts its perturbation.

Spearman's correlation, over the cells of a grid, between the map of the label and the energy of the
perturbation of the same photograph, and, as its control, with the map of the next photograph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inputgrad.report.summaries.cell_shares import correlated, map_ranks, perturbation_ranks
from inputgrad.report.summaries.data import Data
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One model under the main run of either technique.

    `own` is the correlation with the photograph's own map, `other` with another photograph's, and
    `result` the shift of the first over the second, photograph by photograph, adjusted by Holm over
    the models.
    """

    model: str
    run: str
    attack: str
    own: Estimate
    other: Estimate
    result: Comparison


def energy_rows(data: Data) -> tuple[EnergyRow, ...]:
    """Models of which at least two photographs have both."""
    found = [row for model in data.models if (row := _row(data, model)).result.n]
    adjusted = holm({row.model: row.result for row in found})
    return tuple(replace(row, result=adjusted[row.model]) for row in found)


def _row(data: Data, model: str) -> EnergyRow:
    run, attack = (data.context.main_runs[t] for t in ("saliency", "adversarial"))
    maps, energy = map_ranks(data, model, run), perturbation_ranks(data, model, attack)
    shared = sorted(maps.keys() & energy.keys())
    moved = [*shared[1:], *shared[:1]] if len(shared) > 1 else []
    pairs = [*zip(shared, moved, strict=False)]
    a = correlated(maps, energy, [(i, i) for i, _ in pairs])
    b = correlated(maps, energy, [(j, i) for i, j in pairs])
    known = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    own, other = [x for x, _ in known], [y for _, y in known]
    return EnergyRow(model, run, attack, median(own), median(other), paired(own, other))
