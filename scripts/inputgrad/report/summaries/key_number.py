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
    OPEN = "open"  # enough cases, and what the answer says is not established all the same
    FEW = "few"  # fewer cases than FEW_BELOW, or too few for an interval
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """An estimate of `measure` (a key of the labels) in one network, or between networks.

    settled: whether the answer beside it says something; False where its test leaves that open.
    """

    measure: str
    model: str
    estimate: Estimate | Comparison
    settled: bool = True

    @property
    def certainty(self) -> Certainty:
        """By the number of cases and the interval, and by whether the answer is settled."""
        if self.estimate.state is State.NOT_MEASURED:
            return Certainty.NOT_MEASURED
        few = self.estimate.n < FEW_BELOW or self.estimate.interval is Interval.NONE
        if few:
            return Certainty.FEW
        return Certainty.MEASURED if self.settled else Certainty.OPEN


def first_measured(*candidates: KeyNumber | None) -> KeyNumber | None:
    """The first of these that was measured, or None."""
    known = (one for one in candidates if one is not None)
    return next((one for one in known if one.certainty is not Certainty.NOT_MEASURED), None)
