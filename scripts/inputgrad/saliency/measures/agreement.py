"""Agreement: how alike the map of a run is to that of another run, such as Grad-CAM's.

    rho(M(x), M_other(x))

Spearman's correlation over the pixels, both maps as they are, with their signs where they have any.
Grad-CAM at the last convolution shows which of the network's highest features speak for the class;
a map of pixels that agrees with it can be read as being about them. Agreement is no merit: two
methods can be wrong together (Krishna et al. 2022, "The disagreement problem in explainable machine
learning", arXiv 2202.01602, compare explanations by rank correlation as well).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Field, RunName, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import rank_correlation
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="agreement",
        kind="real",
        low=-1,
        high=1,
        meaning="Spearman correlation between the map and that of the run that the measure names.",
    ),
)


class Parameters(Settings):
    """Whose maps are compared with."""

    other: RunName = Field("grad_cam", description="The run whose maps all others are held to.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`agreement` of each map; null where one of the two is constant."""
    del tools
    for outcome in outcomes:
        other = outcome.inputs[parameters.other].arrays["map"]
        yield [Record({"agreement": rank_correlation(outcome.arrays["map"], other)})]
