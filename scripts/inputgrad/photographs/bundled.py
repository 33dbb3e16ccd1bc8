"""The 20 labelled ImageNet photographs that the package `foolbox` ships.

Their names, `imagenet_<number>_<label>.jpg`, give the class index in torchvision's order. The
package is found without importing it, since it imports torch.
Source: Rauber et al. 2020, https://doi.org/10.21105/joss.02607, MIT licence.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from inputgrad.errors import ConfigError, PhotographError
from inputgrad.photographs import Listing, Photograph
from inputgrad.photographs.files import entries

_NAME = re.compile(r"imagenet_\d+_(\d{1,3})\.jpg")


def list_photographs(*, path: Path | None, labels: Path | None) -> Listing:
    """List the photographs of the installed package.

    Raises:
        ConfigError: a path or a label file is given; this source has its own.
        PhotographError: the package is not installed or holds no such photographs.
    """
    folder = _data_folder(path, labels)
    names = [(entry.name, _NAME.fullmatch(entry.name)) for entry in entries(folder)]
    photographs = [Photograph(folder / name, int(match[1])) for name, match in names if match]
    if not photographs:
        raise PhotographError(_MISSING)
    return Listing(tuple(sorted(photographs)))


def watched(*, path: Path | None, labels: Path | None) -> list[Path]:
    """Name the data folder of the installed package."""
    return [_data_folder(path, labels)]


_MISSING = (
    "the source 'bundled' needs the photographs of the package foolbox (3.3.4 has them), which is "
    "not installed here; run `make report`, which installs it, or name another source"
)


def _data_folder(path: Path | None, labels: Path | None) -> Path:
    if path or labels:
        raise ConfigError("the source 'bundled' takes neither `path:` nor `labels:`; use 'folder'")
    spec = importlib.util.find_spec("foolbox")
    if spec is None or spec.origin is None:
        raise PhotographError(_MISSING)
    return Path(spec.origin).parent / "data"
