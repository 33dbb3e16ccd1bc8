"""What a module says of the columns that it fills; schemas and manuals are assembled from it.

A method's or measure's module declares `COLUMNS`, a tuple of `Column(...)`. They are read from its
source without importing it (`config.settings.read_columns`), as the graph is built without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "real", "flag"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: as in the table, with the unit where it has one (`rms_255`, `psnr_db`).
        kind: type of the values; of one name it is the same in every table.
        meaning: one sentence for the manual.
        unit: in words, such as 'logit', 'share', 'pixels'; empty for names and flags.
        low, high: range; None where it is open.
        better: which end is the better one, for choosing the best and the worst; None for neither.
        table: where it belongs, unless to the table of the technique.
        key: one of the keys of `table`.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "lower"] | None = None
    table: str | None = None
    key: bool = False
