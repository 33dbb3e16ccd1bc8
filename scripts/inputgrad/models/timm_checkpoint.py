"""Source `timm`: a model of the optional package timm with a local file of weights.

timm prepares a photograph by the settings that it publishes for a tag: with `crop_mode` center the
shorter side is resized and the centre cropped, with squash both sides are resized. Its networks
take red, green, blue in [0, 1]. Nothing is downloaded.
"""

from __future__ import annotations

import math
from typing import Any

import timm
import torch
from timm.data import resolve_model_data_config
from torch import nn

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification, local_file
from inputgrad.models.state_dict import fit, read_weights

WITHOUT_A_STATED_ONE = "state size and resize under preprocessing"


def load(specification: ModelSpecification) -> Classifier:
    """Load the classifier; raises ModelError where the name is unknown or the file does not fit."""
    file = local_file(specification)
    network = _build(specification.architecture)
    weights = read_weights(file, entry=specification.entry)
    fit(network, weights.state, source=file)
    settings = resolve_model_data_config(network)
    stated = specification.preprocessing
    if None not in (stated.size, stated.resize):  # timm's are not needed
        settings = settings | {"input_size": (3, 1, 1), "crop_pct": 1, "crop_mode": "center"}
    return Classifier(network, stated.over(_preprocessing(settings)), notes=weights.notes)


def _build(architecture: str) -> nn.Module:
    try:
        with torch.random.fork_rng(devices=[]):
            network: nn.Module = timm.create_model(architecture, pretrained=False)
    except RuntimeError as error:
        raise ModelError(f"timm cannot build {architecture!r}: {error}") from error
    return network


def _preprocessing(settings: dict[str, Any]) -> Preprocessing:
    """Translate timm's settings: `crop_pct` is the crop's share of the resized shorter side."""
    channels, height, width = settings["input_size"]
    if channels != 3 or height != width:
        raise ModelError(
            f"timm states an input of {channels} x {height} x {width} for it; expected a square of "
            f"three colours: {WITHOUT_A_STATED_ONE}"
        )
    return Preprocessing(
        input_size=width,
        resize_size=_resize(width, settings["crop_pct"], settings["crop_mode"]),
        interpolation=settings["interpolation"],
        mean=tuple(settings["mean"]),
        std=tuple(settings["std"]),
    )


def _resize(size: int, crop_pct: float, crop_mode: str) -> int | None:
    """The shorter side before the crop, None where timm squashes."""
    if crop_mode == "center":
        return math.floor(size / crop_pct)
    if crop_mode == "squash" and crop_pct == 1:
        return None
    raise ModelError(
        f"timm prepares images for it by crop_mode {crop_mode} with crop_pct {crop_pct}, which is "
        f"not supported; {WITHOUT_A_STATED_ONE}"
    )
