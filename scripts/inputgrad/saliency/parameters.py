"""Settings that all saliency methods share. No torch here: the graph is built from them."""

from __future__ import annotations

from typing import Literal

from inputgrad.config.settings import Field, Settings

Reduction = Literal["max_abs", "sum"]
Fill = Literal["mean", "blur"]


class SaliencyParameters(Settings):
    """How a map of three colours becomes a map of one value for each pixel, and how smooth it is.

    A blurred copy of a run, and of the run `random`, is the control for measures that favour smooth
    maps whatever they show.
    """

    reduction: Reduction = Field(
        "max_abs",
        description="From three colours to one value a pixel: `max_abs`, the largest absolute "
        "value; `sum`, which keeps the sign where the method has one.",
    )
    blur: float = Field(
        0.0,
        ge=0,
        le=100,
        description="Standard deviation in pixels of a Gaussian blur of the finished map; 0 leaves "
        "it as it is.",
    )
