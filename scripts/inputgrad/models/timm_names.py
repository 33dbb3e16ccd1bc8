"""Which names the optional package timm knows, read from its source text (no import).

`resnet18.a1_in1k` is an architecture, a function behind `@register_model` in `timm/models/*.py`,
and the tag of one of its published configurations, written out as a key in the same file. Names
that timm keeps for older files stand quoted in its tables. A few configurations that are no
ImageNet classifiers get their tags at run time: where an architecture has no tag that is written
out, any is left to loading.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from inputgrad.errors import ModelError

ENTRY_POINT = re.compile(r"^@register_model\s*\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)
RENAMED = re.compile(
    r"^register_model_deprecations\(__name__, \{(.*?)^\}\)", re.MULTILINE | re.DOTALL
)
KEY = re.compile(r"""['"](\w+)['"]\s*:""")
TAGGED = re.compile(r"""['"](\w+)\.(\w+)['"]""")


def check_timm_name(name: str) -> None:
    """Raise ModelError, with the nearest ones, where timm has no such architecture or tag."""
    known = _tags()
    architecture, _, tag = name.partition(".")
    if architecture not in known:
        raise ModelError(_unknown("timm architecture", architecture, known))
    if tag and known[architecture] and tag not in known[architecture]:
        raise ModelError(_unknown(f"tag of timm's {architecture}", tag, known[architecture]))


@cache
def _tags() -> dict[str, set[str]]:
    """Every architecture, older names among them, with its tags."""
    found = find_spec("timm")
    folders = found.submodule_search_locations if found is not None else None
    files = [file for folder in folders or () for file in (Path(folder) / "models").glob("*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    tags: dict[str, set[str]] = {}
    for text in texts:
        renamed = (key for table in RENAMED.findall(text) for key in KEY.findall(table))
        tags |= {name: set() for name in (*ENTRY_POINT.findall(text), *renamed)}
    for name, tag in (pair for text in texts for pair in TAGGED.findall(text)):
        if name in tags:
            tags[name].add(tag)
    return tags


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, sorted(known), cutoff=0)
    return f"unknown {kind} {name!r}; nearest: {', '.join(nearest)}"
