"""Which arrays are kept: maps, adversarial images, photographs as a network takes them.

No number depends on it, so it is no part of an identity. Pictures of classes are all shown, and
what a training has learnt is needed for every further photograph: both are kept whatever the
policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.registry import TECHNIQUES

SIDE = 260  # pixels; side of a network's input where it is not known before it is loaded
BYTES = {"predictions": 3, "saliency": 4, "adversarial": 3}  # of one pixel, for one photograph
MOST = 2e9  # bytes that the arrays of one model may take under `auto`


@dataclass(frozen=True)
class Keeping:
    """Whether all arrays are kept, and whether they are needed even where the rows are stored."""

    everything: bool
    needed: bool = False

    def keeps(self, cell: Cell) -> bool:
        """Whether the arrays of a method's cell are kept when it is computed."""
        return self.needs(cell) or (self.everything and not cell.judges)

    def needs(self, cell: Cell) -> bool:
        """Whether a method's cell is computed again where its arrays are not kept."""
        if cell.judges:
            return False
        return self.needed or cell.trains or TECHNIQUES[cell.table].items == "classes"


FOR_FIGURES = Keeping(everything=True, needed=True)  # cells of single photographs that are shown


def keeping(plan: Plan, *, photographs: int) -> Keeping:
    """The policy for a sample of so many photographs."""
    policy: Literal["exemplars", "all", "auto"] = plan.config.keep
    small = planned_bytes(plan, photographs=photographs) <= MOST
    return Keeping(everything=policy == "all" or (policy == "auto" and small))


def planned_bytes(plan: Plan, *, photographs: int) -> float:
    """About what the arrays of one model would take if all were kept."""
    attacks = sum(map(len, plan.config.policies.values()))
    images = sum(
        BYTES[table] * (attacks if table == "adversarial" else len(plan.runs[table]))
        for table in BYTES
    )
    return float(images * SIDE**2 * photographs)
