"""Why a cell is not stored: what is new, or what differs from the most similar stored cell.

A cell is its items, its inputs and its settings. Where cells with the same settings are stored and
what they are computed from is known as well, some items are new. Where the settings are not known,
the stored ones that differ least, of the same model and run if there are any, say what has changed.
A measure is new, or it has changed itself, or what it measures has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inputgrad.cells.cell import Cell, CellItem
from inputgrad.cells.store import StoredCell
from inputgrad.hashing import digest

Key = tuple[str, str]

NEW_ITEMS, NEW_MODEL, NEW_RUN = "new in the sample", "the model is new", "the run is new"
NEW_MEASURE = "the measure is new"
UPSTREAM = "what it measures has changed"
MADE_OF = "what it is made from has changed"
JUDGED = "what it judges is new or has changed"
FIRST = "nothing like it is stored"
MODEL_CHANGED = "the model has changed: its weights, architecture or preprocessing"
REGROUPED = "the same in another grouping"


@dataclass(frozen=True)
class Change:
    """Why a cell is to be computed: in words, and the items that are new under known settings."""

    reason: str
    items: frozenset[CellItem] = frozenset()


@dataclass
class _Variant:
    """Settings that are stored: by whom they were used, and for which items."""

    settings: dict[str, Any]
    names: set[tuple[str, str]] = field(default_factory=set)
    items: set[CellItem] = field(default_factory=set)


class History:
    """What is stored, to compare with."""

    def __init__(self, stored: Iterable[StoredCell]) -> None:
        self._known: dict[tuple[str, str], dict[str, _Variant]] = defaultdict(dict)
        for entry in stored:
            known = self._known[entry.table, _unit(entry.recipe)]
            variant = known.setdefault(digest(entry.recipe), _Variant(entry.recipe))
            variant.names.add((entry.model, entry.run))
            variant.items |= set(entry.items)
        self._reasons: dict[tuple[str, str, str], str] = {}

    def explain(self, cell: Cell) -> Change:
        """Why the cell, which is not stored, is to be computed."""
        key = digest(dict(cell.recipe))
        known = self._known[cell.table, _unit(cell.recipe)]
        if key in known:
            fresh = frozenset(set(cell.items) - known[key].items)
            if not fresh and cell.judges:
                return Change(JUDGED)
            if not fresh and cell is cell.base and cell.inputs:
                return Change(MADE_OF)
            if not fresh and cell is not cell.base:
                upstream = self.explain(cell.base)
                same = upstream.reason == REGROUPED
                return Change(REGROUPED if same else UPSTREAM)
            return Change(NEW_ITEMS if fresh else REGROUPED, fresh)
        name = (cell.model, cell.run, key)
        if name not in self._reasons:
            self._reasons[name] = _explain(cell, list(known.values()))
        return Change(self._reasons[name])


def _unit(recipe: Mapping[str, Any]) -> str:
    """What is compared with its like: the methods of a technique together, all else alone."""
    return str(recipe.get("measure") or recipe.get("training", ""))


def _explain(cell: Cell, known: list[_Variant]) -> str:
    if not known:
        return FIRST if cell is cell.base else NEW_MEASURE
    same_model = [v for v in known if v.settings["model_id"] == cell.recipe["model_id"]]
    if not same_model:
        names = {model for variant in known for model, _ in variant.names}
        return MODEL_CHANGED if cell.model in names else NEW_MODEL
    own = [v for v in same_model if cell.run in {run for _, run in v.names}]
    if not own:
        return NEW_RUN
    new = _flat(cell.recipe)
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
        if part != "code":
            yield f"{name} {_shown(old)} -> {_shown(new)}"
    if files := [name for part, name in differences if part == "code"]:
        yield f"the code of {', '.join(files)} has changed"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
