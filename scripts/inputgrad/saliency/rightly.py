"""Which photographs the network names rightly, of those whose maps a measure looks at."""

from __future__ import annotations

from inputgrad.engine.records import Outcome


def is_right(outcome: Outcome) -> bool:
    """Whether the label is what the network predicts."""
    return bool(outcome.rows[0]["prediction"] == outcome.item.image.label)
