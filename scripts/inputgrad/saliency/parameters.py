"""Settings that all saliency methods share. No torch here: the graph is built from them."""

from __future__ import annotations

from typing import Literal

from inputgrad.config.settings import Field, Settings

Reduction = Literal["max_abs", "sum"]
Fill = Literal["mean", "blur"]


class SaliencyParameters(Settings):
    """How a map of three colours becomes a map of one value for each pixel."""

    reduction: Reduction = Field(
        "max_abs",
        description="From three colours to one value a pixel: `max_abs`, the largest absolute "
        "value; `sum`, which keeps the sign where the method has one.",
    )
