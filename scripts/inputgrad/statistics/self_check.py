"""Whether a network names photographs as well as its weights promise, and if not, a likely cause.

Published accuracies are shares of ImageNet's 50,000 validation photographs. Other photographs are
harder, by 11 to 14 percentage points where they were collected anew by the same recipe (Recht et
al. 2019, "Do ImageNet classifiers generalize to ImageNet?"). So a network falls short when even
`HARDER` less than what is published is above the one-sided Clopper–Pearson bound of its share at
`LEVEL`: with photographs as hard as those, once in a hundred samples at the most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy import special

from inputgrad.statistics.numbering import Hint, numbering_hint

HARDER = 0.14
LEVEL = 0.99


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How one network names n labelled photographs.

    correct: photographs whose label it predicts.
    promised: share that its weights are published with; None where nothing is published.
    hint: another numbering of the labels that its predictions speak for.
    agreed: a network that agrees with the labels as they are; then it is this one's head that
        counts otherwise.
    """

    n: int
    correct: int
    promised: float | None
    hint: Hint | None
    agreed: str | None = None

    @property
    def falls_short(self) -> bool:
        """Whether it is far below what is published."""
        return self.promised is not None and falls_short(
            self.correct, self.n, promised=self.promised
        )


def self_checks(
    pairs: Mapping[str, Sequence[tuple[int, int]]], *, promised: Mapping[str, float | None]
) -> dict[str, SelfCheck]:
    """Check every network by its (label, prediction) pairs; those without any are left out."""
    correct = {
        name: sum(label == prediction for label, prediction in known)
        for name, known in pairs.items()
        if known
    }
    agreed = next((name for name, count in correct.items() if 2 * count > len(pairs[name])), None)
    return {
        name: SelfCheck(
            len(pairs[name]), count, promised.get(name), numbering_hint(pairs[name]), agreed
        )
        for name, count in correct.items()
    }


def falls_short(correct: int, n: int, *, promised: float) -> bool:
    """Whether `correct` of n is far below the share `promised`; never with n = 0."""
    return correct < n and upper_bound(correct, n) < promised - HARDER


def upper_bound(correct: int, n: int) -> float:
    """One-sided Clopper–Pearson bound: the share at which so few are met with 1 - LEVEL."""
    return float(special.bdtri(correct, n, 1 - LEVEL))
