"""The sample of photographs: stratified by class, and growing without changing its beginning.

Classes are ranked by SHA-256(seed, class) and the photographs within a class by SHA-256(seed,
image_id); the sample takes the first photograph of every class, then the second of every class that
has one, and so on, until it has n. It depends on the set of (image_id, label), n and the seed
alone, not on names, folders or order, and the sample of size n is the beginning of the sample of
size n + 1.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from inputgrad.photographs import Refused
from inputgrad.photographs.files import quoted


@dataclass(frozen=True)
class Entry:
    """A hashed photograph: identity, class index 0..999, path and kind of source."""

    image_id: str
    label: int
    path: Path
    source: str


class Distinct(NamedTuple):
    """What `distinct` makes of entries.

    kept: one entry per content, the first given, sorted by `image_id`.
    duplicates: further files of the same content under the same label.
    contradictions: every file of a content that has two labels.
    """

    kept: list[Entry]
    duplicates: list[Refused]
    contradictions: list[Refused]


def distinct(entries: Iterable[Entry]) -> Distinct:
    """Keep one entry per content; refuse files of the same bytes with two labels."""
    by_content: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_content[entry.image_id].append(entry)
    found = Distinct([], [], [])
    for _, (first, *others) in sorted(by_content.items()):
        if all(other.label == first.label for other in others):
            found.kept.append(first)
            reason = f"is the same photograph as {quoted(first.path)}"
            found.duplicates.extend(Refused(other.path, reason) for other in others)
        else:
            same = [first, *others]
            found.contradictions.extend(_contradiction(entry, same) for entry in same)
    return found


def sample(entries: Sequence[Entry], *, n: int | None, seed: int) -> list[Entry]:
    """Take the first n entries in rank order; all of them if n is None or more than there are.

    Args:
        entries: each `image_id` once, as `distinct` returns them.
        n: size of the sample, at least 0, or None for all.
        seed: any integer.
    """
    by_class: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_class[entry.label].append(entry)
    classes = sorted(by_class, key=lambda label: (_rank(seed, f"class {label}"), label))
    columns = [
        sorted(by_class[label], key=lambda entry: (_rank(seed, entry.image_id), entry.image_id))
        for label in classes
    ]
    ranked = [entry for row in zip_longest(*columns) for entry in row if entry is not None]
    return ranked[:n]


def _rank(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed} {key}".encode()).digest()


def _contradiction(entry: Entry, same: list[Entry]) -> Refused:
    other = next(other for other in same if other.label != entry.label)
    return Refused(
        entry.path,
        f"is labelled {entry.label}, but {quoted(other.path)} with the same bytes {other.label}; "
        "correct one label or remove one file",
    )
