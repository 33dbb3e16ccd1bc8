"""Labels counted otherwise: named where predictions speak for it, and never by chance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, permutations

import numpy as np
import pytest

from inputgrad.photographs.classes import CLASS_COUNT, ilsvrc2012_ids, imagenet_classes
from inputgrad.statistics import numbering
from inputgrad.statistics.numbering import Hint, Numbering, numbering_hint

FALSE_ALARMS = 0.01
Draw = Callable[[np.random.Generator, int], tuple[list[int], list[int]]]  # labels, predictions

IDS = ilsvrc2012_ids()
WRITTEN: dict[Numbering, Callable[[list[int]], list[int]]] = {  # class indices, sorted -> labels
    Numbering.FROM_ONE: lambda indices: [index + 1 for index in indices],
    Numbering.ONE_TOO_LOW: lambda indices: [index - 1 for index in indices],
    Numbering.ILSVRC2012_ID: lambda indices: [IDS[index] for index in indices],
    Numbering.ILSVRC2012_ID_FROM_ZERO: lambda indices: [IDS[index] - 1 for index in indices],
    Numbering.SORTED_SUBSET: lambda indices: list(range(len(indices))),
}


def test_the_devkit_numbers_every_class_once() -> None:
    """Its first ten validation photographs, and the first class of its list."""
    assert sorted(IDS) == list(range(1, CLASS_COUNT + 1))
    assert imagenet_classes().wnid(IDS.index(1)) == "n02119789"
    numbers = [490, 361, 171, 822, 297, 482, 13, 704, 599, 164]
    assert [IDS.index(number) for number in numbers] == [
        65, 970, 230, 809, 516, 57, 334, 415, 674, 332,
    ]  # fmt: skip


@pytest.mark.parametrize("found", list(Numbering))
@pytest.mark.parametrize(
    ("n", "each", "seen"), [(6, 1, 5), (10, 1, 8), (10, 2, 8), (40, 1, 20), (100, 3, 60)]
)
def test_a_numbering_is_named_with_its_counts(
    found: Numbering, n: int, each: int, seen: int
) -> None:
    """n classes, `each` photographs of each, and a network that knows `seen` of the classes."""
    draw = np.random.default_rng(n)
    indices = sorted(draw.choice(np.arange(n, CLASS_COUNT - 1), n, replace=False).tolist())
    known = set(draw.choice(indices, seen, replace=False).tolist())
    pairs = [
        (label, index if index in known else 999)
        for label, index in zip(WRITTEN[found](indices), indices, strict=True)
        for _ in range(each)
    ]
    hint = numbering_hint(pairs)
    assert hint is not None
    assert (hint.numbering, hint.n, hint.right) == (found, n * each, 0)
    extra = each if found is Numbering.SORTED_SUBSET else 0  # a wrong one at the end rises too
    assert seen * each <= hint.fitting <= seen * each + extra


def test_right_labels_need_no_hint() -> None:
    right = [(label, label) for label in range(0, 1000, 50)]
    assert numbering_hint(right) is None
    assert numbering_hint([*right[:2], *((label + 1, label) for label in range(2, 20))]) is not None
    assert numbering_hint([*right[:3], *((label + 1, label) for label in range(3, 20))]) is None
    assert numbering_hint([]) is None


def test_a_class_has_one_vote() -> None:
    """A network that calls every daisy by the name before it is no evidence."""
    assert numbering_hint([(985, 984)] * 50) is None
    assert numbering_hint([(985, 984)] * 50 + [(i, 7) for i in range(10, 14)]) is None
    votes = [(5, 4), (5, 4), (5, 9), (20, 19), (30, 29)]
    assert numbering_hint(votes) == Hint(Numbering.FROM_ONE, 5, 0, 4)


def test_rising_votes_are_found_and_counted() -> None:
    for order in permutations(range(6)):
        votes = dict(enumerate(order))
        longest = max(
            (part for part in _parts(list(votes)) if _rises([votes[label] for label in part])),
            key=len,
        )
        rising = numbering._rising(votes)
        assert len(rising) == len(longest)
        assert _rises(list(rising.values())) and list(rising) == sorted(rising)
        assert rising.items() <= votes.items()


def _parts(labels: list[int]) -> list[list[int]]:
    return [[x for x in labels if mask >> x & 1] for mask in range(1 << len(labels))]


def _rises(values: list[int]) -> bool:
    return all(a < b for a, b in pairwise(values))


@pytest.mark.parametrize("n", [4, 5, 6, 7])
def test_the_bound_of_rising_orders_holds(n: int) -> None:
    """Of all orders of n votes, as many or more rise no more often than it says."""
    orders = permutations(range(n))
    lengths = np.array([len(numbering._rising(dict(enumerate(order)))) for order in orders])
    for rising in range(1, n + 1):
        assert (lengths >= rising).mean() <= numbering._in_order_by_chance(rising, n)


# -- false alarms: what else makes a network be right about almost nothing


def _labels(random: np.random.Generator, n: int) -> list[int]:
    """Of all classes, of neighbours, of a few, or of the first: the folders that people have."""
    kind = random.integers(4)
    if kind == 0:
        return random.integers(0, 1000, n).tolist()
    if kind == 1:
        start = int(random.integers(0, 900))
        return random.integers(start, start + max(5, n // 2), n).tolist()
    if kind == 2:
        return random.choice(random.integers(0, 1000, 5), n).tolist()
    return list(range(n))


def weak(random: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """Hardly ever right; errors are near relatives, one in twenty of them a neighbour."""
    labels = _labels(random, n)
    steps = random.choice([0, -1, 1, 2], n, p=[0.05, 0.05, 0.05, 0.85])
    far = np.rint(random.normal(0, 40, n)).astype(int)
    return labels, np.clip(labels + np.where(steps == 2, far, steps), 0, 999).tolist()


def stuck(random: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """Random weights or a wrong preprocessing: a few classes for everything."""
    favourites = random.integers(0, 1000, int(random.integers(1, 12)))
    return _labels(random, n), random.choice(favourites, n).tolist()


def shuffled(random: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """A good network, and labels that belong to other photographs of the folder."""
    labels = _labels(random, n)
    return labels, random.permutation(labels).tolist()


def unrelated(random: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """Any classes at all, for labels of which none says that it counts from 0."""
    return random.integers(1, 1000, n).tolist(), random.integers(0, 1000, n).tolist()


@pytest.mark.parametrize("draw", [weak, stuck, shuffled, unrelated])
@pytest.mark.parametrize("n", [3, 6, 10, 20, 60])
def test_false_alarms_are_rare(draw: Draw, n: int) -> None:
    random = np.random.default_rng(n)
    alarms = sum(
        numbering_hint(zip(*draw(random, n), strict=True)) is not None for _ in range(1500)
    )
    assert alarms / 1500 < FALSE_ALARMS


def test_own_numbers_in_no_order_are_called_sorted_in_fewer_than_one_of_twenty() -> None:
    """Labels 0..n-1 of one's own, not sorted: the hint is wrong about the order alone."""
    random = np.random.default_rng(0)
    for n in (4, 6, 10, 20):
        alarms = sum(
            numbering_hint(enumerate(random.choice(1000, n, replace=False).tolist())) is not None
            for _ in range(1500)
        )
        assert alarms / 1500 < numbering.CHANCE_IN_A_ROW
