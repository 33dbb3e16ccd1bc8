"""What the one HTML file carries inside it: figures as data URIs, the style, the script.

A figure stays in an `img` element, where an SVG can run no script, load nothing and share no
identifier with another one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.errors import StoreError

MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
INDEX = "figures.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure; `facts` are the numbers that its caption and alternative text may use."""

    name: str
    source: str
    width_px: int
    height_px: int
    n: int
    facts: Mapping[str, Any]


def load_figures(folder: Path) -> dict[str, Figure]:
    """Figures by name, as `draw_figures` lists them in `figures.json`, without its null entries."""
    index = folder / INDEX
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))
        return {name: _figure(name, entry, folder) for name, entry in listed.items() if entry}
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"{index}: expected the list of figures that draw_figures writes ({error}); "
            "remove the folder and run again"
        ) from error


def data_uri(path: Path) -> str:
    """A picture's bytes as a URI; KeyError for a type that is no picture of ours."""
    kind = MEDIA_TYPES[path.suffix.lower()]
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def script_hash(script: str) -> str:
    """The script's hash as a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _figure(name: str, entry: Mapping[str, Any], folder: Path) -> Figure:
    return Figure(
        name,
        data_uri(folder / entry["file"]),
        int(entry["width_px"]),
        int(entry["height_px"]),
        int(entry["n"]),
        entry["facts"],
    )
