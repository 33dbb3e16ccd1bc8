"""A control for every adversarial image: noise of the same length in place of the perturbation.

Where the noise (`equal_noise`) changes the prediction as well, the attack shows little: any
perturbation of that length might do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.adversarial.equal_noise import equal_noise
from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import is_fooled, score_images
from inputgrad.engine.tools import Tools
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="control_changed",
        kind="flag",
        meaning="Gaussian noise of the perturbation's L2 norm changes the prediction too.",
    ),
    Column(
        name="control_success",
        kind="flag",
        meaning="The same noise has the target predicted; untargeted: another class than the "
        "label. The success that is asked of the attack.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others."""
    del parameters
    controls = (equal_noise(o, seed=tools.seed) for o in outcomes if "image" in o.arrays)
    scores = iter(score_images(tools.classifier, controls, slots=tools.slots))
    for outcome in outcomes:
        if "image" in outcome.arrays:
            prediction, label = int(next(scores).argmax()), outcome.item.image.label
            fooled = is_fooled(prediction, label=label, target=outcome.rows[0]["target"])
            yield [Record({"control_changed": prediction != label, "control_success": fooled})]
        else:
            yield []
