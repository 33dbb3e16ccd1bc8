"""Class sensitivity: how much a map depends on the class that it is asked to explain.

    1 - rho(M_y(x), M_z(x)),  y the label, z another class

Spearman's correlation over the pixels of the two maps, for two other classes: one drawn uniformly
from the seed and the photograph, so it is the same for all runs and models, and the runner-up, of
all classes but the label the one with the highest logit. What speaks for the runner-up is often the
same object (two breeds of dogs), so the random class is the easier test and the runner-up the one
that matters: why this class and not the next? A map that shows the same for every class cannot
explain why this one was chosen (Adebayo et al. 2018, "Sanity checks for saliency maps", ask this
with random weights and random labels instead). The runner-up is another one for every model, so
models are compared by the random class alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import Map, rank_correlation
from inputgrad.saliency.asking import other_classes
from inputgrad.saliency.explain import maps_of
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
    Column(
        name="runner_up_sensitivity",
        kind="real",
        low=0,
        high=2,
        better="higher",
        meaning="1 minus the Spearman correlation between the maps of the label and of the class "
        "with the highest other logit.",
    ),
)


class Parameters(Settings):
    """Class sensitivity has nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """Both columns of each map, one more map for each; null where a map is constant."""
    del parameters
    requests = (
        request for outcome in outcomes for request in other_classes(outcome, seed=tools.seed)
    )
    found = maps_of(tools, requests)
    for outcome in outcomes:
        other, runner_up = itertools.islice(found, 2)
        label = outcome.arrays["map"]
        row = {
            "class_sensitivity": _distance(label, other),
            "runner_up_sensitivity": _distance(label, runner_up),
        }
        yield [Record(row)]


def _distance(first: Map, second: Map) -> float | None:
    similarity = rank_correlation(first, second)
    return None if similarity is None else 1 - similarity
