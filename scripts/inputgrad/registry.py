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
    "adversarial": {},
    "class_visualization": {
        "scores": "inputgrad.class_visualization.measures.scores",
        "total_variation": "inputgrad.class_visualization.measures.total_variation",
        "decisive_regions": "inputgrad.class_visualization.measures.decisive_regions",
    },
}

# what an ascent of class visualisation can climb in, for methods that let the configuration choose
PARAMETERIZATIONS: dict[str, str] = {
    "pixels": "inputgrad.class_visualization.parameterizations.pixels",
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


def known_parameterization(name: str) -> str:
    """`name` if it is a parameterisation; else ValueError, which names the nearest."""
    if name not in PARAMETERIZATIONS:
        raise ValueError(unknown("parameterization", name, PARAMETERIZATIONS))
    return name


def load_parameterization(name: str) -> ModuleType:
    """Import a parameterisation's module."""
    return importlib.import_module(PARAMETERIZATIONS[known_parameterization(name)])


def modules_of(technique: str, method: str, parameters: object) -> list[str]:
    """Dotted names of the modules that a run is made of, all roots of its code fingerprint.

    The method's own, and the parameterisation that it loads by name.
    """
    chosen = getattr(parameters, "parameterization", None)
    return [module_name(technique, method), *([PARAMETERIZATIONS[chosen]] if chosen else [])]
