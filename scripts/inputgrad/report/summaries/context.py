"""What the report knows beside the tables: order, names and settings from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.config.schema import RUN_FAMILIES, Config


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as the configuration describes it."""

    name: str
    architecture: str
    source: str


@dataclass(frozen=True, slots=True)
class Context:
    """Order and settings; the first model leads the report, the first run of a family leads it."""

    title: str
    seed: int
    models: tuple[ModelFacts, ...]
    main_runs: Mapping[str, str]
    sources: tuple[str, ...]
    noise_sd: float
    box_quantile: float
    questions: tuple[int, ...]

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the models in the order of the configuration."""
        return tuple(model.name for model in self.models)


def context_of(config: Config) -> Context:
    """The context that a checked configuration gives."""
    models = tuple(
        ModelFacts(name, model.architecture, model.source) for name, model in config.models.items()
    )
    return Context(
        title=config.title,
        seed=config.seed,
        models=models,
        main_runs={family: next(iter(getattr(config, family).runs)) for family in RUN_FAMILIES},
        sources=tuple(source.kind for source in config.images.sources),
        noise_sd=config.saliency.measures.noise_sd,
        box_quantile=config.saliency.measures.box_quantile,
        questions=tuple(sorted(set(config.report.questions))),
    )
