"""From the statistics tables to everything that the report's templates need.

To add a question: its module beside this one, its line in `QUESTIONS`, and its template in
`report_templates/<language>/questions/`.
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
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.comparisons import Comparisons
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.evidence import Evidence, gather
from inputgrad.report.summaries.overview import Overview, overview
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.visualization import VisualizationRow

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
    """All that the report says, as numbers; `answers`: question -> its module's `Answer`."""

    context: Context
    overview: Overview
    saliency: tuple[SaliencyRow, ...]
    attacks: tuple[AttackRow, ...]
    visualizations: tuple[VisualizationRow, ...]
    answers: Mapping[int, Any]
    comparisons: Comparisons


def summarize(tables: Mapping[str, pd.DataFrame], *, context: Context) -> Summary:
    """Summarize the tables (family -> rows) for the context's questions.

    Empty tables and models without rows are allowed: what they leave unknown has n = 0.
    """
    evidence = gather(Data(tables, context))
    return Summary(
        context=context,
        overview=overview(evidence.data),
        saliency=evidence.saliency,
        attacks=evidence.attacks,
        visualizations=evidence.visualizations,
        answers={number: QUESTIONS[number](evidence) for number in context.questions},
        comparisons=evidence.comparisons,
    )
