"""What every question and every figure may draw on, computed once.

Main run, sweep of step sizes, comparable settings and the ratio of needed to predicted iterations
are each derived here alone; questions and figures select from it and compute nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import (
    AttackRow,
    Reach,
    attack_rows,
    fooling_curve,
    reach,
    sweep,
)
from inputgrad.report.summaries.attack_contest import Contest, attack_contests
from inputgrad.report.summaries.comparisons import Comparisons, compare_all
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.likeness import Likeness, likenesses
from inputgrad.report.summaries.map_energy import EnergyRow, energy_rows
from inputgrad.report.summaries.recognition import Recognition, recognitions
from inputgrad.report.summaries.saliency import SaliencyRow, saliency_rows
from inputgrad.report.summaries.score_paths import ScorePaths, score_paths
from inputgrad.report.summaries.survived import Survived, survived_rows
from inputgrad.report.summaries.transfer import Transfer, transfers
from inputgrad.report.summaries.visualization import (
    Ascent,
    Settings,
    VisualizationRow,
    ascents,
    restraints,
    settings,
    visualization_rows,
)
from inputgrad.statistics.survival import Curve


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows by model, in the order of the configuration; models without rows are left out.

    `saliency_runs` and `attack_runs` have every run; `sweeps`, `reach` and `curves` belong to the
    main attack. `ascents` are all classes drawn, `drawn` those of the main run,
    `settings` the step sizes and weights that can be compared, `restraints` the blurs and shifts.
    `recognitions`: run -> its pictures before every network; `likenesses` are of the main run
    beside photographs, `transfers` of the main attack, `contests` of all attacks side by side,
    `energy` is where the main attack puts its perturbation, beside the maps, `score_paths` how
    the scores go on its way.
    """

    data: Data
    saliency_runs: Mapping[str, tuple[SaliencyRow, ...]]
    attack_runs: Mapping[str, tuple[AttackRow, ...]]
    sweeps: Mapping[str, tuple[AttackRow, ...]]
    reach: tuple[Reach, ...]
    curves: Mapping[str, Curve]
    visualizations: tuple[VisualizationRow, ...]
    ascents: Mapping[str, tuple[Ascent, ...]]
    drawn: Mapping[str, tuple[Ascent, ...]]
    settings: Mapping[str, Settings]
    restraints: Mapping[str, Settings]
    comparisons: Comparisons
    recognitions: Mapping[str, Recognition]
    likenesses: tuple[Likeness, ...]
    transfers: tuple[Transfer, ...]
    contests: tuple[Contest, ...]
    survived: tuple[Survived, ...]
    energy: tuple[EnergyRow, ...]
    score_paths: tuple[ScorePaths, ...]

    @property
    def saliency(self) -> tuple[SaliencyRow, ...]:
        """The main run."""
        return self.saliency_runs[self.data.context.main_runs["saliency"]]

    @property
    def attacks(self) -> tuple[AttackRow, ...]:
        """The main run."""
        return self.attack_runs[self.data.context.main_runs["adversarial"]]


def gather(data: Data) -> Evidence:
    """Compute what several questions share."""
    runs = attack_rows(data)
    attacks = runs[data.context.main_runs["adversarial"]]
    alike = {run: rows for run, rows in runs.items() if data.context.differ_by_step(run)}
    every, main = ascents(data), data.context.main_runs["class_visualization"]
    found = {model: settings(data, model, every[model]) for model in data.models}
    blurred = {model: restraints(data, model, every[model]) for model in data.models}
    return Evidence(
        data=data,
        saliency_runs=saliency_rows(data),
        attack_runs=runs,
        sweeps={row.model: sweep(alike, row) for row in attacks},
        reach=tuple(reach(row) for row in attacks),
        curves={row.model: fooling_curve(row) for row in attacks},
        visualizations=visualization_rows(data),
        ascents=every,
        drawn={m: tuple(a for a in of_model if a.run == main) for m, of_model in every.items()},
        settings={model: rows for model, rows in found.items() if rows is not None},
        restraints={model: rows for model, rows in blurred.items() if rows is not None},
        comparisons=compare_all(data),
        recognitions=recognitions(data),
        likenesses=likenesses(data),
        transfers=transfers(data),
        contests=attack_contests(data),
        survived=survived_rows(data, runs),
        energy=energy_rows(data),
        score_paths=score_paths(data),
    )
