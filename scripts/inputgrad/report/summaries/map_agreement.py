"""How alike maps are, from the shares of the cells of a coarse grid (`saliency_cells`).

Spearman's correlation over the cells: between the maps of two models for one photograph, and, as
its controls, between the map of one model and those of the other for other photographs, and between
the maps of one model for two photographs, in that of both models in which they agree more; between
two photographs of one class in one model, with photographs of other classes as the control. A grid
of one size makes maps of different resolutions comparable; what is finer than a cell is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from inputgrad.report.summaries.cell_shares import (
    Ranks,
    beside_others,
    beside_spot,
    beyond_spot,
    correlated,
    map_ranks,
    spot_ranks,
    within_groups,
)
from inputgrad.report.summaries.codes import Standing, above_zero
from inputgrad.report.summaries.data import Data, by_key
from inputgrad.statistics.correlation import spearman
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired

HALF = "half_mass_share"


@dataclass(frozen=True, slots=True)
class ModelAgreement:
    """The maps of two models for the same photographs, and for different ones.

    `other_photograph` and `same_network`: for each photograph the mean over `PARTNERS` others;
    `spot`: with a spot in the middle of the image, in the model `spot_in`, where it agrees more;
    `beyond_spot` and `beyond_spot_network` are `same_photograph` and `same_network` once more, with
    what the spot explains taken out (partial correlations);
    `beside_network` compares `same_network` with the same photograph's, photograph by photograph.
    `concentration` is Spearman's correlation, over the photographs, of the half-mass shares in both
    models: where it is high, the photograph decides how concentrated a map is, not the network.
    """

    run: str
    first: str
    second: str
    same_photograph: Estimate
    other_photograph: Estimate
    same_network: Estimate
    spot: Estimate
    spot_in: str
    beyond_spot: Estimate
    beyond_spot_network: Estimate
    beside_network: Comparison
    by_photograph: Mapping[str, float]
    concentration: Comparison

    @property
    def lowest(self) -> float | None:
        """The agreement on the photograph whose maps are least alike."""
        return min(self.by_photograph.values(), default=None)

    @property
    def highest(self) -> float | None:
        """The agreement on the photograph whose maps are most alike."""
        return max(self.by_photograph.values(), default=None)

    @property
    def by_place(self) -> Standing:
        """Whether the spot agrees with them at all."""
        return above_zero(self.spot)


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """The maps of one model for photographs of one class, and of different classes.

    `classes` have two photographs or more in the sample.
    """

    run: str
    model: str
    classes: int
    same_class: Estimate
    other_class: Estimate


def model_agreement(data: Data, run: str) -> tuple[ModelAgreement, ...]:
    """Every pair of models that has maps of the run."""
    found = {model: map_ranks(data, model, run) for model in data.models}
    halves = {m: by_key(data.of_run("saliency", m, run), "image_id", HALF) for m in data.models}
    return tuple(
        _between(data, run, (first, found[first]), (second, found[second]), halves)
        for first, second in combinations([m for m in found if found[m]], 2)
    )


def class_agreement(data: Data, run: str) -> tuple[ClassAgreement, ...]:
    """Every model that has maps of the run."""
    labels = {str(i): int(c) for i, c in _pairs(data.tables["photographs"], "image_id", "label")}
    found = {model: map_ranks(data, model, run) for model in data.models}
    return tuple(_within(run, m, ranks, labels) for m, ranks in found.items() if ranks)


def _between(
    data: Data,
    run: str,
    first: tuple[str, Ranks],
    second: tuple[str, Ranks],
    halves: Mapping[str, Mapping[str | int, float]],
) -> ModelAgreement:
    (one, a), (other, b) = first, second
    shared = sorted(a.keys() & b.keys())
    rhos = correlated(a, b, [(i, i) for i in shared])
    same = {i: rho for i, rho in zip(shared, rhos, strict=True) if rho is not None}
    others = beside_others(a, b, shared)
    within = max(
        (_within_network(data, run, *side, shared) for side in (first, second)), key=_middle
    )
    both = [i for i in shared if i in same and i in within]
    known = sorted(halves[one].keys() & halves[other].keys(), key=str)
    concentration = spearman([halves[one][i] for i in known], [halves[other][i] for i in known])
    spots = {side[0]: _spot(data, *side) for side in (first, second)}
    c, d = (beyond_spot(ranks, spot_ranks(data, model)) for model, ranks in (first, second))
    left = sorted(c.keys() & d.keys())
    beyond = [rho for rho in correlated(c, d, [(i, i) for i in left]) if rho is not None]
    beyond_network = (median([*beside_others(own, own, left).values()]) for own in (c, d))
    spot_in = max(spots, key=lambda model: spots[model].estimate or -1.0)
    return ModelAgreement(
        run,
        one,
        other,
        median(list(same.values())),
        median([*others.values()]),
        median([*within.values()]),
        spots[spot_in],
        spot_in,
        median(beyond),
        max(beyond_network, key=_height),
        paired([same[i] for i in both], [within[i] for i in both]),
        same,
        concentration,
    )


def _spot(data: Data, model: str, ranks: Ranks) -> Estimate:
    return median(beside_spot(ranks, spot_ranks(data, model)))


def _within_network(
    data: Data, run: str, model: str, ranks: Ranks, shared: Sequence[str]
) -> dict[str, float]:
    """Of one network beside other photographs; most pairs of networks share the same ones."""
    made = ("within", run, model, tuple(shared))
    return data.once(made, lambda: beside_others(ranks, ranks, shared))


def _height(estimate: Estimate) -> float:
    return -1.0 if estimate.estimate is None else estimate.estimate


def _middle(rhos: Mapping[str, float]) -> float:
    return median([*rhos.values()]).estimate or 0.0


def _within(run: str, model: str, ranks: Ranks, labels: Mapping[str, int]) -> ClassAgreement:
    by_class: dict[int, list[str]] = {}
    for image_id in sorted(ranks.keys() & labels.keys()):
        by_class.setdefault(labels[image_id], []).append(image_id)
    several = [ids for ids in by_class.values() if len(ids) > 1]
    same = median(within_groups(ranks, several))
    firsts = [ids[0] for ids in by_class.values()]
    moved = [*zip(firsts, [*firsts[1:], *firsts[:1]], strict=True)] if len(firsts) > 1 else []
    others = [rho for rho in correlated(ranks, ranks, moved) if rho is not None]
    return ClassAgreement(run, model, len(several), same, median(others))


def _pairs(rows: pd.DataFrame, first: str, second: str) -> Iterator[tuple[object, int]]:
    yield from zip(rows[first].tolist(), rows[second].tolist(), strict=True)
