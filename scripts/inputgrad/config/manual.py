"""`config/README.md`, written from the schema: every key with meaning, type, range and default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from inputgrad import registry
from inputgrad.config import schema
from inputgrad.config.settings import read_columns, read_parameters
from inputgrad.places import SCRIPTS

FILE = SCRIPTS.parent / "config" / "README.md"
SECTIONS: dict[str, type[BaseModel]] = {
    "Top level": schema.Config,
    "`images`": schema.Images,
    "An entry of `images: sources`": schema.Source,
    "An entry of `models`": schema.Model,
    "`preprocessing` of a model": schema.Preprocessing,
    "`saliency`": schema.Saliency,
    "`adversarial`": schema.Adversarial,
    "`class_visualization`": schema.ClassVisualization,
    "`report`": schema.Report,
}
HEAD = """# Configuration

Written by `python -m inputgrad docs` from the schema in `scripts/inputgrad/config/schema.py` and
the methods' own parameters; a test keeps it so.

To begin with a model and photographs of your own, have a configuration written:
`make new CONFIG=mine.yaml MODEL=weights.pth ARCHITECTURE=resnet50 IMAGES=folder LABELS=labels.csv`
(all but CONFIG may be left out), and change that one. The others:

- `config.yaml`: the default run, SqueezeNet 1.1 and EfficientNet-Lite0; everything it needs comes
  with the packages.
- `practical.yaml`: the practical work, SqueezeNet 1.1 and VGG16 on validation photographs; the
  weights of VGG16 are downloaded.
- `notebook.yaml`: the practical work's notebook to the letter, unclamped and rescaled as there.
- `full.yaml`: everything, on a larger scale.
- `test.yaml`: the smallest run through everything.

Paths count from the folder that the workflow runs in; `~` is the home folder. Unknown keys are
refused, with the nearest valid one, and so are keys and values that are there twice. Files are
YAML in UTF-8, without its surprises: `0130` is 130, `on` and `no` are names. Lengths of
perturbations and steps are L2 norms of images in [0, 1].
"""
RUNS = """
## Runs and measures

Under `runs:` an entry's name is the run's name in tables and figures. Its method is the entry's
`method:`, by default the name itself; the other keys are the method's parameters below.
`sweep: {parameter: [values]}` makes one run for each combination, named like
`grid-eta5-lambda0.001`.

Under `measures:` an entry's name is the measure; its keys are the parameters below and `runs:`, a
list of the runs that it is taken on. A measure that is added computes itself alone: where maps and
images are kept (`keep`), no method runs again. Under `judgements:` an entry is what models say of
the images that a run has made for another model; each has a table of its own. What each column
means is in `docs/tables.md`.
"""


def render() -> str:
    """The whole file."""
    return "\n".join(_lines())


def write() -> Path:
    """Write it; its place."""
    FILE.write_text(render(), encoding="utf-8")
    return FILE


def _lines() -> Iterator[str]:
    yield HEAD
    for title, settings in SECTIONS.items():
        yield f"## {title}\n\n{_docstring(settings)}\n"
        yield from _table(settings)
    yield RUNS
    for technique in schema.RUN_TECHNIQUES:
        for method, module in registry.METHODS[technique].items():
            yield f"### {technique}: `{method}`\n"
            yield from _table(read_parameters(registry.source_file(module)))
        for measure, module in registry.MEASURES[technique].items():
            source = registry.source_file(module)
            filled = ", ".join(f"`{column.name}`" for column in read_columns(source) or ())
            yield f"### {technique}, measure `{measure}`{filled and f': {filled}'}\n"
            yield from _table(read_parameters(source))
        for judgement, module in registry.JUDGEMENTS.get(technique, {}).items():
            yield f"### {technique}, judgement `{judgement}`\n"
            yield from _table(read_parameters(registry.source_file(module)))


def _docstring(settings: type[BaseModel]) -> str:
    lines = (settings.__doc__ or "").splitlines()
    return "\n".join(line.strip() for line in lines).strip()


def _table(settings: type[BaseModel]) -> Iterator[str]:
    described = settings.model_json_schema()
    required = described.get("required", [])
    if not described.get("properties"):
        yield "Nothing to set.\n"
        return
    yield "| key | meaning | type and range | default |"
    yield "|---|---|---|---|"
    for key, about in described["properties"].items():
        default = "required" if key in required else _value(about.get("default"))
        cells = [f"`{key}`", about.get("description", ""), _type(about), default]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _value(value: Any) -> str:
    """A default as one would write it; of a whole section nothing, since its own table has it."""
    return "" if isinstance(value, dict) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _type(about: Mapping[str, Any]) -> str:
    """Words for a JSON Schema of one value."""
    if "anyOf" in about:
        return " or ".join(_type(option) for option in about["anyOf"])
    if "enum" in about or "const" in about:
        return ", ".join(f"`{value}`" for value in about.get("enum", [about.get("const")]))
    if "$ref" in about:
        return "see below"
    words = WORDS.get(about.get("format", ""), WORDS.get(about.get("type", ""), "anything"))
    if about.get("type") == "array":
        words += f" of: {_type(about['items'])}" if about.get("items") else ""
    if about.get("type") == "object":
        words += f" to: {_type(_values(about))}"
    return words + "".join(f", {phrase}" for phrase in _range(about))


WORDS = {
    "path": "path",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true`, `false`",
    "null": "`null`",
    "array": "list",
    "object": "name",
}
BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "pattern": "matching `{}`",
}


def _values(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Schema of the values of a mapping, whose names may be held to a pattern."""
    patterns = list(about.get("patternProperties", {}).values())
    found: Any = patterns[0] if patterns else about.get("additionalProperties", {})
    return found if isinstance(found, dict) else {}


def _range(about: Mapping[str, Any]) -> Iterator[str]:
    for bound, phrase in BOUNDS.items():
        if bound in about:
            yield phrase.format(about[bound])
