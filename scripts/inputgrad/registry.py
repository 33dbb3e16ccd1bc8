"""Methods and measures by name: for each technique a plain dict from a name to its module.

The modules are named, not imported: the DAG is built without torch, and a method's code
fingerprint covers its own module and never its siblings.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from inputgrad.errors import ConfigError, unknown
from inputgrad.places import LIBRARY

# family -> the rule that computes it, and the module whose `compute` does so
STEPS: dict[str, tuple[str, str]] = {
    "predictions": ("predict", "inputgrad.engine.prediction"),
    "saliency": ("compute_saliency", "inputgrad.saliency.explain"),
    "adversarial": ("attack_images", "inputgrad.adversarial.attack"),
    "class_visualization": ("visualize_classes", "inputgrad.class_visualization.visualize"),
}

METHODS: dict[str, dict[str, str]] = {
    "predictions": {
        "predict": "inputgrad.engine.prediction",
    },
    "saliency": {
        "gradient": "inputgrad.saliency.methods.gradient",
    },
    "adversarial": {
        "gradient_ascent": "inputgrad.adversarial.attacks.gradient_ascent",
    },
    "class_visualization": {
        "practical": "inputgrad.class_visualization.methods.practical",
    },
}


MEASURES: dict[str, dict[str, str]] = {
    "predictions": {},
    "saliency": {},
    "adversarial": {
        "png": "inputgrad.adversarial.measures.png",
        "distances": "inputgrad.adversarial.measures.distances",
        "control": "inputgrad.adversarial.measures.control",
    },
    "class_visualization": {},
}


def module_name(family: str, method: str) -> str:
    """Dotted name of a method's module; ConfigError names the nearest known method."""
    known = METHODS[family]
    if method not in known:
        raise ConfigError(unknown(f"{family} method", method, known))
    return known[method]


def source_file(dotted: str) -> Path:
    """Source file of a module of this library, found without importing it."""
    return LIBRARY.joinpath(*dotted.split(".")[1:]).with_suffix(".py")


def load(family: str, method: str) -> ModuleType:
    """Import a method's module."""
    return importlib.import_module(module_name(family, method))
