"""A control for every adversarial image: noise of the same length in place of the perturbation.

    x + |r|_2 * n / |n|_2,  n Gaussian, |r|_2 the norm of the perturbation before rounding

rounded to 8 bits like the adversarial image. Where the noise changes the prediction as well, the
attack shows little: any perturbation of that length might do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.scoring import is_fooled, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.noise import with_noise
from inputgrad.images.tensors import to_pixels, to_tensor
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
    controls = (_control(o, seed=tools.seed) for o in outcomes if "image" in o.arrays)
    scores = iter(score_images(tools.classifier, controls, slots=tools.slots))
    for outcome in outcomes:
        if "image" in outcome.arrays:
            prediction, label = int(next(scores).argmax()), outcome.item.image.label
            fooled = is_fooled(prediction, label=label, target=outcome.rows[0]["target"])
            yield [Record({"control_changed": prediction != label, "control_success": fooled})]
        else:
            yield []


def _control(outcome: Outcome, *, seed: int) -> Pixels:
    """The control of an outcome as an 8-bit image."""
    image = outcome.item.image
    stream = generator(seed, image.image_id, "control")
    noisy = with_noise(to_tensor(image.pixels), outcome.rows[0]["l2"], generator=stream)
    return to_pixels(noisy)
