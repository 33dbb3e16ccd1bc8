"""The ascent of the practical work: score minus an L2 penalty, with shifts and blur.

    x <- clamp(x + eta * g),  g = d(S_class(x) - lambda * |x|^2) / dx

x is the *normalised* image (zero mean, unit variance by channel, Simonyan et al. 2014, section
2), started from unit Gaussian noise or a photograph. Before each step x is shifted at random by
up to `shift` pixels and shifted back after it; it is clamped to what an image can hold, and
blurred every `blur_every` steps (regularisers after Yosinski et al. 2015, section 3). With
`normalize_gradient` g is divided by its L2 norm, so eta is the length of a step.
"""

from __future__ import annotations

from inputgrad.config.settings import Annotated, Any, Field, Settings


class Parameters(Settings):
    """Settings of one ascent; those of the practical work by default."""

    eta: float = Field(
        8.0, gt=0, le=10_000, description="Step size; the step's L2 length if normalised."
    )
    lambda_: float = Field(
        1e-3, ge=0, le=10, alias="lambda", description="Weight of the L2 penalty."
    )
    iterations: int = Field(100, ge=1, le=100_000, description="Steps.")
    normalize_gradient: bool = Field(True, description="Divide the gradient by its L2 norm.")
    shift: int = Field(16, ge=0, le=512, description="Largest random shift, pixels.")
    blur_sigma: float = Field(
        0.5, ge=0, le=20, description="Standard deviation of the blur, pixels; 0 for none."
    )
    blur_every: int = Field(10, ge=1, description="Steps between two blurs.")
    snapshots: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 5, 10, 25, 50], description="Iterations that are kept beside the last one."
    )
    init_img: str = Field(
        "noise",
        description="Start: `noise`; `sample`, the first photograph of the class in the sample "
        "(of any class if it has none); or the path of an image.",
    )
    classes: list[Any] | None = Field(
        None, description="Classes of this run, among those of the family; by default all."
    )
