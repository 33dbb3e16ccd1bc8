"""How often several judges say the same of one image: a matrix of shares with intervals.

Judges may be classifiers (predicted classes), attacks (fooled or not) or saliency methods (top
class, pointing hit). The share of images on which two agree is a plain proportion with a
Clopper–Pearson interval; agreement by chance is not taken off, so show it beside the judges' rates
where there are few categories.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inputgrad.statistics.estimates import LEVEL, Estimate
from inputgrad.statistics.rates import rate


@dataclass(frozen=True, slots=True)
class Agreement:
    """Symmetric k × k shares; ``shares[i][j]`` belongs to judges i and j, the diagonal is 1."""

    shares: tuple[tuple[Estimate, ...], ...]
    n: int


def agreement(matrix: npt.ArrayLike, *, level: float = LEVEL) -> Agreement:
    """Share of images on which each two judges give the same answer.

    ``matrix`` (n, k): row by row an image, column by column a judge; class indices, booleans or
    names. Raises ValueError for missing entries and for another number of dimensions.
    """
    answers = np.asarray(matrix)
    if answers.ndim != 2:
        raise ValueError(f"answers must have shape (images, judges), not {answers.shape}")
    if _missing(answers):
        raise ValueError("answers are missing; keep only the images that every judge has seen")
    n, judges = answers.shape
    return Agreement(
        tuple(tuple(_share(answers, i, j, level) for j in range(judges)) for i in range(judges)), n
    )


def _share(answers: npt.NDArray[np.generic], i: int, j: int, level: float) -> Estimate:
    share = rate(int((answers[:, i] == answers[:, j]).sum()), len(answers), level=level)
    return replace(share, low=share.estimate) if i == j else share


def _missing(answers: npt.NDArray[np.generic]) -> bool:
    """Whether any entry is None, NaN or NA: none of them equals itself."""
    return any(entry is None or entry != entry for entry in answers.ravel().tolist())
