"""What the report knows beside the tables: order, names and settings from the configuration.

Two choices are made here and nowhere else: the *main run* of a technique is the first that the
configuration names, and the *compared target policy* is `random` where it was run, since its
targets do not depend on the model, and otherwise the first policy that was run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inputgrad.config.runs import compared_policy, setting_of
from inputgrad.config.schema import RUN_TECHNIQUES, Config, Model
from inputgrad.engine.records import Run
from inputgrad.jobs.self_check import promised
from inputgrad.models.preprocessing import SQUASH
from inputgrad.models.specification import described_preprocessing
from inputgrad.photographs import UPRIGHT
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.report.summaries.codes import AscentRule, AttackRule, Extent, Practical, Show, extent

ASIDES = ("trace", "beyond")  # what an attack writes down or keeps beside its end


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as the configuration describes it.

    promised: share of ImageNet's validation photographs that its weights are published with.
    sees: what a photograph goes through, by the keys of the configuration, and under `from` who
        says so; of a model that tells it when it is loaded, only what the configuration states.
    """

    name: str
    architecture: str
    source: str
    promised: float | None = None
    sees: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Order and settings; the first model leads the report.

    `runs` are the names of each technique's runs and `targets` the target policies, all of which
    were run, in the order of the configuration. `settings`: technique -> run -> its `method` and
    parameters. `fixed_target` is the one class of the policy `fixed`, where there is one alone;
    `amplification` the factor of shown differences, None for one that suits them. `squashed`: model
    that squashes photographs -> the same model with a crop, where both were run.
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
    settings: Mapping[str, Mapping[str, Mapping[str, Any]]]
    fixed_target: int | None = None
    show: Show = Show.AS_IS
    amplification: int | None = None
    squashed: Mapping[str, str] = field(default_factory=dict)

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the models in the order of the configuration."""
        return tuple(model.name for model in self.models)

    @property
    def extent(self) -> Extent:
        """Whether there are several networks."""
        return extent(self.models)

    @property
    def upright(self) -> tuple[str, ...]:
        """Kinds of sources whose photographs are turned as their EXIF data ask for."""
        return tuple(kind for kind in dict.fromkeys(self.sources) if kind in UPRIGHT)

    @property
    def as_stored(self) -> tuple[str, ...]:
        """Kinds of sources whose photographs are taken as they are stored."""
        return tuple(kind for kind in dict.fromkeys(self.sources) if kind not in UPRIGHT)

    @property
    def main_runs(self) -> Mapping[str, str]:
        """The main run of each technique."""
        return {technique: names[0] for technique, names in self.runs.items()}

    @property
    def target_policy(self) -> str:
        """The target policy that sentences, tables, figures and pictures are about."""
        return compared_policy(self.targets)

    @property
    def main_settings(self) -> Mapping[str, Mapping[str, Any]]:
        """Method and parameters of the main run of each technique."""
        return {
            technique: self.settings[technique][run] for technique, run in self.main_runs.items()
        }

    def differ_by_step(self, run: str) -> bool:
        """Whether an attack differs from the main one in nothing but its step size, if at all."""
        attacks, main = self.settings["adversarial"], self.main_runs["adversarial"]
        asides = dict.fromkeys(("eta", *ASIDES))
        return {**attacks[run], **asides} == {**attacks[main], **asides}

    @property
    def attack_rule(self) -> AttackRule:
        """By which rule the main attack moves."""
        main = self.main_settings["adversarial"]
        if main["method"] == "gradient_ascent":
            space = "_normalized" if main["space"] == "normalized" else ""
            return AttackRule(f"attack{space}{'' if main['clip'] else '_free'}")
        return AttackRule.I_FGSM if main["method"] == "i_fgsm" else AttackRule.OTHER

    @property
    def ascent_rule(self) -> AscentRule:
        """By which rule the main class visualisation climbs."""
        method = self.main_settings["class_visualization"]["method"]
        rules = {
            "practical": AscentRule.PLAIN,
            "normalized": AscentRule.NORMALIZED,
            "fourier": AscentRule.FOURIER,
        }
        return rules.get(method, AscentRule.OTHER)

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
        ModelFacts(
            name, made.architecture, made.source, promised(made), described_preprocessing(made)
        )
        for name, made in config.specifications.items()
    )
    fixed = config.adversarial.fixed
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
        settings={t: {r.name: _settings(r) for r in config.typed_runs[t]} for t in RUN_TECHNIQUES},
        fixed_target=imagenet_classes().resolve(fixed) if isinstance(fixed, int | str) else None,
        show=Show(config.report.show),
        amplification=config.report.amplification,
        squashed=_squashed(config.models),
    )


def _squashed(models: Mapping[str, Model]) -> dict[str, str]:
    """Models that squash -> the first that is otherwise the same and does not."""

    def other_way(model: Model) -> Iterator[str]:
        for name, other in models.items():
            if other.preprocessing.resize != SQUASH and _alike(model) == _alike(other):
                yield name

    squashing = {n: m for n, m in models.items() if m.preprocessing.resize == SQUASH}
    found = {name: next(other_way(model), None) for name, model in squashing.items()}
    return {name: twin for name, twin in found.items() if twin is not None}


def _alike(model: Model) -> Model:
    """The model without what it says of resizing."""
    stated = model.preprocessing.model_copy(update={"resize": None})
    return model.model_copy(update={"preprocessing": stated})


def _settings(run: Run) -> dict[str, Any]:
    """The method of a run and its parameters, by their names in the configuration."""
    parameters: dict[str, Any] = run.parameters.model_dump(mode="json", by_alias=True)
    return {"method": run.method} | parameters
