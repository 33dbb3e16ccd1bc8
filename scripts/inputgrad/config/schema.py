"""The configuration: one schema, checked before any job starts and without importing torch.

`config/README.md` is generated from the descriptions below (`python -m inputgrad docs`), so every
key has its meaning, unit, range and default in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from inputgrad import photographs, registry
from inputgrad.config.settings import Settings, explain, read_parameters
from inputgrad.config.sweeps import NAME, expanded
from inputgrad.errors import ConfigError
from inputgrad.models.specification import ModelSpecification

Name = Annotated[str, Field(pattern=NAME)]
RUN_FAMILIES = ("saliency", "adversarial", "class_visualization")


class Source(Settings):
    """One place where photographs lie."""

    kind: Literal["bundled", "folder", "ilsvrc2012"] = Field(
        description="`bundled`: the 20 labelled ImageNet photographs that the package foolbox "
        "ships; `folder`: yours, with a labels CSV or one subfolder per class; `ilsvrc2012`: the "
        "validation set as its authors distribute it."
    )
    path: Path | None = Field(None, description="The folder (not for `bundled`).")
    labels: Path | None = Field(
        None, description="Labels file; by default one found in the folder, or its subfolders."
    )

    @model_validator(mode="after")
    def _path_where_needed(self) -> Self:
        if (self.path is None) != (self.kind == "bundled"):
            raise ValueError("`path` is needed for `folder` and `ilsvrc2012`, and for them alone")
        return self


class Images(Settings):
    """Which photographs are looked at."""

    sources: list[Source] = Field(min_length=1, description="Where they come from.")
    n: int | None = Field(
        None, ge=1, description="How many are sampled, stratified by class; `null` takes all."
    )
    exemplars: int = Field(
        4, ge=1, le=12, description="How many photographs the figures show in full."
    )
    batch_size: int = Field(
        10, ge=1, le=5000, description="Most photographs in one batch, that is, in one job."
    )


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
    path: Path | None = Field(None, description="checkpoint, timm: the file with the weights.")
    sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{8,64}$", description="The file's expected SHA-256, or its start."
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
    """Named runs of a family.

    An entry may name another `method`, so one method runs under several settings, and it may hold
    a `sweep` of parameter -> values, which stands for one run for each combination.
    """

    runs: dict[Name, dict[str, Any]] = Field(
        min_length=1, description="Run name -> its method's parameters (see below)."
    )

    @field_validator("runs", mode="after")
    @classmethod
    def _expand(cls, runs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return expanded(runs)


class SaliencyMeasures(Settings):
    """What is measured on every saliency map."""

    noise_sd: float = Field(
        0.02, gt=0, le=0.5, description="Standard deviation of the noise for the stability."
    )
    box_quantile: float = Field(
        0.95, gt=0, lt=1, description="Quantile of the map above which pixels span the box."
    )


class Saliency(Runs):
    """Saliency maps (Simonyan 2014, section 3)."""

    measures: SaliencyMeasures = Field(SaliencyMeasures(), description="See below.")


class Adversarial(Runs):
    """Adversarial images (Szegedy 2014)."""

    targets: list[Literal["random", "runner_up", "least_likely"]] = Field(
        ["random"],
        min_length=1,
        description="Target policies. Only `random` (from the seed and the photograph alone) is "
        "used to compare models.",
    )


class ClassVisualization(Runs):
    """Class visualisation (Simonyan 2014, section 2; Yosinski 2015)."""

    classes: list[int | str] = Field(
        min_length=1, description="Classes to draw: index, WordNet id or name."
    )
    group_size: int = Field(8, ge=1, le=1000, description="Most classes in one job.")


class Report(Settings):
    """What is rendered."""

    questions: list[Annotated[int, Field(ge=1, le=11)]] = Field(
        list(range(1, 12)), description="Numbers of the questions that are answered."
    )
    languages: list[Literal["en"]] = Field(["en"], description="Folders of `report_templates/`.")


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
    results: Path = Field(Path("results"), description="Folder for all that is computed.")
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
        """Where the photographs lie, as the library takes it."""
        return [photographs.Source(s.kind, s.path, s.labels) for s in self.images.sources]

    @property
    def specifications(self) -> dict[str, ModelSpecification]:
        """Model name -> what is needed to identify and load it."""
        return {
            name: ModelSpecification(name=name, **model.model_dump(exclude={"memory_mb"}))
            for name, model in self.models.items()
        }


def parse_config(content: Mapping[str, Any], *, where: str = "") -> Config:
    """Check a configuration; ConfigError lists every fault with its key and the nearest name."""
    try:
        config = Config.model_validate(content)
    except ValidationError as error:
        faults = explain(error, Config, where=where)
    else:
        faults = []
    for family in RUN_FAMILIES:
        faults += _run_faults(family, content.get(family))
    if faults:
        raise ConfigError("\n".join(faults))
    return config


def _run_faults(family: str, section: Any) -> Iterator[str]:
    """Faults of the runs' own parameters; what the schema refuses already is passed over."""
    runs = section.get("runs") if isinstance(section, Mapping) else None
    if not isinstance(runs, Mapping) or not all(isinstance(e, Mapping) for e in runs.values()):
        return
    try:
        entries = expanded(runs)
    except ValueError:
        return
    for name, entry in entries.items():
        try:
            _parameters(family, name, entry)
        except ConfigError as error:
            yield str(error)


def load_config(path: Path) -> Config:
    """Read and check a configuration file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give another CONFIG="
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(
            f"{path}: expected keys and values, for example those of config/config.yaml"
        )
    return parse_config(content)


def run_method(config: Config, family: str, run: str) -> str:
    """The method of a run: its entry `method` (or `preset`), by default the run's own name."""
    return _method(run, getattr(config, family).runs[run])


def run_parameters(config: Config, family: str, run: str) -> dict[str, Any]:
    """A run's parameters with the method's defaults filled in, checked against their ranges."""
    return _parameters(family, run, getattr(config, family).runs[run])


def _method(run: str, entry: Mapping[str, Any]) -> str:
    return str(entry.get("preset") or entry.get("method") or run)


def _parameters(family: str, run: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    where = f"{family}.runs.{run}"
    try:
        source = registry.source_file(registry.module_name(family, _method(run, entry)))
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}; give the entry a `method:` from this list") from None
    parameters = read_parameters(source)
    given = {key: value for key, value in entry.items() if key not in ("method", "preset")}
    try:
        return parameters.model_validate(given).model_dump(mode="json", by_alias=True)
    except ValidationError as error:
        raise ConfigError("\n".join(explain(error, parameters, where=where))) from None
