"""Numbers of figures and tables in their order in the page, and which references it cites.

A text may refer to a figure further down, so the page is rendered twice: the first time it shows
the order and the citations, the second time it has them.
"""

from __future__ import annotations

import re
from collections import defaultdict

UNKNOWN = "?"
NUMBERED = re.compile(r'id="(figure|table)-([^"]+)"')
CITED = re.compile(r'href="#ref-([^"]+)"')


class Numbering:
    """What the last page had: numbers of figures and tables, from 1, and cited references."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._cited: set[str] = set()

    def number(self, kind: str, name: str) -> int | str:
        """The number of the figure or table (`kind`) with this name; '?' where there was none."""
        return self._numbers.get((kind, name), UNKNOWN)

    def cites(self, key: str) -> bool:
        """Whether the page cites this reference."""
        return key in self._cited

    def learn(self, page: str) -> None:
        """Read a rendered page."""
        counts: dict[str, int] = defaultdict(int)
        for kind, name in NUMBERED.findall(page):
            counts[kind] += 1
            self._numbers[kind, name] = counts[kind]
        self._cited = set(CITED.findall(page))
