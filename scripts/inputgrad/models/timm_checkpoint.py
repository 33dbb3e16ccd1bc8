"""Source `timm`: a model of the optional package timm with a local file of weights."""

from __future__ import annotations

import difflib
import math
from typing import Any

import timm
import torch
from timm.data import resolve_model_data_config

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification, local_file
from inputgrad.models.state_dict import fit, read_state_dict


def load(specification: ModelSpecification) -> Classifier:
    """Load the classifier; raises ModelError where the name is unknown or the file does not fit."""
    file = local_file(specification)
    architecture = specification.architecture
    if not timm.is_model(architecture):
        near = ", ".join(difflib.get_close_matches(architecture, timm.list_models()))
        raise ModelError(f"unknown timm architecture {architecture!r}; nearest: {near or 'none'}")
    with torch.random.fork_rng(devices=[]):
        network = timm.create_model(architecture, pretrained=False)
    fit(network, read_state_dict(file), source=file)
    settings = resolve_model_data_config(network)
    return Classifier(network, specification.preprocessing or _preprocessing(settings))


def _preprocessing(settings: dict[str, Any]) -> Preprocessing:
    """Translate timm's settings: `crop_pct` is the crop's share of the resized shorter side."""
    input_size = settings["input_size"][-1]
    return Preprocessing(
        input_size=input_size,
        resize_size=math.floor(input_size / settings["crop_pct"]),
        interpolation=settings["interpolation"],
        mean=settings["mean"],
        std=settings["std"],
    )
