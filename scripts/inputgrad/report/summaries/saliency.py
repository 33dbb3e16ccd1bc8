"""What the saliency maps of each model measure, over all photographs of the sample."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from inputgrad.report.summaries.data import Data, median_of, values
from inputgrad.statistics.estimates import Estimate


@dataclass(frozen=True, slots=True)
class SaliencyRow:
    """Medians over the photographs of one model."""

    model: str
    n: int
    zero_gradients: int
    half_mass_share: Estimate
    gini: Estimate
    stability_spearman: Estimate
    class_sensitivity: Estimate
    box_share: Estimate
    gradient_l2: Estimate


def saliency_rows(data: Data) -> tuple[SaliencyRow, ...]:
    """The main run of every model that has rows, in the order of the configuration."""
    found = ((model, data.main("saliency", model)) for model in data.models)
    return tuple(_row(model, rows) for model, rows in found if len(rows))


def _row(model: str, rows: pd.DataFrame) -> SaliencyRow:
    return SaliencyRow(
        model=model,
        n=len(rows),
        zero_gradients=int(sum(values(rows, "zero_gradient"))),
        half_mass_share=median_of(rows, "half_mass_share"),
        gini=median_of(rows, "gini"),
        stability_spearman=median_of(rows, "stability_spearman"),
        class_sensitivity=median_of(rows, "class_sensitivity"),
        box_share=median_of(rows, "box_share"),
        gradient_l2=median_of(rows, "gradient_l2"),
    )
