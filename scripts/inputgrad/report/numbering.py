"""Numbers of figures and tables in the order in which they stand in the page.

A text may refer to a figure further down, so the page is rendered twice: the first time it shows
the order, the second time it has the numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict

UNKNOWN = "?"
NUMBERED = re.compile(r'id="(figure|table)-([^"]+)"')


class Numbering:
    """Number of a figure or table by its name, from 1; '?' for what the last page did not have."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, kind: str, name: str) -> int | str:
        """The number of the figure or table (`kind`) with this name."""
        return self._numbers.get((kind, name), UNKNOWN)

    def learn(self, page: str) -> None:
        """Count what stands in a rendered page."""
        counts: dict[str, int] = defaultdict(int)
        for kind, name in NUMBERED.findall(page):
            counts[kind] += 1
            self._numbers[kind, name] = counts[kind]
