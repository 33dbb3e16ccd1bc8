"""From the statistics tables to everything that the report's templates need.

To add a question: its module beside this one, its line in `QUESTIONS`, its tables and figures in
`report_templates/skeleton/questions/`, its sentences in `report_templates/<language>/questions/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inputgrad.report.summaries import (
    q01_saliency,
    q02_saliency_limits,
    q03_saliency_uses,
    q04_saliency_models,
    q05_adversarial,
    q06_consequences,
    q07_adversarial_limits,
    q08_classes,
    q09_ascent,
    q10_photograph,
    q11_class_models,
)
from inputgrad.report.summaries.adversarial import AttackRow, Reach
from inputgrad.report.summaries.attack_contest import Contest
from inputgrad.report.summaries.codes import HARD_TO_SEE_BELOW, PLAIN_TO_SEE_FROM
from inputgrad.report.summaries.comparisons import Comparisons
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.data import Data, below_certainty
from inputgrad.report.summaries.evidence import Evidence, gather
from inputgrad.report.summaries.likeness import Likeness
from inputgrad.report.summaries.overview import Overview, overview
from inputgrad.report.summaries.recognition import Recognition
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.score_paths import ScorePaths
from inputgrad.report.summaries.survived import Survived
from inputgrad.report.summaries.transfer import Transfer
from inputgrad.report.summaries.visualization import Ascent, Settings, VisualizationRow
from inputgrad.statistics.survival import Curve

QUESTIONS: dict[int, Callable[[Evidence], Any]] = {
    1: q01_saliency.answer,
    2: q02_saliency_limits.answer,
    3: q03_saliency_uses.answer,
    4: q04_saliency_models.answer,
    5: q05_adversarial.answer,
    6: q06_consequences.answer,
    7: q07_adversarial_limits.answer,
    8: q08_classes.answer,
    9: q09_ascent.answer,
    10: q10_photograph.answer,
    11: q11_class_models.answer,
}


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the report says and its figures show, as numbers.

    `saliency`, `attacks` and `visualizations` are the main runs by model, `saliency_runs` and
    `attack_runs` every run by name. `sweeps`, `reach` and `curves` belong to the main attack;
    `ascents` are all classes drawn, by model, `drawn` those of the main run, `settings` the step
    sizes and weights that can be compared, `restraints` the blurs and shifts. `recognitions`: run
    of class visualisation -> its pictures as others see them. `transfers`: the main attack before
    every network; `contests`: attacks side by side; `score_paths`: the scores on its
    way. `answers`: question -> its module's `Answer`.
    """

    context: Context
    overview: Overview
    saliency: tuple[SaliencyRow, ...]
    saliency_runs: Mapping[str, tuple[SaliencyRow, ...]]
    attacks: tuple[AttackRow, ...]
    attack_runs: Mapping[str, tuple[AttackRow, ...]]
    sweeps: Mapping[str, tuple[AttackRow, ...]]
    reach: tuple[Reach, ...]
    curves: Mapping[str, Curve]
    visualizations: tuple[VisualizationRow, ...]
    ascents: Mapping[str, tuple[Ascent, ...]]
    drawn: Mapping[str, tuple[Ascent, ...]]
    settings: Mapping[str, Settings]
    restraints: Mapping[str, Settings]
    answers: Mapping[int, Any]
    comparisons: Comparisons
    recognitions: Mapping[str, Recognition]
    likenesses: tuple[Likeness, ...]
    transfers: tuple[Transfer, ...]
    contests: tuple[Contest, ...]
    survived: tuple[Survived, ...]
    score_paths: tuple[ScorePaths, ...]

    @property
    def visibility_limits(self) -> tuple[float, float]:
        """RMS in grey levels below which a change is hard, and from which it is plain to see."""
        return HARD_TO_SEE_BELOW, PLAIN_TO_SEE_FROM


def summarize(tables: Mapping[str, pd.DataFrame], *, context: Context) -> Summary:
    """Summarize the tables (name -> rows) for the context's questions.

    Empty tables and models without rows are allowed: what they leave unknown has n = 0.
    """
    evidence = gather(Data(below_certainty(tables), context))
    return Summary(
        context=context,
        overview=overview(evidence.data),
        saliency=evidence.saliency,
        saliency_runs=evidence.saliency_runs,
        attacks=evidence.attacks,
        attack_runs=evidence.attack_runs,
        sweeps=evidence.sweeps,
        reach=evidence.reach,
        curves=evidence.curves,
        visualizations=evidence.visualizations,
        ascents=evidence.ascents,
        drawn=evidence.drawn,
        settings=evidence.settings,
        restraints=evidence.restraints,
        answers={number: QUESTIONS[number](evidence) for number in context.questions},
        comparisons=evidence.comparisons,
        recognitions=evidence.recognitions,
        likenesses=evidence.likenesses,
        transfers=evidence.transfers,
        contests=evidence.contests,
        survived=evidence.survived,
        score_paths=evidence.score_paths,
    )
