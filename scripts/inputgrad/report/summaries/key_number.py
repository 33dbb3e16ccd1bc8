"""The one number that answers a question on page one, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inputgrad.statistics.estimates import Comparison, Estimate, Interval, State

FEW_BELOW = 10
"""Cases below which we call a number uncertain whatever its interval: with nine, the exact interval
of a share of one half is 21 to 79 % ("no conclusion"), and one case more or less moves it by 11."""


class Certainty(StrEnum):
    """What a key number rests on."""

    MEASURED = "measured"
    FEW = "few"  # fewer cases than FEW_BELOW, or too few for an interval
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """An estimate of `measure` (a key of the labels) in one network, or between networks."""

    measure: str
    model: str
    estimate: Estimate | Comparison

    @property
    def certainty(self) -> Certainty:
        """By the number of cases and the interval."""
        if self.estimate.state is State.NOT_MEASURED:
            return Certainty.NOT_MEASURED
        few = self.estimate.n < FEW_BELOW or self.estimate.interval is Interval.NONE
        return Certainty.FEW if few else Certainty.MEASURED


def first_measured(*candidates: KeyNumber | None) -> KeyNumber | None:
    """The first of these that was measured, or None."""
    known = (one for one in candidates if one is not None)
    return next((one for one in known if one.certainty is not Certainty.NOT_MEASURED), None)
