"""The order of models, runs and exemplars that a configuration gives to the figures."""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad.config.schema import Config
from inputgrad.report.figures.data import Order


def order_of(config: Config, exemplars: Sequence[str]) -> Order:
    """The first model and the first run of each family lead; `exemplars` are image_ids in order."""
    return Order(
        models=tuple(config.models),
        exemplars=tuple(exemplars),
        adversarial_runs=tuple(config.adversarial.runs),
        visualization_runs=tuple(config.class_visualization.runs),
        main_saliency=next(iter(config.saliency.runs)),
        main_adversarial=next(iter(config.adversarial.runs)),
        main_visualization=next(iter(config.class_visualization.runs)),
        target_policy=config.adversarial.targets[0],
    )
