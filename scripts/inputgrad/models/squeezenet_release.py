"""Packaged SqueezeNet 1.1: the weights of its authors' release in torchvision's network.

The release (Iandola et al., 2016, https://github.com/forresti/SqueezeNet) is of Caffe: images are
BGR in 0..255 minus a mean colour m, in RGB order (123, 117, 104). The package holds for each layer
its kernels (height, width, in, out) and biases. torchvision's `squeezenet1_1` has the same layers,
and the same weights in all but the first, which absorbs the other preprocessing: with

    z = (x - mean) / std,  x in [0, 1] and RGB, what the layer is given there
    255 x - m = 255 std z + (255 mean - m)

the layer's kernels W0 and biases b0, W0 flipped to RGB, become

    W = 255 std W0,  b = b0 + sum over colours and window of W0 (255 mean - m)

The layer pads nothing, so this is exact up to rounding; it is computed in float64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.packaged import PackagedModel
from inputgrad.models.pickled_arrays import read_arrays
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.torchvision_networks import assemble

MEAN_COLOUR = (123, 117, 104)  # red, green, blue
FIRST = "conv1"
FIRES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}  # fire module -> place in torchvision's
PARTS = {"squeeze1x1": "squeeze", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}
LAYERS = {FIRST: "features.0", "conv10": "classifier.1"} | {
    f"fire{number}/{released}": f"features.{place}.{own}"
    for number, place in FIRES.items()
    for released, own in PARTS.items()
}

Arrays = Mapping[str, Sequence[NDArray[Any]]]


def load(row: PackagedModel, preprocessing: Preprocessing) -> Classifier:
    """Load the classifier; raises ModelError where the package or its file is another one."""
    file = row.file()
    arrays = read_arrays(file)
    if arrays.keys() != LAYERS.keys() or {len(pair) for pair in arrays.values()} != {2}:
        raise ModelError(f"{file} does not hold the {len(LAYERS)} layers of SqueezeNet 1.1")
    state = torchvision_state(arrays, row.preprocessing)
    return assemble(row.network, state, preprocessing, source=file)


def torchvision_state(arrays: Arrays, preprocessing: Preprocessing) -> dict[str, Tensor]:
    """The state_dict of a `squeezenet1_1` that takes images normalised as `preprocessing` says.

    arrays: layer -> kernels (height, width, in, out) and biases (out,), as released.
    """
    state: dict[str, Tensor] = {}
    for layer, name in LAYERS.items():
        kernels, biases = (np.asarray(array, np.float64) for array in arrays[layer])
        kernels = kernels.transpose(3, 2, 0, 1)
        if layer == FIRST:
            kernels, biases = _normalized(kernels[:, ::-1], biases, preprocessing)
        state[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(kernels, np.float32))
        state[f"{name}.bias"] = torch.from_numpy(biases.astype(np.float32))
    return state


def _normalized(
    kernels: NDArray[np.float64], biases: NDArray[np.float64], preprocessing: Preprocessing
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """W and b of the module's docstring from kernels (out, 3, h, w), RGB, and biases (out,)."""
    mean, std = np.asarray(preprocessing.mean), np.asarray(preprocessing.std)
    offset = kernels.sum(axis=(2, 3)) @ (255 * mean - MEAN_COLOUR)
    return 255 * std[:, None, None] * kernels, biases + offset
