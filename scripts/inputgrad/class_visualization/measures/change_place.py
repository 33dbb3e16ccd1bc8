"""Where an ascent changes its photograph: beside the photograph's own saliency map (Q10).

    rho(E, M_c),  E = sum of (x_end - x_start)^2 over a cell,  M_c the sum of max |dS_c / dx_start|

over the cells of a grid, c the class that the ascent climbs toward, and the same with a spot in the
middle of the image in place of the map (`images/centre.py`): objects tend to stand there, so what
that explains the map does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.class_maps import class_maps
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_sums
from inputgrad.images.centre import centre_spot
from inputgrad.images.maps import Map, rank_correlation
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="change_map_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="Spearman correlation, over coarse cells, between the squared change of the "
        "photograph and its saliency map of the class climbed; null in all rows but the last, and "
        "where one of them is constant.",
    ),
    Column(
        name="change_centre_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="The same with a spot in the middle of the image in place of the map.",
    ),
)


class Parameters(Settings):
    """The grid."""

    cells: int = Field(8, ge=2, le=64, description="Cells along each side.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome from a photograph one record, of its last iteration, none for the others."""
    started = [outcome for outcome in outcomes if outcome.item.start.pixels is not None]
    maps = class_maps(((o.item.start.pixels, o.item.class_index) for o in started), tools)
    for outcome in outcomes:
        if outcome.item.start.pixels is None:
            yield []
            continue
        change, saliency = _change(outcome), next(maps)
        spot = np.array(centre_spot(*change.shape), dtype=np.float32)
        energy, found, middle = (
            cell_sums(values, parameters.cells) for values in (change, saliency, spot)
        )
        row = {
            "iteration": outcome.rows[-1]["iteration"],
            "change_map_spearman": rank_correlation(energy, found),
            "change_centre_spearman": rank_correlation(energy, middle),
        }
        yield [Record(row)]


def _change(outcome: Outcome) -> Map:
    """Squared difference of the last image and the photograph, (S, S), summed over the colours."""
    start, end = (
        to_tensor(pixels).numpy()
        for pixels in (outcome.item.start.pixels, outcome.arrays["snapshots"][-1])
    )
    return np.asarray(((end - start) ** 2).sum(axis=0))
