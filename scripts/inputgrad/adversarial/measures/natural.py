"""Changes that happen, of the same length as the attack's: brightness and blur beside it.

    x + |r|_2 * d / |d|_2,  d = 1 - x (brighter), -x (darker), or B(x) - x (blurred)

|r|_2 the norm of the perturbation before rounding, B a Gaussian blur. Each changes the photograph
along its own direction until it is as far away as the adversarial image (where clipping at 1 takes
something off, a little less), is rounded to 8 bits and judged as that is (Hendrycks and Dietterich
2019 ask what such changes do to accuracy, at sizes that a person sees). Noise is `control`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="brighter_changed",
        kind="flag",
        meaning="A brighter photograph, as far away as the adversarial image, is predicted as "
        "another class than the label.",
    ),
    Column(name="darker_changed", kind="flag", meaning="The same of a darker photograph."),
    Column(name="blur_changed", kind="flag", meaning="The same of a photograph that is blurred."),
)


class Parameters(Settings):
    """The blur's direction."""

    sigma: float = Field(
        1.0, gt=0, le=100, description="Standard deviation of the Gaussian blur, in pixels."
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others."""
    attacked = [outcome for outcome in outcomes if "image" in outcome.arrays]
    changed = (
        to_pixels(moved(photograph, direction, outcome.rows[0]["l2"]))
        for outcome in attacked
        for photograph in [to_tensor(outcome.item.image.pixels)]
        for direction in directions(photograph, parameters.sigma)
    )
    scores = iter(score_images(tools.classifier, changed, slots=tools.slots))
    names = [column.name for column in COLUMNS]
    for outcome in outcomes:
        if "image" not in outcome.arrays:
            yield []
            continue
        label = outcome.item.image.label
        yield [Record({name: int(next(scores).argmax()) != label for name in names})]


def directions(photograph: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    """Brighter, darker and blurred, from a photograph (3, H, W)."""
    return 1 - photograph, -photograph, gaussian_blur(photograph, sigma) - photograph


def moved(photograph: Tensor, direction: Tensor, length: float) -> Tensor:
    """The photograph moved so far in L2; itself where the direction is zero."""
    norm = direction.norm()
    return photograph + (length / norm if norm > 0 else 0.0) * direction
