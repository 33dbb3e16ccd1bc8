"""Plain ascent with the regularisers of Yosinski et al. 2015, section 3.

    x <- r(x + eta * dS_class/dx)

r is a decay, a blur every few steps and the clipping of pixels with small norm, in this order, on
the normalised image; a clamp keeps it one that can exist. The settings are the third row of the
paper's table 1 but for eta, which depends on the scale of a network's scores. Deviations: no
clipping of pixels with small contribution (see `regularizers/yosinski.py`), and the clamp.
"""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad.class_visualization.objectives import ClassScore
from inputgrad.class_visualization.optimizers import Ascent
from inputgrad.class_visualization.parameterizations.pixels import Parameterization
from inputgrad.class_visualization.parameters import AscentParameters
from inputgrad.class_visualization.parts import Parts
from inputgrad.class_visualization.regularizers.blur import Blur
from inputgrad.class_visualization.regularizers.yosinski import ClipSmall, Decay
from inputgrad.config.settings import Annotated, Field
from inputgrad.models.classifier import Classifier


class Parameters(AscentParameters):
    """Settings of one ascent."""

    iterations: int = Field(200, ge=1, le=100_000, description="Steps.")
    snapshots: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 10, 25, 50, 100], description="Iterations that are kept beside the last one."
    )
    eta: float = Field(5.0, gt=0, le=10_000, description="Step size.")
    decay: float = Field(0.0001, ge=0, lt=1, description="Share that each step takes off x.")
    blur_sigma: float = Field(
        1.0, ge=0, le=20, description="Standard deviation of the blur, pixels; 0 for none."
    )
    blur_every: int = Field(4, ge=1, description="Steps between two blurs.")
    clipped: float = Field(
        0.3, ge=0, lt=1, description="Share of pixels, those of smallest norm, set to the mean."
    )


def parts(settings: Sequence[Parameters], classifier: Classifier) -> Parts:
    """The parts of a batch whose items have these settings."""
    return Parts(
        objective=ClassScore(classifier),
        parameterization=Parameterization(classifier),
        optimizer=Ascent([p.eta for p in settings], classifier),
        edits=[
            Decay([p.decay for p in settings], classifier),
            Blur([p.blur_sigma for p in settings], [p.blur_every for p in settings], classifier),
            ClipSmall([p.clipped for p in settings], classifier),
        ],
    )
