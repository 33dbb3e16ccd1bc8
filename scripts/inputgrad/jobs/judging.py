"""The part of a job in which one model judges the images that others have made.

What is judged comes from the cells that hold it, whichever model made it; where its arrays are not
kept, it is computed again with that model, to the same bits. The judging model's name is in the
cell, the judged cell is its input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan, takes_photographs
from inputgrad.cells.store import CellStore
from inputgrad.engine.beside import Beside
from inputgrad.engine.records import ImageItem, Judged, LabelledImage, Outcome
from inputgrad.engine.tools import Tools
from inputgrad.jobs.items import Items, about, key_of
from inputgrad.jobs.keeping import Keeping
from inputgrad.jobs.measuring import TOGETHER
from inputgrad.jobs.open_cells import OpenCells
from inputgrad.jobs.worker import classifier_of, outcomes_of
from inputgrad.photographs.index import BatchImage


def compute_cells(
    plan: Plan,
    store: CellStore,
    cells: Sequence[Cell],
    images: Sequence[BatchImage],
    *,
    keeping: Keeping,
) -> None:
    """Fill the judgements of one model that the store lacks.

    images: where the photographs of the cells are; there may be more of them.
    keeping: whose arrays are stored, where a judged cell has to be computed.
    """
    of: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        of[cell.inputs[0].identity].append(cell)
    judging = _Judging(plan, store, cells[0].model, images)
    # its own images first, while the judge is the network that was loaded last
    judged = sorted((cell.inputs[0] for cell in cells), key=lambda one: one.model != judging.model)
    for base, outcome, items in outcomes_of(plan, store, judged, images, keeping=keeping):
        for cell in of[base.identity]:
            judging.take(cell, outcome, items=items)
    judging.finish(cells)


class _Judging:
    """Judgements of one model, taken of some outcomes at a time."""

    def __init__(
        self, plan: Plan, store: CellStore, model: str, images: Sequence[BatchImage]
    ) -> None:
        self.model = model
        classifier = classifier_of(plan, model)
        self._photographs = Items(classifier, images)
        self._tools = Tools(classifier, plan.config.seed, plan.config.models[model].slots)
        self._open = OpenCells(store, classifier.mean.device, keep=lambda _: False)
        self._parameters = {j.name: j.parameters for js in plan.judgements.values() for j in js}
        self._waiting: dict[str, list[tuple[Cell, Judged]]] = defaultdict(list)  # by judgement
        self._begun: set[str] = set()

    def take(self, cell: Cell, outcome: Outcome, *, items: int) -> None:
        """Judge an outcome now or later; its cell has so many `items`."""
        if cell.identity not in self._begun:
            self._open.expect(cell, items)
            self._begun.add(cell.identity)
        item = outcome.item
        own = isinstance(item, ImageItem)
        photograph = self._photographs.pixels(item.image.image_id) if own else None
        waiting = self._waiting[cell.name]
        waiting.append((cell, Judged(outcome, photograph)))
        if len(waiting) == TOGETHER:
            self._judge(cell.name)

    def finish(self, cells: Sequence[Cell]) -> None:
        """Judge what is still waiting; a cell of whose items none could be read is empty."""
        for name in [*self._waiting]:
            self._judge(name)
        for cell in cells:
            if cell.identity not in self._begun:
                self._open.expect(cell, 0)
        self._open.note_times()

    def _judge(self, name: str) -> None:
        pairs = self._waiting.pop(name)
        module = registry.load_judgement(str(registry.judged_by(name)), name)
        judged = [one for _, one in pairs]
        given = (self._parameters[name], self._tools)
        if takes_photographs(module.__name__):
            found = module.judge(judged, [self._beside(cell) for cell, _ in pairs], *given)
        else:
            found = module.judge(judged, *given)
        for (cell, one), records in zip(pairs, found, strict=True):
            item = one.outcome.item
            self._open.add(cell, key_of(item), about(item), records)

    def _beside(self, cell: Cell) -> Beside:
        """The photographs of a cell that can be read, and the first one of the class drawn."""
        photographs = tuple(
            image for one in cell.recipe["photographs"] if (image := self._photograph(one))
        )
        of_the_class = cell.recipe["of_the_class"]
        return Beside(photographs, self._photograph(of_the_class) if of_the_class else None)

    def _photograph(self, named: Sequence[Any]) -> LabelledImage | None:
        image_id, label = named
        pixels = self._photographs.pixels(image_id)
        return None if pixels is None else LabelledImage(image_id, label, pixels)
