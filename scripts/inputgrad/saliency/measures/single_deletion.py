"""Single deletion: whether a map puts its weight where a blanked cell costs the class its score.

    rho over cells k of (sum of M over k, S_y(x) - S_y(x with k blanked))

Spearman's correlation over the cells of a grid, each blanked once and alone; the map enters with
its sign where it has one. After Hesse, Schaub-Meyer, Roth 2024, "Benchmarking the attribution
quality of vision models" (arXiv 2407.11910), whose IDSDS correlates the same two quantities.
Deviation: they first fine-tune each network on images with deleted patches, so that a blanked image
is nothing new to it; we explain networks as they are, so a drop may also be due to the blank's
strangeness. Our numbers are no IDSDS.

The drops are the map of the run `occlusion`, which this measure names: they belong to photograph
and model, so the forwards are made once, in that run, and kept with its maps for every other run,
also for one that is configured later. The grid and the fill are that run's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Field, RunName, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_sums
from inputgrad.images.maps import rank_correlation
from inputgrad.saliency.occlusions import grid_size
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="single_deletion",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="Spearman correlation over the cells of a grid between what the map holds in a "
        "cell and by how much the score drops when it is blanked.",
    ),
)


class Parameters(Settings):
    """Where the drops come from."""

    drops: RunName = Field(
        "occlusion",
        json_schema_extra={"method": "occlusion"},
        description="The run of the method `occlusion`, whose map holds the drops.",
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`single_deletion` of each map; null where its cells, or the drops, are all the same."""
    del tools
    for outcome in outcomes:
        occluded = outcome.inputs[parameters.drops]
        cells = grid_size(occluded)
        drops = cell_sums(occluded.arrays["map"], cells)
        row = {"single_deletion": rank_correlation(cell_sums(outcome.arrays["map"], cells), drops)}
        yield [Record(row)]
