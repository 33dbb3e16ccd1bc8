"""Why a cell is not stored: what is new, or what differs from the most similar stored cell.

A recipe is split into its items (photographs with labels, or classes with starts) and its
settings (everything else). Where the settings are known, some items are new. Where they are not,
the stored settings that differ least, of the same model and run if there are any, say what has
changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inputgrad.cells.store import Cell, StoredCell
from inputgrad.hashing import digest

Item = tuple[Any, ...]  # (image_id, label) or (class index, start)
Key = tuple[str, str]
NOT_SETTINGS = ("images", "starts", "arrays")

NEW_ITEMS, NEW_MODEL, NEW_RUN = "new in the sample", "the model is new", "the run is new"
FIRST = "nothing like it is stored"
MODEL_CHANGED = "the model has changed: its weights, architecture or preprocessing"
REGROUPED = "the same in another grouping"


@dataclass(frozen=True)
class Change:
    """Why a cell is to be computed: in words, and the items that are new under known settings."""

    reason: str
    items: frozenset[Item] = frozenset()


@dataclass
class _Variant:
    """Settings that are stored: by whom they were used, and for which items."""

    settings: dict[str, Any]
    names: set[tuple[str, str]] = field(default_factory=set)
    items: set[Item] = field(default_factory=set)


class History:
    """What is stored, to compare with."""

    def __init__(self, stored: Iterable[StoredCell]) -> None:
        self._families: dict[str, dict[str, _Variant]] = defaultdict(dict)
        for entry in stored:
            recipe = entry.cell.recipe
            if recipe.get("arrays", False):
                continue  # single photographs for the figures: no measure of what is known
            settings = _settings(recipe)
            known = self._families[entry.cell.family]
            variant = known.setdefault(digest(settings), _Variant(settings))
            variant.names.add((entry.cell.model, entry.cell.run))
            variant.items |= items_of(entry.cell)
        self._reasons: dict[tuple[str, str, str], str] = {}

    def explain(self, cell: Cell) -> Change:
        """Why the cell, which is not stored, is to be computed."""
        settings = _settings(cell.recipe)
        key = digest(settings)
        known = self._families[cell.family]
        if key in known:
            fresh = frozenset(items_of(cell) - known[key].items)
            return Change(NEW_ITEMS if fresh else REGROUPED, fresh)
        name = (cell.model, cell.run, key)
        if name not in self._reasons:
            self._reasons[name] = _explain(cell, settings, list(known.values()))
        return Change(self._reasons[name])


def items_of(cell: Cell) -> set[Item]:
    """Photographs with their labels, or classes with their starts."""
    recipe = cell.recipe
    return {tuple(item) for item in recipe["images" if "images" in recipe else "starts"]}


def _settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recipe.items() if key not in NOT_SETTINGS}


def _explain(cell: Cell, settings: Mapping[str, Any], known: list[_Variant]) -> str:
    if not known:
        return FIRST
    same_model = [v for v in known if v.settings["model_id"] == settings["model_id"]]
    if not same_model:
        names = {model for variant in known for model, _ in variant.names}
        return MODEL_CHANGED if cell.model in names else NEW_MODEL
    own = [v for v in same_model if cell.run in {run for _, run in v.names}]
    if not own:
        return NEW_RUN
    new = _flat(settings)
    differences = [_differences(_flat(variant.settings), new) for variant in own]
    return "; ".join(_words(min(differences, key=len)))


def _flat(settings: Mapping[str, Any]) -> dict[Key, Any]:
    """(part, name) -> value, the parts being parameters, versions, code, and '' for the rest."""
    flat: dict[Key, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= {(key, name): inner for name, inner in value.items()}
        else:
            flat["", key] = value
    return flat


def _differences(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> dict[Key, tuple[Any, Any]]:
    keys = sorted(old.keys() | new.keys())
    return {k: (old.get(k), new.get(k)) for k in keys if old.get(k) != new.get(k)}


def _words(differences: Mapping[Key, tuple[Any, Any]]) -> Iterator[str]:
    """Settings and versions one by one, the code by its files."""
    for (part, name), (old, new) in differences.items():
        if name == "columns":
            yield "the table has other columns"
        elif part != "code":
            yield f"{name} {_shown(old)} -> {_shown(new)}"
    if files := [name for part, name in differences if part == "code"]:
        yield f"the code of {', '.join(files)} has changed"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
