"""Question 5: adversarial images, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.attacked_maps import AttackedMaps, attacked_maps
from inputgrad.report.summaries.clamping import Clamping, clampings
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.map_energy import EnergyRow
from inputgrad.report.summaries.score_paths import ScorePaths
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.survival import Curve

ITERATIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Answer:
    """The attacks of the main run; `curves`: model -> iteration -> share fooled by then.

    `clampings` are pairs of runs that differ in clamping alone, `energy` is where the perturbation
    lies, `score_paths` how the scores go, `maps` what is left of the maps. `left_out`: photographs
    of the first model whose fixed target is their label, or not given.
    """

    rows: tuple[AttackRow, ...]
    curves: Mapping[str, Mapping[int, Estimate]]
    clampings: tuple[Clamping, ...]
    energy: tuple[EnergyRow, ...]
    score_paths: tuple[ScorePaths, ...]
    maps: tuple[AttackedMaps, ...]
    left_out: int

    @property
    def key(self) -> KeyNumber | None:
        """Share of the photographs on which the attack reaches its target, in the first model."""
        return first_measured(*(KeyNumber("fooled", r.model, r.fooled) for r in self.rows[:1]))

    @property
    def leaving_out(self) -> codes.Occurrence:
        """Whether a fixed target leaves out a photograph."""
        return codes.occurrence(self.left_out)

    @property
    def reached(self) -> codes.Reached:
        """For how many photographs of all networks the target was reached."""
        return codes.reached(*(row.fooled for row in self.rows))


def answer(evidence: Evidence) -> Answer:
    """Attacks in every model."""
    context = evidence.data.context
    return Answer(
        rows=evidence.attacks,
        curves={m: _some(curve) for m, curve in evidence.curves.items()},
        clampings=clampings(context.settings["adversarial"], evidence.attack_runs),
        energy=evidence.energy,
        score_paths=evidence.score_paths,
        maps=attacked_maps(evidence.data),
        left_out=_left_out(evidence.data),
    )


def _left_out(data: Data) -> int:
    """Photographs that the main run leaves out for their fixed target."""
    rows = data.of_model("adversarial", data.models[0])
    rows = rows[rows["run"].eq(data.context.main_runs["adversarial"])]
    rows = rows[rows["target_policy"].eq(data.context.target_policy)]
    fixed = rows["target_policy"].eq("fixed")
    return int((fixed & (rows["target"].isna() | rows["target"].eq(rows["label"]))).sum())


def _some(curve: Curve) -> Mapping[int, Estimate]:
    """Share fooled after a few numbers of iterations, the last of them the budget."""
    points, budget = dict(zip(curve.ks, curve.points, strict=True)), curve.ks[-1]
    return {k: points[k] for k in (*(k for k in ITERATIONS if k < budget), budget)}
