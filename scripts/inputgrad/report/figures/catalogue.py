"""The figures by name, in the order of the questions that they answer."""

from __future__ import annotations

from collections.abc import Callable

from inputgrad.report.figures import (
    adversarial_gallery,
    ascent_from_photograph,
    ascent_grid,
    ascent_iterations,
    class_gallery,
    class_gallery_models,
    content_scatter,
    eta_sweep,
    fooling_curve,
    perturbation_norms,
    robustness_scatter,
    saliency_boxes,
    saliency_gallery,
    saliency_limits,
    saliency_models,
)
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing

FIGURES: dict[str, Callable[[FigureData], Drawing | None]] = {
    "saliency_gallery": saliency_gallery.draw,
    "saliency_limits": saliency_limits.draw,
    "saliency_boxes": saliency_boxes.draw,
    "robustness_scatter": robustness_scatter.draw,
    "saliency_models": saliency_models.draw,
    "adversarial_gallery": adversarial_gallery.draw,
    "fooling_curve": fooling_curve.draw,
    "perturbation_norms": perturbation_norms.draw,
    "eta_sweep": eta_sweep.draw,
    "content_scatter": content_scatter.draw,
    "class_gallery": class_gallery.draw,
    "ascent_iterations": ascent_iterations.draw,
    "ascent_grid": ascent_grid.draw,
    "ascent_from_photograph": ascent_from_photograph.draw,
    "class_gallery_models": class_gallery_models.draw,
}
