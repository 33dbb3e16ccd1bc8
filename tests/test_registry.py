"""The registry: every method loads, says its settings without torch, and has its family's form."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from pydantic import ValidationError
from torch import Tensor

from inputgrad import registry
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Settings, read_parameters
from inputgrad.engine.beside import Beside
from inputgrad.engine.randomness import Noise
from inputgrad.engine.records import Judged, Record
from inputgrad.engine.slots import Usage
from inputgrad.engine.tools import Tools
from inputgrad.errors import ConfigError
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.tables.schema import tables

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
ALL = [(family, method) for family, methods in registry.METHODS.items() for method in methods]

# family -> the function that every method offers: its parameters and what it returns
SIGNATURES: dict[str, tuple[str, dict[str, Any]]] = {
    "saliency": (
        "attribute",
        {
            "classifier": Classifier,
            "images": Tensor,
            "targets": Tensor,
            "parameters": Settings,
            "noise": Noise,
            "return": Attribution,
        },
    ),
    "adversarial": (
        "attack",
        {
            "classifier": Classifier,
            "attacks": Sequence[Attack],
            "slots": int,
            "usage": Usage | None,
            "return": Iterator[tuple[int, Result]],
        },
    ),
}
COMPUTE = {
    "predictions": ["classifier", "items", "seed", "slots"],
    "saliency": ["classifier", "items", "seed", "slots"],
    "adversarial": ["classifier", "items", "seed", "slots"],
    "class_visualization": ["classifier", "items", "seed", "slots"],
}


def every_method() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("family", "method"), ALL, ids="/".join)


def test_families_have_steps_methods_and_signatures() -> None:
    assert registry.TECHNIQUES.keys() == registry.METHODS.keys() == COMPUTE.keys()
    assert registry.TECHNIQUES.keys() == registry.MEASURES.keys()
    for technique, names in registry.DEFAULT_MEASURES.items():
        assert set(names) <= registry.MEASURES[technique].keys()
    assert all(registry.METHODS.values())


@every_method()
def test_module_lies_where_the_registry_says_and_explains_itself(family: str, method: str) -> None:
    module: ModuleType = registry.load(family, method)
    assert module.__file__ is not None
    assert registry.source_file(registry.module_name(family, method)) == Path(module.__file__)
    assert len(module.__doc__ or "") > 80


@every_method()
def test_settings_read_from_source_are_those_of_the_module(family: str, method: str) -> None:
    read = read_parameters(registry.source_file(registry.module_name(family, method)))
    loaded = registry.load(family, method).Parameters
    assert issubclass(read, Settings) and issubclass(loaded, Settings)
    assert read.model_json_schema() == loaded.model_json_schema()
    assert read().model_dump() == loaded().model_dump()
    for name, field in read.model_fields.items():
        assert field.description, f"{method}.{name} has no description"
    with pytest.raises(ValidationError):
        read.model_validate({"no_such_setting": 1})


@every_method()
def test_method_has_the_one_signature_of_its_family(family: str, method: str) -> None:
    module = registry.load(family, method)
    if family in SIGNATURES:
        name, hints = SIGNATURES[family]
        function = getattr(module, name)
        own = {"parameters": module.Parameters} if "parameters" in hints else {}
        assert get_type_hints(function) == hints | own
        assert list(inspect.signature(function).parameters) == [n for n in hints if n != "return"]


@pytest.mark.parametrize("technique", registry.TECHNIQUES)
def test_a_technique_has_its_script_and_compute(technique: str) -> None:
    assert (SCRIPTS / f"{registry.TECHNIQUES[technique].rule}.py").is_file()
    compute = registry.load_technique(technique).compute
    parameters = inspect.signature(compute).parameters
    assert list(parameters) == COMPUTE[technique]
    options = [n for n in ("seed", "slots") if n in parameters]
    assert all(parameters[n].kind is inspect.Parameter.KEYWORD_ONLY for n in options)


@pytest.mark.parametrize(
    ("technique", "judgement"),
    [(technique, name) for technique, names in registry.JUDGEMENTS.items() for name in names],
)
def test_a_judgement_has_its_form_and_a_table_of_its_name(technique: str, judgement: str) -> None:
    module = registry.load_judgement(technique, judgement)
    assert len(module.__doc__ or "") > 80
    hints = get_type_hints(module.judge)
    assert hints.pop("beside", Sequence[Beside]) == Sequence[Beside]  # photographs, where asked for
    assert hints == {
        "judged": Sequence[Judged],
        "parameters": module.Parameters,
        "tools": Tools,
        "return": Iterator[list[Record]],
    }
    read = read_parameters(registry.source_file(registry.judgement_name(technique, judgement)))
    assert read.model_json_schema() == module.Parameters.model_json_schema()
    assert read().model_dump() == module.Parameters().model_dump()
    table = tables()[judgement]
    assert {"model", "source_model", "run"} <= set(table.keys)
    assert set(tables()[technique].keys) - {"iteration"} <= set(table.keys)
    assert registry.judged_by(judgement) == technique
    assert (SCRIPTS / f"{registry.JUDGE}.py").is_file()


def test_unknown_method_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown adversarial method 'gradient_ascend'; did you"):
        registry.module_name("adversarial", "gradient_ascend")


def test_settings_are_read_without_torch_or_the_methods() -> None:
    program = """
import sys
from inputgrad import registry
from inputgrad.config.settings import read_parameters
for family, methods in registry.METHODS.items():
    for method in methods:
        read_parameters(registry.source_file(registry.module_name(family, method)))()
modules = {module for methods in registry.METHODS.values() for module in methods.values()}
print(*sorted({"torch", "numpy", *modules} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_module_without_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "method.py"
    path.write_text("x = 1\n")
    with pytest.raises(ConfigError, match=r"method\.py: .* must declare `class Parameters"):
        read_parameters(path)
