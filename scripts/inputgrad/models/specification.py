"""A model as the config describes it, and its identity (no torch).

model_id = first 16 hex digits of SHA-256 over (source, architecture, weights, preprocessing).

Weights are identified by what fixes their bytes: a torchvision enum member with torchvision's
version (the member names its file, the file's name its hash), a packaged or local file by its own
SHA-256. A local file whose SHA-256 is that of a file that torchvision publishes is that file,
whatever its name. Preprocessing is the source's own with what the config states in its place; timm
alone tells its own only when it is loaded, so its version stands for it. The workflow's graph is
built from these, so a model's cells stay valid until one of them changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isclose
from pathlib import Path

from inputgrad.errors import ModelError, printable, unknown
from inputgrad.hashing import digest
from inputgrad.models.packaged import packaged
from inputgrad.models.preprocessing import NOTHING_STATED, Colour, Preprocessing, Stated, keys_of
from inputgrad.models.timm_names import check_timm_name
from inputgrad.models.torchvision_names import check_architecture
from inputgrad.models.torchvision_published import (
    Published,
    published_file,
    published_under,
    published_weights,
)
from inputgrad.models.versions import required_version
from inputgrad.models.weights_files import weights_digest, weights_format

LOCAL = ("checkpoint", "timm")  # sources whose weights are a file of the user's
# Their authors' weights take images normalised by 0.5, and torchvision's networks convert to that
# by themselves when told to (`transform_input`). A file does not say which it was trained with.
CONVERTING = ("googlenet", "inception_v3")


@dataclass(frozen=True, kw_only=True)
class ModelSpecification:
    """One entry of the config's `models:`.

    name: its name in the config, tables and figures.
    source: key of `inputgrad.models.SOURCES`.
    architecture: torchvision's, timm's or the packaged model's name.
    weights: for `torchvision`, the weights enum's member (`DEFAULT` where None).
    path: for `checkpoint` and `timm`, the file with the weights.
    entry: for these, the key of the file under which the weights are; None takes the only one.
    sha256: the weights file's expected hash, 8 to 64 hex digits; None leaves it unchecked.
    slots: images per forward pass, the constant batch shape; not part of `model_id`.
    preprocessing: what the config states of it.
    """

    name: str
    source: str
    architecture: str
    weights: str | None = None
    path: Path | None = None
    entry: str | None = None
    sha256: str | None = None
    slots: int
    preprocessing: Stated = NOTHING_STATED


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a model before it is loaded.

    weights: what identifies them, ready for JSON.
    origin: whose preprocessing it is where the config states none, in words.
    preprocessing: with what the config states; None for timm, which tells when it is loaded.
    published: what torchvision says of the weights, where it publishes them.
    """

    weights: object
    origin: str
    preprocessing: Preprocessing | None
    published: Published | None = None

    @property
    def converts(self) -> bool:
        """Whether the network converts its input from torchvision's normalisation to its own."""
        if self.published is None or self.preprocessing is None:
            return False
        theirs, ours = self.published.preprocessing.unit_colours, self.preprocessing.unit_colours
        return self.published.architecture in CONVERTING and all(map(_close, theirs, ours))


def _close(theirs: Colour, ours: Colour) -> bool:
    return all(isclose(one, other, rel_tol=1e-9) for one, other in zip(theirs, ours, strict=True))


def known(specification: ModelSpecification) -> Known:
    """Everything that can be known of a model without torch.

    Raises ModelError as `check` does.
    """
    try:
        if specification.source not in _KNOWN:
            raise ModelError(unknown("source", specification.source, _KNOWN))
        return _KNOWN[specification.source](specification)
    except ModelError as error:
        raise ModelError(printable(f"model {specification.name!r}: {error}")) from error


def identity(specification: ModelSpecification) -> dict[str, object]:
    """What identifies the model: source, architecture, weights, preprocessing.

    Ready for JSON, and for the report's provenance: it has the full SHA-256 of a local or packaged
    file.
    Raises ModelError as `check` does.
    """
    found = known(specification)
    whole = found.preprocessing
    return {
        "source": specification.source,
        "architecture": specification.architecture,
        "weights": found.weights,
        "preprocessing": [found.origin, specification.preprocessing.values()]
        if whole is None
        else asdict(whole),
    }


def model_id(specification: ModelSpecification) -> str:
    """16 hex digits that change when, and only when, the model's `identity` does."""
    return digest(identity(specification), length=16)


def check(specification: ModelSpecification) -> None:
    """Find, before any job starts and without torch, what would stop the model from loading.

    Raises ModelError: unknown source, architecture, packaged model or weights member (with the
    nearest valid name); a missing package (with what to install); a missing, unreadable or wrong
    weights file, or one that holds no weights; a preprocessing that cannot be; fewer than one slot.
    """
    name, source = specification.name, specification.source
    if specification.slots < 1:
        raise ModelError(f"model {name!r}: slots is {specification.slots}; expected at least 1")
    if specification.entry is not None and source not in LOCAL:
        raise ModelError(
            f"model {name!r}: entry chooses among the weights of a file of one's own "
            f"({', '.join(LOCAL)}); remove it from a model of source {source}"
        )
    known(specification)


def described_preprocessing(specification: ModelSpecification) -> dict[str, str]:
    """What a photograph goes through, by the config's keys, and under `from` who says so.

    Of timm, which tells when it is loaded, only what the config states.
    Raises ModelError as `check` does.
    """
    found = known(specification)
    stated = specification.preprocessing.values()
    values = stated if found.preprocessing is None else keys_of(found.preprocessing)
    origin = found.origin
    if stated:
        origin = f"the configuration ({', '.join(stated)}), otherwise {origin}"
    return {key: _words(value) for key, value in values.items()} | {"from": origin}


def preprocessing_words(specification: ModelSpecification) -> str:
    """What `described_preprocessing` says, on one line."""
    described = described_preprocessing(specification)
    return ", ".join(f"{key} {value}" for key, value in described.items())


def _words(value: object) -> str:
    return " ".join(f"{part:.6g}" for part in value) if isinstance(value, tuple) else str(value)


def _torchvision(specification: ModelSpecification) -> Known:
    published = published_weights(specification.architecture, specification.weights)
    return Known(
        weights=[published.name, f"torchvision {required_version('torchvision')}"],
        origin=f"torchvision's {published.name}",
        preprocessing=specification.preprocessing.over(published.preprocessing),
        published=published,
    )


def _package(specification: ModelSpecification) -> Known:
    row = packaged(specification.architecture)
    file = row.file()
    version = required_version(row.distribution)
    sha256 = weights_digest(file, expected=specification.sha256)
    return Known(
        weights=[row.distribution, version, file.name, sha256],
        origin=f"the package {row.distribution}",
        preprocessing=specification.preprocessing.over(row.preprocessing),
    )


def _checkpoint(specification: ModelSpecification) -> Known:
    architecture, stated = specification.architecture, specification.preprocessing
    check_architecture(architecture)
    sha256 = _local_digest(specification)
    published = published_file(sha256)
    if published is not None:
        _check_published(specification, published)
        origin = f"torchvision's {published.name}, whose file this is by its SHA-256"
    else:
        _check_own(specification, sha256)
        origin = f"torchvision's default for {architecture}, since the file says nothing"
    default = published or published_weights(architecture)
    return Known(
        weights=_identified(specification, sha256, published),
        origin=origin,
        preprocessing=stated.over(default.preprocessing),
        published=published,
    )


def _check_published(specification: ModelSpecification, published: Published) -> None:
    if published.architecture != specification.architecture:
        raise ModelError(
            f"{specification.path} is torchvision's {published.name}; state architecture: "
            f"{published.architecture} instead of {specification.architecture}"
        )


def _check_own(specification: ModelSpecification, sha256: str) -> None:
    """ModelError where a file that torchvision does not publish claims it, or is ambiguous."""
    file, stated = local_file(specification), specification.preprocessing
    claimed = published_under(file.name)
    if claimed is not None:
        raise ModelError(
            f"{file} has the name of torchvision's {claimed.name}, whose SHA-256 begins with "
            f"{claimed.digits}; this file's begins with {sha256[: len(claimed.digits)]}: download "
            "it again, or rename it where the weights are your own"
        )
    if specification.architecture in CONVERTING and None in (stated.mean, stated.std):
        raise ModelError(
            f"{file} does not say how images are normalised for {specification.architecture}; "
            "state mean and std under preprocessing: 0.5 for all colours where it was trained with "
            "transform_input=True, else those of the training"
        )


def _timm(specification: ModelSpecification) -> Known:
    origin = f"timm {required_version('timm')}'s {specification.architecture}"
    check_timm_name(specification.architecture)
    weights = _identified(specification, _local_digest(specification), None)
    return Known(weights=weights, origin=origin, preprocessing=None)


_KNOWN: dict[str, Callable[[ModelSpecification], Known]] = {
    "torchvision": _torchvision,
    "package": _package,
    "checkpoint": _checkpoint,
    "timm": _timm,
}


def local_file(specification: ModelSpecification) -> Path:
    """Name the weights file of a `checkpoint` or `timm` model; raises ModelError without one."""
    if specification.path is None:
        raise ModelError(f"a model of source {specification.source} needs the path of its weights")
    return specification.path


def _local_digest(specification: ModelSpecification) -> str:
    """SHA-256 of a local file that is weights by its first bytes."""
    file = local_file(specification)
    weights_format(file)
    return weights_digest(file, expected=specification.sha256)


def _identified(
    specification: ModelSpecification, sha256: str, published: Published | None
) -> dict[str, str]:
    """A local file's SHA-256, its published name, and the entry that is taken from it."""
    names = {"published": published and published.name, "entry": specification.entry}
    return {"sha256": sha256} | {key: name for key, name in names.items() if name}
