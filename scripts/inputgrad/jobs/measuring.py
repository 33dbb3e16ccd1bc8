"""Taking measures of outcomes as they come, some at a time.

Most measures look at one outcome alone and are taken of up to `TOGETHER` at once. A measure that
compares the items of a cell with one another says so by `WHOLE_CELLS = True` in its module, and is
taken when the cell's last outcome has come, in the order of the items. A measure that names other
runs (`RunName` among its parameters) finds what they made of the same item in `Outcome.inputs`; one
that says `TAKES_BOXES = True`, the boxes of the photograph in `Outcome.boxes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.geometry import Box
from inputgrad.jobs.items import key_of

TOGETHER = 64  # outcomes that are held in memory between two rounds of measuring

Add = Callable[[Cell, Outcome, Sequence[Record]], None]
FindBoxes = Callable[[Cell], Mapping[str, tuple[Box, ...]]]


class Measures:
    """The missing measures' cells of a job."""

    def __init__(
        self,
        missing: Iterable[Cell],
        parameters: Mapping[str, Any],
        tools: Tools,
        add: Add,
        boxes: FindBoxes,
    ) -> None:
        """`parameters` by measure; `add` takes the records of one item of a cell.

        `boxes` finds those of the photographs of a cell, at the model's input size.
        """
        self._parameters, self._tools, self._add, self._boxes = parameters, tools, add, boxes
        self._of: dict[str, list[Cell]] = defaultdict(list)
        for cell in missing:
            self._of[cell.base.identity].append(cell)
        self._boxes_of: dict[str, Mapping[str, tuple[Box, ...]]] = {}  # by cell
        self._inputs: dict[tuple[str, str], Outcome] = {}
        self._waiting: dict[str, list[tuple[Cell, Outcome]]] = defaultdict(list)  # by measure
        self._held: dict[str, list[Outcome]] = defaultdict(list)  # by cell

    def of(self, base: Cell) -> Sequence[Cell]:
        """Missing cells of what is measured on a method's cell."""
        return self._of[base.identity]

    def remember(self, base: Cell, outcome: Outcome) -> None:
        """Keep an outcome that measures of other cells need."""
        self._inputs[base.identity, key_of(outcome.item)] = outcome

    def take(self, base: Cell, outcome: Outcome, *, items: int) -> None:
        """Measure an outcome now or later; its cell has so many `items`."""
        for cell in self.of(base):
            given = self._with_inputs(cell, outcome)
            if getattr(registry.load_measure(cell.table, cell.name), "WHOLE_CELLS", False):
                held = self._held[cell.identity]
                held.append(given)
                if len(held) == items:
                    whole = sorted(self._held.pop(cell.identity), key=lambda o: key_of(o.item))
                    self._measure(cell.name, [(cell, one) for one in whole])
            else:
                waiting = self._waiting[cell.name]
                waiting.append((cell, given))
                if len(waiting) == TOGETHER:
                    self._measure(cell.name, self._waiting.pop(cell.name))

    def finish(self) -> None:
        """Measure what is still waiting."""
        for name in [*self._waiting]:
            self._measure(name, self._waiting.pop(name))

    def _with_inputs(self, cell: Cell, outcome: Outcome) -> Outcome:
        key = key_of(outcome.item)
        inputs = {other.run: self._inputs[other.identity, key] for other in cell.inputs[1:]}
        boxes: tuple[Box, ...] = ()
        if getattr(registry.load_measure(cell.table, cell.name), "TAKES_BOXES", False):
            if cell.identity not in self._boxes_of:
                self._boxes_of[cell.identity] = self._boxes(cell)
            boxes = self._boxes_of[cell.identity][key]
        return replace(outcome, inputs=inputs, boxes=boxes) if inputs or boxes else outcome

    def _measure(self, name: str, pairs: Sequence[tuple[Cell, Outcome]]) -> None:
        measure = registry.load_measure(pairs[0][0].table, name).measure
        outcomes = [outcome for _, outcome in pairs]
        taken = measure(outcomes, self._parameters[name], self._tools)
        for (cell, outcome), records in zip(pairs, taken, strict=True):
            self._add(cell, outcome, records)
