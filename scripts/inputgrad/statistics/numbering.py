"""Labels that are right but counted otherwise, told from what a network predicts.

A list that counts the classes from 1, or that holds the numbers of the challenge's devkit, looks
valid and is wrong in nearly every line. A network knows better: where it is right about almost
nothing and its predictions are the labels read in another numbering, the numbering is the cause.

Every label has one vote, the class predicted most often for its photographs, since photographs of
one class are no independent evidence (a network that calls every daisy 'rapeseed' proves nothing).
A numbering is named when at most `RIGHT` of the votes are the label itself, and so many fit that
this many or more come together by chance in at most `CHANCE` of the samples:

- A fixed numbering (`FIXED`) is given `NEIGHBOUR` as the chance of one vote. Class indices are
  neighbours in WordNet, so confusing a class with the next one is the likeliest coincidence;
  SqueezeNet and EfficientNet-Lite do it with 1 % of photographs.
- Folders of a subset of the classes, sorted and numbered from 0, leave open which classes they are,
  but not their order: their votes rise with the label. Of n votes in random order, k rise with
  probability at most C(n, k) / k! (the expected number of rising parts of k). Most of them must
  also be classes beyond the largest label, where the small labels would mean fishes and birds.
  Where the labels are 0, 1, … without a gap, which no other numbering does, `CHANCE_IN_A_ROW` will
  do.

Whatever the labels are, the hint is a false alarm in less than 1 % of samples of photographs whose
labels are indices (a test simulates them); in samples of 5 labels or fewer no order can be told.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from scipy import special

from inputgrad.photographs.classes import ilsvrc2012_ids

RIGHT = 0.1  # share of the votes, though one is always allowed: 0 is the tench in every order
NEIGHBOUR = 0.1
CHANCE = 0.002
CHANCE_IN_A_ROW = 0.05


class Numbering(StrEnum):
    """What the labels seem to be instead of class indices."""

    FROM_ONE = "from_one"  # class index + 1
    ONE_TOO_LOW = "one_too_low"  # class index - 1
    ILSVRC2012_ID = "ilsvrc2012_id"  # the devkit's number of the class, 1..1000
    ILSVRC2012_ID_FROM_ZERO = "ilsvrc2012_id_from_zero"  # that number - 1
    SORTED_SUBSET = "sorted_subset"  # position among the sorted classes of a subset


@dataclass(frozen=True, slots=True)
class Hint:
    """A numbering that fits, and for how many of the n photographs; `right` fit as they are."""

    numbering: Numbering
    n: int
    right: int
    fitting: int


Reading = Callable[[int], int | None]  # label -> the class index that it means, if any


@cache
def _by_id() -> dict[int, int]:
    return {number: index for index, number in enumerate(ilsvrc2012_ids())}


FIXED: dict[Numbering, Reading] = {
    Numbering.FROM_ONE: lambda label: label - 1,
    Numbering.ONE_TOO_LOW: lambda label: label + 1,
    Numbering.ILSVRC2012_ID: lambda label: _by_id().get(label),
    Numbering.ILSVRC2012_ID_FROM_ZERO: lambda label: _by_id().get(label + 1),
}


def numbering_hint(pairs: Iterable[tuple[int, int]]) -> Hint | None:
    """Name the numbering that (label, prediction) of a sample's photographs speak for; else None.

    Of several that fit the one with most votes is named; the order decides between equal ones.
    """
    known = list(pairs)
    votes = _votes(known)
    right = sum(label == vote for label, vote in votes.items())
    if right > max(1, RIGHT * len(votes)):
        return None
    readings = {numbering: _agreeing(votes, reading) for numbering, reading in FIXED.items()}
    fixed = max(readings, key=lambda numbering: len(readings[numbering]))
    if _by_chance(len(readings[fixed]), len(votes)) <= CHANCE:
        return _hint(fixed, known, readings[fixed])
    rising = _rising(votes)
    beyond = sum(vote > max(votes) for vote in rising.values())
    in_a_row = sorted(votes) == list(range(len(votes)))
    chance = CHANCE_IN_A_ROW if in_a_row else CHANCE
    if 2 * beyond > len(rising) and _in_order_by_chance(len(rising), len(votes)) <= chance:
        return _hint(Numbering.SORTED_SUBSET, known, rising)
    return None


def _votes(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Label -> the class predicted most often, the smallest of equal ones; labels sorted."""
    predicted: dict[int, Counter[int]] = defaultdict(Counter)
    for label, prediction in pairs:
        predicted[label][prediction] += 1
    return {
        label: min(counts, key=lambda index: (-counts[index], index))
        for label, counts in sorted(predicted.items())
    }


def _agreeing(votes: Mapping[int, int], reading: Reading) -> dict[int, int]:
    return {label: vote for label, vote in votes.items() if reading(label) == vote}


def _hint(numbering: Numbering, pairs: list[tuple[int, int]], meant: Mapping[int, int]) -> Hint:
    right = sum(label == prediction for label, prediction in pairs)
    fitting = sum(meant.get(label) == prediction for label, prediction in pairs)
    return Hint(numbering, len(pairs), right, fitting)


def _by_chance(fitting: int, votes: int) -> float:
    """Probability of as many or more, each with `NEIGHBOUR`."""
    return float(special.bdtrc(fitting - 1, votes, NEIGHBOUR)) if fitting else 1.0


def _in_order_by_chance(rising: int, votes: int) -> float:
    return math.comb(votes, rising) / math.factorial(rising)


def _rising(votes: Mapping[int, int]) -> dict[int, int]:
    """Find a longest part of the votes that strictly rises with the label (patience sorting)."""
    tops: list[int] = []  # smallest last vote of a rising part of each length
    ends: list[int] = []  # and its label
    before: dict[int, int | None] = {}
    for label, vote in votes.items():
        place = bisect.bisect_left(tops, vote)
        before[label] = ends[place - 1] if place else None
        tops[place:], ends[place:] = (
            [vote, *tops[place + 1 :]],
            [label, *ends[place + 1 :]],
        )
    found: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append(last)
        last = before[last]
    return {label: votes[label] for label in reversed(found)}
