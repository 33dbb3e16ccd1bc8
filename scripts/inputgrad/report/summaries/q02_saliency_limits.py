"""Question 2: what saliency maps cannot show.

How far the gradient sees is measured by the attack: were the score linear, the target would be
reached after `predicted_iterations` steps. `reach` is the ratio of the steps really needed to
that number; attacks that the budget stopped enter with the budget, a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median


@dataclass(frozen=True, slots=True)
class Reach:
    """Needed over predicted steps in one model; 1 were the network linear."""

    model: str
    ratio: Estimate


@dataclass(frozen=True, slots=True)
class Answer:
    """Stability and class sensitivity of the maps, and how far the gradient's forecast holds."""

    rows: tuple[SaliencyRow, ...]
    reach: tuple[Reach, ...]


def answer(evidence: Evidence) -> Answer:
    """Limits of the maps in every model."""
    attacked = [row.model for row in evidence.attacks]
    return Answer(evidence.saliency, tuple(_reach(evidence.data, model) for model in attacked))


def _reach(data: Data, model: str) -> Reach:
    rows = data.main("adversarial", model).dropna(subset=["predicted_iterations", "iterations"])
    rows = rows[rows["predicted_iterations"] > 0]
    ratios = rows["iterations"].to_numpy(float) / rows["predicted_iterations"].to_numpy(float)
    finite = np.isfinite(ratios)
    stopped = int(rows["censored"].to_numpy(bool)[finite].sum())
    return Reach(model, replace(median([float(r) for r in ratios[finite]]), censored=stopped))
