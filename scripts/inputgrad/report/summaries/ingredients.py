"""What each ingredient of `fourier` brings: runs that take one out, beside the one that has all.

Compared is whether other networks name the class, picture by picture: of the same class, from the
same start (`repeat`), before the same judge. The judges and repetitions of a class are one cluster
(`named.compare_named`), and all ingredients of all networks one family after Holm.
The run that has all is the main run with as many iterations as those that it is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from inputgrad.hashing import canonical_json
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.named import NamedMore, Recognitions, compare_named
from inputgrad.statistics.estimates import Verdict
from inputgrad.statistics.families import holm

ASIDES = ("snapshots", "classes", "repeat")  # in which runs of one way may differ


class Ingredient(StrEnum):
    """What a run lacks."""

    COEFFICIENTS = "coefficients"
    COLOURS = "colours"
    VIEWS = "views"
    NOISE = "noise"
    SMOOTHNESS = "smoothness"
    CONTRAST = "contrast"  # climbs the score alone
    RIVALS = "rivals"  # climbs the logarithm of the probability in place of the contrast


TAKEN_OUT: Mapping[Ingredient, Mapping[str, Any]] = {
    Ingredient.COEFFICIENTS: {"parameterization": "pixels"},
    Ingredient.COLOURS: {"parameterization": "fourier_rgb"},
    Ingredient.VIEWS: {"smallest_view": 1.0, "largest_view": 1.0, "margin": 0.0},
    Ingredient.NOISE: {"noise_sd": 0.0},
    Ingredient.SMOOTHNESS: {"lambda": 0.0},
    Ingredient.CONTRAST: {"objective": "score"},
    Ingredient.RIVALS: {"objective": "log_probability"},
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """One ingredient in one network: the pictures with it (first) and without it (second)."""

    model: str
    ingredient: Ingredient
    named: NamedMore


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Every ingredient that some run takes out; `iterations` are those of the runs compared.

    `runs`: names of all runs that take part.
    """

    iterations: int
    runs: frozenset[str]
    rows: tuple[Lacking, ...]

    def of(self, model: str) -> tuple[Lacking, ...]:
        """Those of one network."""
        return tuple(row for row in self.rows if row.model == model)

    def cell(self, model: str, ingredient: Ingredient) -> Lacking | None:
        """One of them."""
        return next((row for row in self.of(model) if row.ingredient is ingredient), None)

    @property
    def models(self) -> tuple[str, ...]:
        """Networks whose pictures were compared."""
        return tuple(dict.fromkeys(row.model for row in self.rows))

    @property
    def known(self) -> tuple[Ingredient, ...]:
        """Ingredients that were taken out in some network."""
        found = {row.ingredient for row in self.rows}
        return tuple(ingredient for ingredient in Ingredient if ingredient in found)

    @property
    def told(self) -> bool:
        """Whether classes are enough to tell something of any of them."""
        return any(row.named.result.verdict is not Verdict.TOO_FEW for row in self.rows)

    def by_verdict(self, model: str) -> Mapping[Verdict, tuple[Ingredient, ...]]:
        """Every verdict on the complete run -> the ingredients that it is about, if any."""
        found: dict[Verdict, list[Ingredient]] = defaultdict(list)
        for row in self.of(model):
            found[row.named.result.verdict].append(row.ingredient)
        return {verdict: tuple(found[verdict]) for verdict in Verdict}


def ingredients(data: Data, recognitions: Recognitions) -> Ingredients | None:
    """Of the main run, in as many iterations as most ingredients were taken out in; else None."""
    ways = _ways(data)
    main = _without_asides(_settings(data)[data.context.main_runs["class_visualization"]])
    lengths = sorted({way.settings["iterations"] for way in ways.values()})
    found = [_compared(recognitions, data.models, ways, main | {"iterations": n}) for n in lengths]
    compared = [one for one in found if one.rows]
    return max(compared, key=lambda one: len(one.rows)) if compared else None


@dataclass(frozen=True, slots=True)
class _Way:
    """Runs that differ in `ASIDES` alone, by their `repeat`."""

    settings: Mapping[str, Any]
    runs: Mapping[int, str]


def _settings(data: Data) -> Mapping[str, Mapping[str, Any]]:
    return data.context.settings["class_visualization"]


def _without_asides(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in ASIDES}


def _ways(data: Data) -> Mapping[str, _Way]:
    """All settings, as one text, and what ran under them; of equal runs the first one counts."""
    found: dict[str, _Way] = {}
    for run in data.context.runs["class_visualization"]:
        settings = _without_asides(chosen := _settings(data)[run])
        if "iterations" in settings:
            way = found.setdefault(canonical_json(settings), _Way(settings, {}))
            repeat = chosen.get("repeat", 0)
            found[canonical_json(settings)] = replace(way, runs={repeat: run, **way.runs})
    return found


def _compared(
    recognitions: Recognitions,
    models: Sequence[str],
    ways: Mapping[str, _Way],
    complete: Mapping[str, Any],
) -> Ingredients:
    """Every ingredient beside the runs with these settings."""
    iterations = int(complete["iterations"])
    reference = ways.get(canonical_json(complete))
    if reference is None:
        return Ingredients(iterations, frozenset(), ())
    runs: set[str] = set()
    rows: list[Lacking] = []
    for ingredient, out in TAKEN_OUT.items():
        way = ways.get(canonical_json({**complete, **out}))
        if way is not None and out.keys() <= complete.keys() and way is not reference:
            added = [_lacking(recognitions, m, ingredient, reference, way) for m in models]
            rows += [row for row in added if row is not None]
            runs |= {*way.runs.values(), *reference.runs.values()}
    adjusted = holm({str(place): row.named.result for place, row in enumerate(rows)})
    pairs = zip(rows, adjusted.values(), strict=True)
    whole = tuple(replace(r, named=replace(r.named, result=result)) for r, result in pairs)
    return Ingredients(iterations, frozenset(runs), whole)


def _lacking(
    recognitions: Recognitions, model: str, ingredient: Ingredient, reference: _Way, way: _Way
) -> Lacking | None:
    """One ingredient in one network; None where nobody judged both."""
    found = compare_named(recognitions, model, reference.runs, way.runs)
    return None if found is None else Lacking(model, ingredient, found)
