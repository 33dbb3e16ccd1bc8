"""What the networks that did not draw a picture say of it: how many name the class drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.recognition import Recognised, Recognition
from inputgrad.report.summaries.visualization import Ascent
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate

Recognitions = Mapping[str, Recognition]


@dataclass(frozen=True, slots=True)
class Named:
    """One picture: `count` of `judges` other networks see its class in it."""

    count: int
    judges: int

    @property
    def by_most(self) -> bool:
        """Whether more than half of the others do."""
        return 2 * self.count > self.judges


def named(recognitions: Recognitions, ascent: Ascent) -> Named | None:
    """Of one picture, or None where no other network has judged it."""
    others = _others(recognitions, ascent.run, ascent.model)
    verdicts = [o.classes[ascent.class_index] for o in others if ascent.class_index in o.classes]
    return Named(sum(verdicts), len(verdicts)) if verdicts else None


def share_named(recognitions: Recognitions, run: str, model: str) -> Estimate:
    """Share of all pairs (picture of a run, other network) in which the class is named.

    Its interval takes the pairs as independent, which those of one picture are not.
    """
    verdicts = [v for o in _others(recognitions, run, model) for v in o.classes.values()]
    return rate(sum(verdicts), len(verdicts))


def surest(recognitions: Recognitions, run: str, model: str) -> float | None:
    """Mean over the other networks of their median probability of the class; None: not judged."""
    found = [o.probability.estimate for o in _others(recognitions, run, model)]
    known = [probability for probability in found if probability is not None]
    return sum(known) / len(known) if known else None


def _others(recognitions: Recognitions, run: str, model: str) -> list[Recognised]:
    recognition = recognitions.get(run)
    return [r for r in recognition.between if r.source == model] if recognition else []
