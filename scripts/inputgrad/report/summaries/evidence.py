"""What every question may draw on, computed once: rows by model and all primary comparisons."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow, attack_rows
from inputgrad.report.summaries.comparisons import Comparisons, compare_all
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.saliency import SaliencyRow, saliency_rows
from inputgrad.report.summaries.visualization import VisualizationRow, visualization_rows


@dataclass(frozen=True, slots=True)
class Evidence:
    """Main runs by model, in the order of the configuration; models without rows are left out."""

    data: Data
    saliency: tuple[SaliencyRow, ...]
    attacks: tuple[AttackRow, ...]
    visualizations: tuple[VisualizationRow, ...]
    comparisons: Comparisons


def gather(data: Data) -> Evidence:
    """Compute what several questions share."""
    return Evidence(
        data, saliency_rows(data), attack_rows(data), visualization_rows(data), compare_all(data)
    )
