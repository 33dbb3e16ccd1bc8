"""The configuration: one schema, checked before any job starts and without importing torch.

`config/README.md` is generated from the descriptions below (`python -m inputgrad docs`), so every
key has its meaning, unit, range and default in one place. Runs and measures are parsed once, into
the `Parameters` of their modules, and stay so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from inputgrad import photographs, registry
from inputgrad.config import runs
from inputgrad.config.modules import check_registry
from inputgrad.config.reading import read_config
from inputgrad.config.settings import Distinct, LocalPath, Settings, explain, runs_elsewhere
from inputgrad.config.sweeps import NAME, expanded
from inputgrad.engine.records import Run
from inputgrad.errors import ConfigError, unknown
from inputgrad.models.preprocessing import SQUASH, Stated
from inputgrad.models.specification import ModelSpecification
from inputgrad.tables.schema import tables


def _without_braces(path: Path) -> Path:
    if set("{}") & set(str(path)):
        raise ValueError(
            f"{str(path)!r} has braces, which Snakemake takes for its wildcards; "
            "choose another folder"
        )
    return path


Name = Annotated[str, Field(pattern=NAME)]
MOST_PIXELS = 4096  # of a photograph's shorter side
Number = Annotated[float, Field(allow_inf_nan=False)]
Colour = tuple[Number, Number, Number]
ResultsPath = Annotated[LocalPath, AfterValidator(_without_braces)]
RUN_TECHNIQUES = ("saliency", "adversarial", "class_visualization")


def _class(value: Any) -> int | str:
    """What can name a class; `yes` and `on`, which YAML reads as true, are no 1."""
    if isinstance(value, int | str) and not isinstance(value, bool):
        return value
    raise ValueError(f"expected a class (index, WordNet id or name); came {value!r}")


def _classes(value: Any) -> Any:
    """A class, or a mapping to classes."""
    if isinstance(value, dict):
        return {name: _class(one) for name, one in value.items()}
    return value if value is None else _class(value)


ClassName = Annotated[int | str, BeforeValidator(_class)]


class Source(Settings):
    """One place where photographs are."""

    kind: Literal["bundled", "folder", "ilsvrc2012", "npz"] = Field(
        description="`bundled`: the 20 labelled ImageNet photographs that the package foolbox "
        "ships; `folder`: yours, with a labels CSV or one subfolder per class, turned upright as "
        "their EXIF data ask for; `ilsvrc2012`: the validation set as its authors distribute it, "
        "as it is stored; `npz`: one file with the arrays `X`, uint8 (N, H, W, 3), and `y`."
    )
    path: LocalPath | None = Field(None, description="The folder or file (not for `bundled`).")
    labels: LocalPath | None = Field(
        None, description="Labels file; by default one found in the folder, or its subfolders."
    )
    boxes: LocalPath | None = Field(
        None,
        description="Where the objects are, for `localisation`: a folder of XML files as of "
        "ILSVRC2012, `LOC_val_solution.csv` (found by itself in a validation folder), or a CSV "
        "with the columns file,left,top,right,bottom. Not for `bundled` and `npz`.",
    )

    @model_validator(mode="after")
    def _path_where_needed(self) -> Self:
        if (self.path is None) != (self.kind == "bundled"):
            raise ValueError("`path` is needed for every kind but `bundled`")
        if self.boxes is not None and self.kind in ("bundled", "npz"):
            raise ValueError(f"`boxes` go by file names; the kind `{self.kind}` has none")
        return self


class Images(Settings):
    """Which photographs are looked at."""

    sources: Annotated[list[Source], Distinct] = Field(
        min_length=1, description="Where they come from."
    )
    n: int | None = Field(
        None, ge=1, description="How many are sampled, stratified by class; `null` takes all."
    )
    exemplars: int = Field(
        4, ge=1, le=12, description="How many photographs the figures show in full."
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        le=5000,
        description="Most photographs in a new batch, that is, in one job; `null`: 10 for a sample "
        "of up to 2,000, beyond that 256, 512 or 1,024, so that a hundred jobs or so do. Existing "
        "batches stay as they are. `images/index.json` has the size that was taken.",
    )


class Preprocessing(Settings):
    """What a photograph goes through before a network sees it; the source says what is not stated.

    The source is torchvision for its architectures (for a file that it publishes, that file's own
    preprocessing), the package, or timm. `status` and the report say what is used.
    """

    size: int | None = Field(
        None, ge=8, le=2048, description="Side of the square that the network sees, in pixels."
    )
    resize: Literal["squash"] | int | None = Field(
        None,
        description="Shorter side before the centre is cropped, in pixels; `squash`: both sides "
        "are resized to `size`, and nothing is cropped.",
    )
    interpolation: Literal["bilinear", "bicubic"] | None = Field(
        None, description="How the resize interpolates (antialiased)."
    )
    mean: Colour | None = Field(
        None, description="Subtracted from each channel, in units of `range`."
    )
    std: Colour | None = Field(
        None, description="What each channel is then divided by, in units of `range`, > 0."
    )
    channels: Literal["rgb", "bgr"] | None = Field(
        None, description="Order of the channels, that of `mean` and `std` too."
    )
    range: Literal[1, 255] | None = Field(
        None, description="Value of white (black is 0) before `mean` and `std`."
    )

    @field_validator("resize", mode="before")
    @classmethod
    def _pixels_or_squash(cls, resize: object) -> object:
        if resize in (None, SQUASH) or (isinstance(resize, int) and 8 <= resize <= MOST_PIXELS):
            return resize
        raise ValueError(
            f"expected a number of pixels from 8 to {MOST_PIXELS}, or the word {SQUASH}; "
            f"came {resize!r}"
        )

    @field_validator("mean", "std", mode="before")
    @classmethod
    def _one_for_each_channel(cls, values: object) -> object:
        if values is not None and not (isinstance(values, list | tuple) and len(values) == 3):
            raise ValueError(f"expected three numbers, one for each channel; came {values!r}")
        return values


class Model(Settings):
    """A frozen classifier with a 1000-class ImageNet head."""

    source: Literal["torchvision", "package", "checkpoint", "timm"] = Field(
        description="`torchvision`: an architecture with its published weights; `package`: "
        "weights that ship inside a package; `checkpoint`: a local file for a torchvision "
        "architecture; `timm`: a local file for a timm architecture."
    )
    architecture: str = Field(description="For example `squeezenet1_1` or `efficientnet_lite0`.")
    weights: str | None = Field(
        None, description="torchvision: a name of the weights enum; by default `DEFAULT`."
    )
    path: LocalPath | None = Field(None, description="checkpoint, timm: the file with the weights.")
    entry: str | None = Field(
        None,
        min_length=1,
        description="checkpoint, timm: the key under which the file has the weights, where it has "
        "several, such as `state_dict` and `state_dict_ema`.",
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-fA-F]{8,64}$",
        description="The file's expected SHA-256, or its start.",
    )
    preprocessing: Preprocessing = Field(
        Preprocessing(), description="What the network sees; see below."
    )
    slots: int = Field(
        4,
        ge=1,
        le=4096,
        description="Constant batch shape; part of the identity of a result. Powers of two, 4 or "
        "more: with others some networks' bits depend on a photograph's place in the batch.",
    )
    memory_mb: int = Field(
        2000, ge=100, description="Memory that one job with this model may take, in MB."
    )


class Runs(Settings):
    """Named runs of a technique, and what is measured on each of them.

    A run may name another `method`, so one method runs under several settings, and it may hold
    a `sweep` of parameter -> values, which makes one run for each combination.
    """

    runs: dict[Name, dict[str, Any]] = Field(
        min_length=1, description="Run name -> its method's parameters (see below)."
    )
    measures: dict[str, dict[str, Any]] | None = Field(
        None,
        description="Measure -> its parameters (see below), and under `runs` a list of those that "
        "it is taken on, by default all. `null` takes the cheap ones with their defaults.",
    )

    @field_validator("runs", mode="after")
    @classmethod
    def _expand(cls, runs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return expanded(runs)


class Shown(Runs):
    """Which runs the figures show, and by which measure their exemplars are chosen."""

    shown: Annotated[list[Name], Distinct] | None = Field(
        None, min_length=1, description="Runs whose pictures are shown; by default the first."
    )


class Judged(Settings):
    """Images that other models judge as well."""

    judgements: dict[str, dict[str, Any]] | None = Field(
        None,
        description="Judgement -> its parameters (see below), and the lists `runs`, whose images "
        "are judged, and `models`, which judge them; by default all judge those of all, their own "
        "too (`likeness` those of the first run alone). `null` takes every judgement with its "
        "defaults, `{}` none.",
    )


class Saliency(Shown):
    """Saliency maps (Simonyan 2014, section 3)."""

    shown_by: str = Field(
        "stability_spearman",
        description="Column by which the exemplars of a run are chosen: from its best to its "
        "worst photograph in equal distances of rank, in the first model.",
    )


class Adversarial(Shown, Judged):
    """Adversarial images (Szegedy 2014)."""

    targets: Annotated[list[runs.TargetPolicy], Distinct] = Field(
        ["random"],
        min_length=1,
        description="Target policies; under `untargeted` any class but the label will do. Models "
        "are compared and pictures shown by `random` (from the seed and the photograph alone) or "
        "`fixed` where one is listed, in this order, since they are the same for every model, else "
        "by the first with a target. A run may name its own under `targets`; attacks that know no "
        "target run `untargeted`, those that are trained `fixed`.",
    )
    fixed: Annotated[int | str | dict[str, int | str] | None, BeforeValidator(_classes)] = Field(
        None,
        description="Target of the policy `fixed`: a class (index, WordNet id or name), or a "
        "mapping from file name or image_id to the class of that photograph. A photograph whose "
        "label it is, or for which none is given, is not attacked. Attacks that are "
        "trained (`generator`) aim at it as well, and need one class for all.",
    )
    shown_by: str = Field("rms_255", description="As under `saliency`.")

    @field_validator("targets", mode="after")
    @classmethod
    def _with_a_target(cls, targets: list[str]) -> list[str]:
        if set(targets) == {"untargeted"}:
            raise ValueError("one policy with a target is needed beside `untargeted`: add random")
        return targets

    @model_validator(mode="after")
    def _fixed_for_its_policy(self) -> Self:
        trained = [run for run, entry in self.runs.items() if runs.is_trained(run, entry)]
        own = any("fixed" in (entry.get("targets") or ()) for entry in self.runs.values())
        general = "fixed" in self.targets or bool(trained)
        if general if self.fixed is None else not (general or own):
            raise ValueError(
                "`fixed` is needed for the target policy `fixed`, and for it alone"
                + (f" (the run {trained[0]!r} aims at one class)" if trained else "")
            )
        if trained and isinstance(self.fixed, dict):
            raise ValueError(
                f"the run {trained[0]!r} is trained toward one class; `fixed` gives one for each "
                "photograph: name one class"
            )
        return self

    @property
    def compared_policy(self) -> str:
        """The target policy by which models are compared and pictures are shown."""
        return runs.compared_policy(self.targets)


class ClassVisualization(Runs, Judged):
    """Class visualisation (Simonyan 2014, section 2; Yosinski 2015)."""

    classes: Annotated[list[ClassName], Distinct] = Field(
        min_length=1, description="Classes to draw: index, WordNet id or name."
    )
    group_size: int = Field(8, ge=1, le=1000, description="Most classes in one job.")


class Report(Settings):
    """What is rendered."""

    questions: Annotated[list[Annotated[int, Field(ge=1, le=11)]], Distinct] = Field(
        list(range(1, 12)), description="Numbers of the questions that are answered."
    )
    show: Literal["as_is", "rescaled"] = Field(
        "as_is",
        description="Adversarial images and class visualisations in figures: as they are, or each "
        "stretched from its lowest to its highest value, as the practical work's notebook does.",
    )
    amplification: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Factor of the shown differences between photograph and adversarial image; "
        "`null` takes a round one that suits them.",
    )
    languages: Annotated[list[Literal["en"]], Distinct] = Field(
        ["en"], min_length=1, description="Folders of `report_templates/`."
    )


class Config(Settings):
    """The whole configuration."""

    title: str = Field(
        "What the networks see", min_length=1, max_length=120, description="Title of the report."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of every random choice.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="`auto`: a GPU where there is one."
    )
    threads: int = Field(
        1, ge=1, le=64, description="Threads of one job; part of the identity of a result."
    )
    results: ResultsPath = Field(Path("results"), description="Folder for all that is computed.")
    keep: Literal["exemplars", "all", "auto"] = Field(
        "auto",
        description="Whose maps and adversarial images are kept: those of the photographs that "
        "figures show, all of them, or (`auto`) all while those of one model take less than 2 GB. "
        "Where they are kept, a new measure computes no map and no attack again.",
    )
    images: Images = Field(description="See below.")
    models: dict[Name, Model] = Field(
        min_length=1, description="Model name -> where it comes from. The first leads the report."
    )
    saliency: Saliency = Field(description="See below.")
    adversarial: Adversarial = Field(description="See below.")
    class_visualization: ClassVisualization = Field(description="See below.")
    report: Report = Field(Report(), description="See below.")

    @property
    def photograph_sources(self) -> list[photographs.Source]:
        """Where the photographs are, as the library takes it."""
        return [photographs.Source(s.kind, s.path, s.labels, s.boxes) for s in self.images.sources]

    @property
    def specifications(self) -> dict[str, ModelSpecification]:
        """Model name -> what is needed to identify and load it."""
        return {
            name: ModelSpecification(
                name=name,
                preprocessing=Stated(**model.preprocessing.model_dump()),
                **model.model_dump(exclude={"memory_mb", "preprocessing"}),
            )
            for name, model in self.models.items()
        }

    @cached_property
    def typed_runs(self) -> dict[str, list[Run]]:
        """Technique -> its runs in the order of the configuration, parameters checked.

        Those of attacks that are trained are also under the name of the trainings' table.
        """
        none = runs.parameters_of("predictions", "predict")()
        found = {"predictions": [Run("predict", "predict", none)]}
        for technique in RUN_TECHNIQUES:
            entries = getattr(self, technique).runs.items()
            found[technique] = [runs.run_of(technique, name, entry) for name, entry in entries]
        attacks = found["adversarial"]
        found[registry.TRAINED] = [run for run in attacks if run.method in registry.TRAININGS]
        return found

    @cached_property
    def policies(self) -> dict[str, tuple[str, ...]]:
        """Run of an attack -> its target policies."""
        section = self.adversarial
        return {
            run.name: runs.policies_of(run, section.runs[run.name], section.targets)
            for run in self.typed_runs["adversarial"]
        }

    @cached_property
    def typed_measures(self) -> dict[str, list[runs.Measuring]]:
        """Technique -> what is measured on its runs, in the order of the registry."""
        found = {"predictions": runs.measures_of("predictions", None, ("predict",))}
        found[registry.TRAINED] = []
        for technique in RUN_TECHNIQUES:
            section = getattr(self, technique)
            found[technique] = runs.measures_of(technique, section.measures, tuple(section.runs))
        return found

    @cached_property
    def typed_judgements(self) -> dict[str, list[runs.Judging]]:
        """Technique -> how its images are judged, in the order of the registry."""
        models = tuple(self.models)
        return {
            technique: runs.judgements_of(
                technique, section.judgements, tuple(section.runs), models
            )
            for technique in registry.JUDGEMENTS
            for section in [getattr(self, technique)]
        }


def parse_config(content: Mapping[str, Any], *, where: str = "") -> Config:
    """Check a configuration; ConfigError lists every fault with its key and the nearest name."""
    check_registry()
    config = None
    faults: list[str] = []
    try:
        config = Config.model_validate(content)
    except ValidationError as error:
        faults = explain(error, Config, where=where)
    for technique in RUN_TECHNIQUES:
        faults += runs.faults(technique, content.get(technique))
    if config is None or faults:
        raise ConfigError("\n".join(faults))
    _check_shown(config)
    _check_policies(config)
    _check_named(config)
    _ = config.typed_judgements  # refuses what is unknown
    return config


def _check_named(config: Config) -> None:
    """ConfigError where a run names a run of another technique that does not exist."""
    for table in RUN_TECHNIQUES:
        for run in config.typed_runs[table]:
            for key, (technique, name) in runs_elsewhere(run.parameters).items():
                known = getattr(config, technique).runs
                if name not in known:
                    words = unknown(f"{technique} run", name, known)
                    raise ConfigError(
                        f"{table}.runs.{run.name}.{key}: {words}; add it under `{technique}: runs:`"
                    )


def _check_shown(config: Config) -> None:
    """ConfigError where a run that is shown, or the column that chooses, does not exist."""
    for technique in ("saliency", "adversarial"):
        section = getattr(config, technique)
        for run in section.shown or ():
            if run not in section.runs:
                raise ConfigError(f"{technique}.shown: {unknown('run', run, section.runs)}")
        columns = tables()[technique].columns
        ranked = [name for name, column in columns.items() if column.better]
        if section.shown_by not in ranked:
            raise ConfigError(
                f"{technique}.shown_by: "
                + unknown("measure with a better end", section.shown_by, ranked)
            )


def _check_policies(config: Config) -> None:
    """ConfigError where a run's own target policies do not fit those of the section."""
    section = config.adversarial
    shown = section.shown or [next(iter(section.runs))]
    for run, policies in config.policies.items():
        if "fixed" in policies and section.fixed is None:
            raise ConfigError(
                f"adversarial.runs.{run}.targets: add `fixed`, the class to aim at, to adversarial"
            )
        if run in shown and section.compared_policy not in policies:
            raise ConfigError(
                f"adversarial.runs.{run}: it is shown, by default because it is the first, but "
                f"has no attack under `{section.compared_policy}`; name others under `shown`"
            )


def load_config(path: Path) -> Config:
    """Read and check a configuration file."""
    return parse_config(read_config(path))
