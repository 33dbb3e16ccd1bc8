"""The configuration that someone begins with: short, commented, and computed within minutes.

Twenty photographs, two step sizes of the attack, four classes of the sample drawn. Comments say
why a value is what it is, and what to change next.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inputgrad.photographs.classes import imagenet_classes

PHOTOGRAPHS = 20
CLASSES = 4
SECOND = "efficientnet_lite0"  # a packaged network to compare one's own with
WIDTH = 100
PLAIN = re.compile(r"[A-Za-z0-9_./ -]*[A-Za-z0-9]")
TEMPLATE = """\
# Written by `make new`. The next command: make report CONFIG={config}
# Every key with its meaning, unit, range and default: config/README.md. Paths count from the folder
# that make runs in. After a change only what is missing is computed.
title: {title}
results: {results} # a folder of its own, so that no other report is overwritten

images:
  sources:
    - {source}
  n: {photographs} # a sample, one of each class first; null takes all
  exemplars: 4 # photographs that the figures show in full

models:
{models}

saliency:
  runs:
    gradient: {{}}

adversarial: # towards a class drawn at random for each photograph, until it is predicted,
  runs: # in steps of L2 length eta, `budget` of them at the most
    ascent: {{ method: gradient_ascent, eta: 0.5, budget: 50 }}
    ascent_coarse: {{ method: gradient_ascent, eta: 1.0, budget: 50 }}

class_visualization:
  classes: [{classes}] # of the sample: {names}
  runs:
    ascent: {{ method: practical, iterations: 60, snapshots: [0, 5, 10, 25] }}
    grid: # other step sizes and penalties, on one class
      method: practical
      classes: [{first}]
      iterations: 30
      snapshots: []
      sweep: {{ eta: [2, 8], lambda: [0, 0.01] }}
    photograph: # from a photograph of the class instead of noise
      method: practical
      classes: [{first}]
      init_img: sample
      iterations: 40
      snapshots: [0, 10]
"""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What the user has.

    config: where the configuration will be, as `make` is told; results: its folder of results.
    source: the entry of `images: sources:`.
    models: the entries of `models:`.
    sees: what the network of that name sees, in words; without an entry nothing is said.
    labels: labels of the sample in rank order, at least one.
    """

    config: Path
    results: Path
    source: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    sees: Mapping[str, str]
    labels: Sequence[int]


def render(beginning: Beginning) -> str:
    """Text of the configuration."""
    shown = list(dict.fromkeys(beginning.labels))[:CLASSES]
    return TEMPLATE.format(
        config=beginning.config,
        title=_value(_title(list(beginning.models))),
        results=_value(str(beginning.results)),
        source=_inline(beginning.source),
        photographs=PHOTOGRAPHS,
        models="\n".join(_models(beginning)),
        classes=", ".join(str(index) for index in shown),
        names=", ".join(imagenet_classes().name(index) for index in shown),
        first=shown[0],
    )


def _title(names: Sequence[str]) -> str:
    return f"What {names[0]} sees" if len(names) == 1 else "What the networks see"


def _models(beginning: Beginning) -> list[str]:
    lines: list[str] = []
    for name, entry in beginning.models.items():
        lines.append(f"  {name}:")
        lines += [f"    {key}: {_value(value)}" for key, value in entry.items()]
        lines += [f"    # {line}" for line in _wrapped(beginning.sees.get(name, ""))]
    if len(beginning.models) == 1 and SECOND not in beginning.models:
        lines.append("  # a second network, which the report compares with the first:")
        lines.append(f"  # {SECOND}: {{ source: package, architecture: {SECOND} }}")
    return lines


def _wrapped(sees: str) -> list[str]:
    text = f"What it sees: {sees}. A key `preprocessing:` here states it otherwise." if sees else ""
    return textwrap.wrap(text, WIDTH - 6, break_long_words=False)


def _inline(entry: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(f'{key}: {_value(value)}' for key, value in entry.items())} }}"


def _value(value: object) -> str:
    """A value as YAML reads it back: plain where that is safe, else as JSON, which is YAML."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
