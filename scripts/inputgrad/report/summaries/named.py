"""What the networks that did not draw a picture say of it: how many name the class drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.recognition import Recognised, Recognition
from inputgrad.report.summaries.visualization import Ascent
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.paired import clustered_rates
from inputgrad.statistics.rates import rate

Recognitions = Mapping[str, Recognition]
Case = tuple[str, int]  # (judge, repeat)


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


@dataclass(frozen=True, slots=True)
class Witness:
    """What another network makes of one picture: its probability of the class, start and end."""

    judge: str
    start: float
    end: float


def witness(recognitions: Recognitions, ascent: Ascent) -> Witness | None:
    """The first other network that judged the picture and its start, or None."""
    moved = (
        Witness(other.judge, *other.moves[ascent.class_index])
        for other in _others(recognitions, ascent.run, ascent.model)
        if ascent.class_index in other.moves
    )
    return next(moved, None)


def share_named(
    recognitions: Recognitions, run: str, model: str, *, like: str | None = None
) -> Estimate:
    """Share of all pairs (picture of a run, other network) in which the class is named.

    Its interval takes the pairs as independent, which those of one picture are not. `like`: a run
    whose classes alone are counted.
    """
    wanted = {c for o in _others(recognitions, like or run, model) for c in o.classes}
    others = _others(recognitions, run, model)
    verdicts = [v for o in others for c, v in o.classes.items() if c in wanted]
    return rate(sum(verdicts), len(verdicts))


def share_among_first(recognitions: Recognitions, run: str, model: str) -> Estimate:
    """The same share as `share_named`, of pairs in which the class is among the first five."""
    found = [other.top5 for other in _others(recognitions, run, model)]
    return rate(sum(share.count for share in found), sum(share.n for share in found))


def surest(recognitions: Recognitions, run: str, model: str) -> float | None:
    """Mean over the other networks of their median probability of the class; None: not judged."""
    found = [o.probability.estimate for o in _others(recognitions, run, model)]
    known = [probability for probability in found if probability is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class NamedMore:
    """Two ways to draw the same classes before the same networks.

    `first` and `second` are the shares named, over `cases` of each class: a network that judges,
    and a repetition. `result` is their difference, with the cases of a class as one cluster.
    """

    first: float
    second: float
    cases: int
    result: Comparison


def compare_named(
    recognitions: Recognitions, model: str, first: Mapping[int, str], second: Mapping[int, str]
) -> NamedMore | None:
    """Pictures of one network under two ways, each by its `repeat` a run; None: not judged alike.

    Taken are the cases that both have, and the classes that have all of them in both.
    """
    a, b = (_cases(recognitions, model, runs) for runs in (first, second))
    cases = sorted(set().union(*a.values()) & set().union(*b.values()))
    shared = [
        index for index in sorted(a.keys() & b.keys()) if set(cases) <= a[index].keys() & b[index]
    ]
    if not shared or not cases:
        return None
    hits, others = ([[way[index][case] for case in cases] for index in shared] for way in (a, b))
    total = len(shared) * len(cases)
    return NamedMore(
        sum(map(sum, hits)) / total,
        sum(map(sum, others)) / total,
        len(cases),
        clustered_rates(hits, others),
    )


def _cases(
    recognitions: Recognitions, model: str, runs: Mapping[int, str]
) -> Mapping[int, Mapping[Case, bool]]:
    """Class -> (judge, repeat) -> whether the judge names it in the network's picture."""
    found: dict[int, dict[Case, bool]] = defaultdict(dict)
    for repeat, run in runs.items():
        for other in _others(recognitions, run, model):
            for index, named_so in other.classes.items():
                found[index][other.judge, repeat] = named_so
    return found


def _others(recognitions: Recognitions, run: str, model: str) -> list[Recognised]:
    recognition = recognitions.get(run)
    return [r for r in recognition.between if r.source == model] if recognition else []
