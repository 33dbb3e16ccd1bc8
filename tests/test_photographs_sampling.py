"""The sample is a pure function of what is there, and grows without changing its beginning."""

from collections import Counter
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from inputgrad.photographs.sampling import Entry, distinct, sample


def entry(number: int, label: int, name: str = "", source: str = "folder") -> Entry:
    return Entry(f"{number:016x}", label, Path(name or f"{number}.jpg"), source)


CONTENTS = st.dictionaries(st.integers(0, 10**6), st.integers(0, 20), min_size=1, max_size=60)
SEEDS = st.integers(0, 2**32)


@given(CONTENTS, SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_sample_ignores_order_names_and_copies(
    contents: dict[int, int], seed: int, random: Random
) -> None:
    plain = [entry(number, label) for number, label in contents.items()]
    copies = [entry(number, label, f"copy {number}", "other") for number, label in contents.items()]
    mixed = plain + copies
    random.shuffle(mixed)
    kept, duplicates, contradictions = distinct(mixed)
    assert contradictions == []
    assert len(duplicates) == len(contents)

    def keys(entries: list[Entry]) -> list[tuple[str, int]]:
        return [(e.image_id, e.label) for e in sample(entries, n=len(contents) // 2, seed=seed)]

    assert keys(kept) == keys(distinct(plain)[0])


@given(CONTENTS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_raising_n_only_adds(contents: dict[int, int], seed: int) -> None:
    entries = [entry(number, label) for number, label in contents.items()]
    whole = sample(entries, n=None, seed=seed)
    assert sorted(e.image_id for e in whole) == sorted(e.image_id for e in entries)
    for n in range(len(entries) + 3):
        assert sample(entries, n=n, seed=seed) == whole[:n]


@given(CONTENTS, SEEDS, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_classes_are_even_until_they_run_out(contents: dict[int, int], seed: int, n: int) -> None:
    entries = [entry(number, label) for number, label in contents.items()]
    there = Counter(e.label for e in entries)
    taken = Counter(e.label for e in sample(entries, n=n, seed=seed))
    most = max(taken.values())
    assert all(taken[label] >= min(there[label], most - 1) for label in there)


def test_seed_changes_the_sample() -> None:
    entries = [entry(number, number % 5) for number in range(100)]
    samples = {tuple(e.image_id for e in sample(entries, n=10, seed=seed)) for seed in range(20)}
    assert len(samples) == 20


def test_new_photographs_displace_few() -> None:
    entries = [entry(number, number % 50) for number in range(1000)]
    before = {e.image_id for e in sample(entries, n=100, seed=0)}
    more = [*entries, *(entry(number, number % 50) for number in range(1000, 1050))]
    after = {e.image_id for e in sample(more, n=100, seed=0)}
    assert len(before & after) >= 80


def test_same_bytes_with_two_labels_are_refused_by_both_names() -> None:
    kept, _, refused = distinct([entry(1, 3, "a/x.jpg"), entry(2, 3), entry(1, 4, "b/y.jpg")])
    assert [e.image_id for e in kept] == [f"{2:016x}"]
    assert [(r.path.name, r.reason) for r in refused] == [
        (
            "x.jpg",
            "is labelled 3, but 'y.jpg' with the same bytes 4; "
            "correct one label or remove one file",
        ),
        (
            "y.jpg",
            "is labelled 4, but 'x.jpg' with the same bytes 3; "
            "correct one label or remove one file",
        ),
    ]


def test_copies_count_once_under_the_first_name() -> None:
    kept, duplicates, refused = distinct([entry(1, 3, "b.jpg", "bundled"), entry(1, 3, "a.jpg")])
    assert [(e.path.name, e.source) for e in kept] == [("b.jpg", "bundled")]
    assert [(d.path.name, d.reason) for d in duplicates] == [
        ("a.jpg", "is the same photograph as 'b.jpg'")
    ]
    assert refused == []
