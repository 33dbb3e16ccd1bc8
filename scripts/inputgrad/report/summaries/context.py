"""What the report knows beside the tables: order, names and settings from the configuration.

Two choices are made here and nowhere else: the *main run* of a technique is the first that the
configuration names, and the *compared target policy* is `random` where it was run, since its
targets do not depend on the model, and otherwise the first policy that was run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.config.runs import compared_policy, setting_of
from inputgrad.config.schema import RUN_TECHNIQUES, Config
from inputgrad.jobs.self_check import promised
from inputgrad.report.summaries.codes import Extent, Practical, extent


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as the configuration describes it.

    promised: share of ImageNet's validation photographs that its weights are published with.
    """

    name: str
    architecture: str
    source: str
    promised: float | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Order and settings; the first model leads the report.

    `runs` are the names of each technique's runs and `targets` the target policies, all of which
    were run, in the order of the configuration.
    """

    title: str
    seed: int
    models: tuple[ModelFacts, ...]
    runs: Mapping[str, tuple[str, ...]]
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    noise_sd: float
    box_quantile: float
    questions: tuple[int, ...]

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the models in the order of the configuration."""
        return tuple(model.name for model in self.models)

    @property
    def extent(self) -> Extent:
        """Whether there are several networks."""
        return extent(self.models)

    @property
    def main_runs(self) -> Mapping[str, str]:
        """The main run of each technique."""
        return {technique: names[0] for technique, names in self.runs.items()}

    @property
    def target_policy(self) -> str:
        """The target policy that sentences, tables, figures and pictures are about."""
        return compared_policy(self.targets)

    @property
    def practical(self) -> Practical:
        """Which networks of the practical work are in this run."""
        architectures = [model.architecture for model in self.models]
        squeezenet, vgg16 = (
            any(architecture.startswith(start) for architecture in architectures)
            for start in (Practical.SQUEEZENET, Practical.VGG16)
        )
        if squeezenet and vgg16:
            return Practical.BOTH
        if squeezenet:
            return Practical.SQUEEZENET
        return Practical.VGG16 if vgg16 else Practical.NEITHER


def context_of(config: Config) -> Context:
    """The context that a checked configuration gives."""
    models = tuple(
        ModelFacts(name, made.architecture, made.source, promised(made))
        for name, made in config.specifications.items()
    )
    return Context(
        title=config.title,
        seed=config.seed,
        models=models,
        runs={technique: tuple(getattr(config, technique).runs) for technique in RUN_TECHNIQUES},
        targets=tuple(config.adversarial.targets),
        sources=tuple(source.kind for source in config.images.sources),
        noise_sd=setting_of(config.typed_measures, "saliency", "stability").noise_sd,
        box_quantile=setting_of(config.typed_measures, "saliency", "box").quantile,
        questions=tuple(sorted(set(config.report.questions))),
    )
