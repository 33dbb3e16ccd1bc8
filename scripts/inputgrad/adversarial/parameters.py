"""Parameters that iterative attacks share. Read while the graph is built, so nothing heavy here."""

from __future__ import annotations

from typing import Literal

from inputgrad.config.settings import Field, Settings


class Iterative(Settings):
    """Budget, objective, and how precise the iterations are."""

    budget: int = Field(
        100,
        ge=1,
        le=100_000,
        description="Most iterations; an image not fooled by then is censored.",
    )
    objective: Literal["logit", "log_probability", "margin"] = Field(
        "logit",
        description="What is climbed for the target, or descended for the label: its logit, the "
        "logarithm of its probability, or its logit minus the highest other.",
    )
    search_precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Of the iterations; with `bfloat16` (fast where the processor multiplies in "
        "it) every success is verified and every number reported in float32.",
    )


class OnLogProbability(Iterative):
    """The same for attacks whose papers climb the log-probability (minus the cross entropy)."""

    objective: Literal["logit", "log_probability", "margin"] = Field(
        "log_probability", description=Iterative.model_fields["objective"].description
    )
