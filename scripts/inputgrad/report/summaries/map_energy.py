"""Whether a photograph's saliency map foretells where an attack puts its perturbation.

Spearman's correlation, over the cells of a grid, between the map of the label and the energy of the
perturbation of the same photograph, and, as its controls, with the maps of other photographs and
with a spot in the middle of the image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inputgrad.report.summaries.cell_shares import (
    beside_others,
    beside_spot,
    correlated,
    map_ranks,
    perturbation_ranks,
    spot_ranks,
)
from inputgrad.report.summaries.codes import Standing, above_zero
from inputgrad.report.summaries.data import Data
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One model under the main run of either technique.

    `own` is the correlation with the photograph's own map, `other` the mean of those with other
    photographs' maps, `spot` with the spot, and `result` the shift of the first over the second,
    photograph by photograph, adjusted by Holm over the models.
    """

    model: str
    run: str
    attack: str
    own: Estimate
    other: Estimate
    spot: Estimate
    result: Comparison

    @property
    def by_place(self) -> Standing:
        """Whether the spot agrees with them at all."""
        return above_zero(self.spot)


def energy_rows(data: Data) -> tuple[EnergyRow, ...]:
    """Models of which at least two photographs have both."""
    found = [row for model in data.models if (row := _row(data, model)).result.n]
    adjusted = holm({row.model: row.result for row in found})
    return tuple(replace(row, result=adjusted[row.model]) for row in found)


def _row(data: Data, model: str) -> EnergyRow:
    run, attack = (data.context.main_runs[t] for t in ("saliency", "adversarial"))
    maps, energy = map_ranks(data, model, run), perturbation_ranks(data, model, attack)
    shared = sorted(maps.keys() & energy.keys())
    others = beside_others(energy, maps, shared)
    alike = zip(shared, correlated(maps, energy, [(i, i) for i in shared]), strict=True)
    known = [(rho, others[i]) for i, rho in alike if rho is not None and i in others]
    own, other = [x for x, _ in known], [y for _, y in known]
    spot = median(beside_spot(energy, spot_ranks(data, model)))
    return EnergyRow(model, run, attack, median(own), median(other), spot, paired(own, other))
