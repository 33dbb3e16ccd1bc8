"""What an attack does to the saliency map: the label's map before it and after.

    rho(M_y(x), M_y(x')),  M_y(x) = max over colours of |dS_y / dx| (Simonyan et al. 2014)

over the pixels, x' the 8-bit adversarial image, and beside it the same with noise of the
perturbation's length in place of the attack (`equal_noise`). What the attack
changes beyond that is not due to the length of the perturbation alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from inputgrad.adversarial.equal_noise import equal_noise
from inputgrad.config.settings import Settings
from inputgrad.engine.class_maps import class_maps
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import rank_correlation
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="map_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="Spearman correlation between the label's map of the photograph and that of the "
        "adversarial image; null where one of them is constant.",
    ),
    Column(
        name="map_control_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="The same with the photograph under noise of the perturbation's L2 norm.",
    ),
)
VIEWS = 3  # of an attack: the photograph, the adversarial image, the noise


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others; three gradients each."""
    del parameters
    attacked = (outcome for outcome in outcomes if "image" in outcome.arrays)
    views = ((v, o.item.image.label) for o in attacked for v in _views(o, tools.seed))
    maps = class_maps(views, tools)
    for outcome in outcomes:
        if "image" not in outcome.arrays:
            yield []
            continue
        before, after, noisy = itertools.islice(maps, VIEWS)
        row = {
            "map_spearman": rank_correlation(before, after),
            "map_control_spearman": rank_correlation(before, noisy),
        }
        yield [Record(row)]


def _views(outcome: Outcome, seed: int) -> Iterator[Pixels]:
    yield outcome.item.image.pixels
    yield outcome.arrays["image"]
    yield equal_noise(outcome, seed=seed)
