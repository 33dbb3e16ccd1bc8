"""The words of the figures: a flat TOML file of each language, key = label; and its titles."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inputgrad.errors import ConfigError, unknown

FILE = "figures.toml"


def load_labels(templates: Path, language: str) -> Mapping[str, str]:
    """Read `<templates>/<language>/figures.toml`; ConfigError names the languages that have one."""
    file = templates / language / FILE
    if not file.is_file():
        languages = [path.parent.name for path in templates.glob(f"*/{FILE}")]
        raise ConfigError(unknown("language of the figures", language, languages))
    return {key: str(label) for key, label in tomllib.loads(file.read_text("utf-8")).items()}


def load_architectures(templates: Path, language: str) -> Mapping[str, Mapping[str, str]]:
    """Architecture -> `title` and `text`, of those that the page describes."""
    architectures: Mapping[str, Mapping[str, str]] = _page(templates, language)["architectures"]
    return architectures


def load_methods(templates: Path, language: str) -> Mapping[str, str]:
    """Saliency method -> its title, of those that have one."""
    methods: Mapping[str, str] = _page(templates, language)["methods"]
    return methods


def _page(templates: Path, language: str) -> Mapping[str, Any]:
    """The words of the page, of which figures take some titles."""
    return tomllib.loads((templates / language / "labels.toml").read_text("utf-8"))
