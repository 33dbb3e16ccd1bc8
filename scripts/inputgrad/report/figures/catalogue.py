"""The figures by name, in the order of the questions that they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from inputgrad.report.figures import (
    adversarial_gallery,
    ascent_from_photograph,
    ascent_grid,
    ascent_iterations,
    ascent_restraints,
    attack_costs,
    class_gallery,
    class_gallery_models,
    class_photographs,
    content_scatter,
    eta_sweep,
    fooling_curve,
    overview,
    perturbation_norms,
    robustness_scatter,
    saliency_boxes,
    saliency_deletion,
    saliency_depths,
    saliency_gallery,
    saliency_grid,
    saliency_limits,
    saliency_models,
    saliency_mosaic,
    saliency_pairs,
    saliency_parts,
    saliency_questions,
    score_paths,
    survival_matrix,
    transfer_matrix,
)
from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary

Draw: TypeAlias = Callable[[Summary, Pictures, Words], Drawing | None]

FIGURES: dict[str, Draw] = {
    "overview": overview.draw,
    "saliency_gallery": saliency_gallery.draw,
    "saliency_parts": saliency_parts.draw,
    "saliency_deletion": saliency_deletion.draw,
    "saliency_questions": saliency_questions.draw,
    "saliency_limits": saliency_limits.draw,
    "saliency_mosaic": saliency_mosaic.draw,
    "saliency_grid": saliency_grid.draw,
    "saliency_boxes": saliency_boxes.draw,
    "robustness_scatter": robustness_scatter.draw,
    "saliency_pairs": saliency_pairs.draw,
    "saliency_depths": saliency_depths.draw,
    "saliency_models": saliency_models.draw,
    "adversarial_gallery": adversarial_gallery.draw,
    "score_paths": score_paths.draw,
    "fooling_curve": fooling_curve.draw,
    "perturbation_norms": perturbation_norms.draw,
    "transfer_matrix": transfer_matrix.draw,
    "survival_matrix": survival_matrix.draw,
    "attack_costs": attack_costs.draw,
    "eta_sweep": eta_sweep.draw,
    "content_scatter": content_scatter.draw,
    "class_gallery": class_gallery.draw,
    "class_photographs": class_photographs.draw,
    "ascent_iterations": ascent_iterations.draw,
    "ascent_grid": ascent_grid.draw,
    "ascent_restraints": ascent_restraints.draw,
    "ascent_from_photograph": ascent_from_photograph.draw,
    "class_gallery_models": class_gallery_models.draw,
}
