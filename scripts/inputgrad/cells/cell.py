"""A cell: the unit that is computed or not. What it is decides what it is called.

    Cell(table, model, run, items, inputs, recipe)

`items` are photographs (image_id, label), with their targets where the configuration fixes them
(image_id, label, class index or None), one class (class index, start), or the photographs that a
training learns from (image_id,); those of a measure that takes boxes end with the boxes of the
photograph. `inputs` are
the cells that it is computed from: a measure of a map has the map's cell, the judgement of
adversarial images by another model the attack's, a trained attack that of its training. `recipe`
holds all else that the numbers depend on. The identity is the SHA-256 of items, recipe and the
inputs' identities, so whatever changes upstream changes it as well. The names of the model and the
run say where the rows belong; they are no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from inputgrad.hashing import canonical_json, digest

CellItem = tuple[Any, ...]  # (image_id[, label[, fixed target]]) or (class index, start)


class Recipe(dict[str, Any]):
    """What the numbers of a cell depend on beside items and inputs; never changed once made."""

    @cached_property
    def text(self) -> str:
        """Its canonical JSON."""
        return canonical_json(self)


@dataclass(frozen=True)
class Cell:
    """One method or measure, under one run, on some items of one model.

    Attributes:
        table: the table of its technique; it may write rows of others as well.
        model: the model's name in the configuration.
        run: the run's name in the configuration.
        items: what it covers.
        inputs: cells upstream; of a measure the first is the cell that it measures.
        recipe: JSON: method, measure, judgement or training, parameters, seed, model_id, code,
            versions, device, slots, threads.
    """

    table: str
    model: str
    run: str
    items: tuple[CellItem, ...]
    inputs: tuple[Cell, ...]
    recipe: Mapping[str, Any]

    @cached_property
    def identity(self) -> str:
        """SHA-256 of what the numbers depend on, 64 hexadecimal digits."""
        inputs = canonical_json([cell.identity for cell in self.inputs])
        own = self.recipe
        recipe = own.text if isinstance(own, Recipe) else canonical_json(dict(own))
        text = f'{{"inputs":{inputs},"items":"{_digest_of(self.items)}","recipe":{recipe}}}'
        # as `digest` of the three; most cells share their recipe's text
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def base(self) -> Cell:
        """The method's cell: itself, or of a measure the cell that it measures."""
        return self.inputs[0] if "measure" in self.recipe else self

    @property
    def judges(self) -> bool:
        """Whether a model, its own, judges what another cell, its one input, holds."""
        return "judgement" in self.recipe

    @property
    def trains(self) -> bool:
        """Whether it holds what an attack was trained to, from photographs of its own."""
        return "training" in self.recipe

    @property
    def name(self) -> str:
        """Its method's, measure's, judgement's or trained method's name."""
        kinds = ("measure", "judgement", "training", "method")
        return str(next(self.recipe[kind] for kind in kinds if kind in self.recipe))


@lru_cache(maxsize=64)
def _digest_of(items: tuple[CellItem, ...]) -> str:
    """SHA-256 of items: all cells of a batch share them."""
    return digest([list(item) for item in items])
