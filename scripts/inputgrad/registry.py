"""Techniques, their methods, measures and judgements by name: plain dicts from a name to a module.

The modules are named, not imported: the DAG is built without torch, and the code fingerprint of a
method or measure covers its own module and never its siblings. A new one is its module, its line
here, its entry in the configuration and its row in the test table.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Literal

from inputgrad.errors import ConfigError, unknown
from inputgrad.places import LIBRARY, module_file


@dataclass(frozen=True)
class Technique:
    """What all methods of a technique share; its name is that of its table.

    Attributes:
        rule: the Snakemake rule that computes it, and its script.
        module: its `compute`, and the columns that it fills whatever the method.
        items: what a cell is made of: the photographs of a batch, or one class.
        function: what a method's module offers beside `Parameters`.
    """

    rule: str
    module: str
    items: Literal["photographs", "classes"]
    function: str


TECHNIQUES: dict[str, Technique] = {
    "predictions": Technique("predict", "inputgrad.engine.prediction", "photographs", "compute"),
    "saliency": Technique(
        "compute_saliency", "inputgrad.saliency.explain", "photographs", "attribute"
    ),
    "adversarial": Technique(
        "attack_images", "inputgrad.adversarial.attack", "photographs", "attack"
    ),
    "class_visualization": Technique(
        "visualize_classes", "inputgrad.class_visualization.visualize", "classes", "parts"
    ),
}

METHODS: dict[str, dict[str, str]] = {
    "predictions": {
        "predict": "inputgrad.engine.prediction",
    },
    "saliency": {
        "gradient": "inputgrad.saliency.methods.gradient",
        "input_x_gradient": "inputgrad.saliency.methods.input_x_gradient",
        "smoothgrad": "inputgrad.saliency.methods.smoothgrad",
        "integrated_gradients": "inputgrad.saliency.methods.integrated_gradients",
        "guided_backprop": "inputgrad.saliency.methods.guided_backprop",
        "grad_cam": "inputgrad.saliency.methods.grad_cam",
        "occlusion": "inputgrad.saliency.methods.occlusion",
        "random": "inputgrad.saliency.methods.random",
        "edges": "inputgrad.saliency.methods.edges",
        "centre": "inputgrad.saliency.methods.centre",
    },
    "adversarial": {
        "gradient_ascent": "inputgrad.adversarial.attacks.gradient_ascent",
        "i_fgsm": "inputgrad.adversarial.attacks.i_fgsm",
        "fgsm": "inputgrad.adversarial.attacks.fgsm",
        "mi_fgsm": "inputgrad.adversarial.attacks.mi_fgsm",
        "pgd_l2": "inputgrad.adversarial.attacks.pgd_l2",
        "ddn": "inputgrad.adversarial.attacks.ddn",
        "fmn": "inputgrad.adversarial.attacks.fmn",
        "deepfool": "inputgrad.adversarial.attacks.deepfool",
        "super_deepfool": "inputgrad.adversarial.attacks.super_deepfool",
        "carlini_wagner": "inputgrad.adversarial.attacks.carlini_wagner",
        "saliency_guided": "inputgrad.adversarial.attacks.saliency_guided",
        "generator": "inputgrad.adversarial.attacks.generator",
    },
    "class_visualization": {
        "practical": "inputgrad.class_visualization.methods.practical",
        "normalized": "inputgrad.class_visualization.methods.normalized",
        "yosinski": "inputgrad.class_visualization.methods.yosinski",
        "fourier": "inputgrad.class_visualization.methods.fourier",
    },
}

MEASURES: dict[str, dict[str, str]] = {
    "predictions": {"roughness": "inputgrad.engine.roughness"},
    "saliency": {
        "single_deletion": "inputgrad.saliency.measures.single_deletion",
        "concentration": "inputgrad.saliency.measures.concentration",
        "stability": "inputgrad.saliency.measures.stability",
        "class_sensitivity": "inputgrad.saliency.measures.class_sensitivity",
        "grid_pointing": "inputgrad.saliency.measures.grid_pointing",
        "questions": "inputgrad.saliency.measures.questions",
        "additivity": "inputgrad.saliency.measures.additivity",
        "agreement": "inputgrad.saliency.measures.agreement",
        "cell_shares": "inputgrad.saliency.measures.cell_shares",
        "completeness": "inputgrad.saliency.measures.completeness",
        "randomisation": "inputgrad.saliency.measures.randomisation",
        "road": "inputgrad.saliency.measures.road",
        "deletion_insertion": "inputgrad.saliency.measures.deletion_insertion",
        "localisation": "inputgrad.saliency.measures.localisation",
        "box": "inputgrad.saliency.measures.box",
        "centre_distance": "inputgrad.saliency.measures.centre_distance",
    },
    "adversarial": {
        "png": "inputgrad.adversarial.measures.png",
        "distances": "inputgrad.adversarial.measures.distances",
        "cell_energy": "inputgrad.adversarial.measures.cell_energy",
        "control": "inputgrad.adversarial.measures.control",
        "natural": "inputgrad.adversarial.measures.natural",
        "survival": "inputgrad.adversarial.measures.survival",
        "forecast": "inputgrad.adversarial.measures.forecast",
        "map_change": "inputgrad.adversarial.measures.map_change",
        "top_five": "inputgrad.adversarial.measures.top_five",
    },
    "class_visualization": {
        "scores": "inputgrad.class_visualization.measures.scores",
        "total_variation": "inputgrad.class_visualization.measures.total_variation",
        "decisive_regions": "inputgrad.class_visualization.measures.decisive_regions",
        "robustness": "inputgrad.class_visualization.measures.robustness",
        "spectrum": "inputgrad.class_visualization.measures.spectrum",
        "start_distance": "inputgrad.class_visualization.measures.start_distance",
        "change_place": "inputgrad.class_visualization.measures.change_place",
    },
}

TRAIN = "train_attacks"  # the rule of all trainings
TRAINED = "attack_training"  # the table that they write
# attack -> what it is trained by before it attacks, once for all photographs
TRAININGS: dict[str, str] = {"generator": "inputgrad.adversarial.trainings.generator"}

JUDGE = "judge_images"  # the rule of all judgements
# technique whose images are judged -> what models say of them, each in a table of its name
JUDGEMENTS: dict[str, dict[str, str]] = {
    "adversarial": {"transfer": "inputgrad.judgements.transfer"},
    "class_visualization": {
        "recognition": "inputgrad.judgements.recognition",
        "likeness": "inputgrad.judgements.likeness",
    },
}

# measures that are taken where a configuration names none: those that cost a few passes at most
DEFAULT_MEASURES: dict[str, tuple[str, ...]] = {
    "predictions": ("roughness",),
    "saliency": ("concentration", "stability", "class_sensitivity", "box"),
    "adversarial": ("png", "distances", "control"),
    "class_visualization": (
        "scores",
        "total_variation",
        "decisive_regions",
        "robustness",
        "spectrum",
        "start_distance",
        "change_place",
    ),
}

# what an ascent of class visualisation can climb in, for methods that let the configuration choose
PARAMETERIZATIONS: dict[str, str] = {
    "pixels": "inputgrad.class_visualization.parameterizations.pixels",
    "fourier": "inputgrad.class_visualization.parameterizations.fourier",
    "fourier_rgb": "inputgrad.class_visualization.parameterizations.fourier_rgb",
}


def module_name(table: str, method: str) -> str:
    """Dotted name of a method's module; ConfigError names the nearest known method."""
    return _known(METHODS[table], f"{table} method", method)


def measure_name(table: str, measure: str) -> str:
    """Dotted name of a measure's module; ConfigError names the nearest known measure."""
    return _known(MEASURES[table], f"{table} measure", measure)


def judgement_name(technique: str, judgement: str) -> str:
    """Dotted name of a judgement's module; ConfigError names the nearest known judgement."""
    return _known(JUDGEMENTS[technique], f"{technique} judgement", judgement)


def judged_by(table: str) -> str | None:
    """The technique whose images are judged in a table; None where the table is no judgement's."""
    return next((judged for judged, tables in JUDGEMENTS.items() if table in tables), None)


def items_of(table: str) -> Literal["photographs", "classes"]:
    """What a cell of a technique, of a judgement or of a training is made of."""
    if table == TRAINED:
        return "photographs"
    return TECHNIQUES[judged_by(table) or table].items


def _known(names: dict[str, str], kind: str, name: str) -> str:
    if name not in names:
        raise ConfigError(unknown(kind, name, names))
    return names[name]


def source_file(dotted: str) -> Path:
    """Source file of a module, found without importing it; ConfigError where there is none."""
    if dotted.startswith(f"{LIBRARY.name}."):
        path = module_file(dotted)
    else:
        found = find_spec(dotted)
        path = Path(found.origin) if found and found.origin else None
    if path is None:
        raise ConfigError(f"the registry names the module {dotted}, but there is no such file")
    return path


def load(table: str, method: str) -> ModuleType:
    """Import a method's module."""
    return importlib.import_module(module_name(table, method))


def load_measure(table: str, measure: str) -> ModuleType:
    """Import a measure's module."""
    return importlib.import_module(measure_name(table, measure))


def load_judgement(technique: str, judgement: str) -> ModuleType:
    """Import a judgement's module."""
    return importlib.import_module(judgement_name(technique, judgement))


def load_training(method: str) -> ModuleType:
    """Import the module that trains an attack."""
    return importlib.import_module(TRAININGS[method])


def load_technique(table: str) -> ModuleType:
    """Import the module with a technique's `compute`."""
    return importlib.import_module(TECHNIQUES[table].module)


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
