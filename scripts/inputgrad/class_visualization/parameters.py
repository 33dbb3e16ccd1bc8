"""Settings that every method of class visualisation has, since plan and loop read them.

Light: they are read without torch.
"""

from __future__ import annotations

from pydantic import AfterValidator

from inputgrad import registry
from inputgrad.config.settings import Annotated, Any, Distinct, Field, Settings, from_home

ParameterizationName = Annotated[str, AfterValidator(registry.known_parameterization)]


class AscentParameters(Settings):
    """How long, what is kept, and what the ascents begin with."""

    iterations: int = Field(100, ge=1, le=100_000, description="Steps.")
    snapshots: Annotated[list[Annotated[int, Field(ge=0)]], Distinct] = Field(
        [0, 5, 10, 25, 50], description="Iterations that are kept beside the last one."
    )
    init_img: Annotated[str, AfterValidator(from_home)] = Field(
        "noise",
        description="Start: `noise`; `sample`, the first photograph of the class in the sample "
        "(of any class if it has none); or the path of an image.",
    )
    repeat: int = Field(
        0,
        ge=0,
        le=999,
        description="Number of the repetition, which is added to the seed: another one has another "
        "start and other views. `sweep: {repeat: [0, 1]}` draws every class twice.",
    )
    classes: list[Any] | None = Field(
        None, description="Classes of this run, among those of the technique; by default all."
    )


class RestrainedParameters(AscentParameters):
    """Settings of the ascents of the practical work, whose restraints are in `restrained`."""

    lambda_: float = Field(
        1e-3, ge=0, le=10, alias="lambda", description="Weight of the L2 penalty."
    )
    shift: int = Field(16, ge=0, le=512, description="Largest random shift, pixels.")
    shift_both_ways: bool
    blur_sigma: float = Field(
        0.5, ge=0, le=20, description="Standard deviation of the blur, pixels; 0 for none."
    )
    blur_every: int = Field(10, ge=1, description="Steps between two blurs.")
    parameterization: ParameterizationName = Field(
        "pixels", description="What is climbed in; one of those listed in `registry.py`."
    )
