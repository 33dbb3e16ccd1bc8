"""Which setting to take: the one whose pictures others name most, where that is established.

The setting of the run that stands in the report is laid beside every other one, over the classes
that both drew (`named.compare_named`), all of them one family after Holm. It stays unless another
has more of its pictures named; what is better in a few pictures is said to be open, and where all
are named equally often, that nothing can be recommended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inputgrad.report.summaries.codes import Reached, reached
from inputgrad.report.summaries.named import Recognitions, compare_named, share_named, surest
from inputgrad.report.summaries.visualization import Settings
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.families import holm


class Advice(StrEnum):
    """What to do with the run's own setting."""

    NOT_JUDGED = "not_judged"  # by other networks
    ALIKE = "alike"  # the pictures of all settings are named equally often
    KEEP = "keep"  # no other one has more of its pictures named
    OPEN = "open"  # another one has, which is not established
    CHANGE = "change"  # another one has, after adjustment


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`values` are those that others name most, `own` those of the run, where it is among them.

    Where nobody judged, `values` have the highest median score. `named` are the pictures of
    `values`, `own_named` those of `own`; `result` compares the two.
    """

    advice: Advice
    run: str
    values: tuple[float, float]
    own: tuple[float, float] | None
    named: Estimate
    result: Comparison | None
    own_named: Estimate | None = None

    @property
    def settled(self) -> bool:
        """Whether the advice rests on an established difference, or on there being none better."""
        return self.advice in (Advice.KEEP, Advice.CHANGE)

    @property
    def reached(self) -> Reached:
        """How many of these pictures are named."""
        return reached(self.named)


def recommend(
    recognitions: Recognitions, model: str, settings: Settings, own: tuple[float, float] | None
) -> Recommendation:
    """The advice that the numbers of one model give, `own` being the values of its run."""
    runs = {v: row.run for v, row in zip(settings.values, settings.rows, strict=True)}
    shares = {values: share_named(recognitions, run, model) for values, run in runs.items()}
    judged = {values: share for values, share in shares.items() if share.estimate is not None}
    if not judged:
        scores = [row.score.estimate for row in settings.rows]
        ranked = [(score, place) for place, score in enumerate(scores) if score is not None]
        best = settings.values[max(ranked, default=(0.0, 0))[1]]
        return Recommendation(Advice.NOT_JUDGED, runs[best], best, own, shares[best], None)

    def rank(values: tuple[float, float]) -> tuple[float, bool, float]:
        """By the pictures named; of equal ones the own first, then those others are surest of."""
        share = judged[values].estimate
        return share or 0.0, values == own, surest(recognitions, runs[values], model) or 0.0

    best = max(judged, key=rank)
    if len(judged) > 1 and len({share.estimate for share in judged.values()}) == 1:
        return Recommendation(Advice.ALIKE, runs[best], best, own, judged[best], None)
    if own is None or own not in judged:
        return Recommendation(Advice.OPEN, runs[best], best, None, judged[best], None)
    beside = {
        str(values): found.result
        for values in judged
        if values != own
        and (found := compare_named(recognitions, model, {0: runs[values]}, {0: runs[own]}))
    }
    result = holm(beside).get(str(best)) if beside else None
    advice = Advice.KEEP if best == own else Advice.OPEN
    if result is not None and result.verdict is Verdict.HIGHER:
        advice = Advice.CHANGE
    return Recommendation(advice, runs[best], best, own, judged[best], result, judged[own])
