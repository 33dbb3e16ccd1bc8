"""Random: a map that knows nothing, the control below which no method may fall.

    M(i, j) independent and uniform in [0, 1)

Its half-mass share is 1 - √½ and its Gini index 1/3, whatever the photograph (Adebayo et al. 2018,
"Sanity checks for saliency maps", compare with such maps). It is drawn for each photograph by
itself and is the same for every class, model of that input size, and noisy copy of the photograph:
so its stability is 1 and its class sensitivity 0, and neither says anything for a method alone.

One map is one draw. A measure's chance level is its mean over several draws (`sweep: {draw: [0, 1,
2, 3, 4]}` makes five runs). Blurred (`blur`), it shows what a measure gives for smoothness alone.
"""

from __future__ import annotations

from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """Which of the photograph's random maps is taken."""

    draw: int = Field(
        0, ge=0, le=999, description="Number of the draw; every number gives another random map."
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Maps (N, H, W) in [0, 1) for images (N, 3, H, W); nothing else is looked at."""
    del classifier, images, targets
    for _ in range(parameters.draw):
        noise.uniform()
    return Attribution(noise.uniform()[:, 0])
