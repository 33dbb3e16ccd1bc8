"""Class sensitivity: how much a map depends on the class that it is asked to explain.

    1 - rho(M_y(x), M_z(x)),  y the label, z another class

Spearman's correlation over the pixels of the two maps. The other class is drawn uniformly from the
seed and the photograph, so it is the same for all runs and models. A map that
shows the same for every class cannot explain why this one was chosen (Adebayo et al. 2018, "Sanity
checks for saliency maps", ask this with random weights and random labels instead).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.randomness import other_class
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import rank_correlation
from inputgrad.images.tensors import to_tensor
from inputgrad.photographs.classes import CLASS_COUNT
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="class_sensitivity",
        kind="real",
        low=0,
        high=2,
        better="higher",
        meaning="1 minus the Spearman correlation between the maps of the label and of another "
        "class drawn at random.",
    ),
)


class Parameters(Settings):
    """Class sensitivity has nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`class_sensitivity` of each map, one more map each; null where a map is constant."""
    del parameters
    requests = (_of_another_class(outcome, tools.seed) for outcome in outcomes)
    for outcome, other in zip(outcomes, maps_of(tools, requests), strict=True):
        similarity = rank_correlation(outcome.arrays["map"], other)
        yield [Record({"class_sensitivity": None if similarity is None else 1 - similarity})]


def _of_another_class(outcome: Outcome, seed: int) -> Request:
    photograph = outcome.item.image
    other = other_class(
        seed, photograph.image_id, "saliency class", label=photograph.label, classes=CLASS_COUNT
    )
    return Request(outcome.item, to_tensor(photograph.pixels), other)
