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
    trace: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Every how many iterations the scores of label, target and best rival are "
        "written down, in the table `attack_scores`; 0 for never.",
    )


class Refined(Settings):
    """The way back of attacks that are measured in L2; a ball in L∞ would not be minded on it."""

    quantize: bool = Field(
        False,
        description="End on the lattice of 8-bit images, so that the PNG is what fools; the attack "
        "fails where none is found.",
    )
    refine: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Once the model is fooled, steps back toward the photograph along the "
        "boundary, a gradient each (with `quantize` as many again on the lattice); 0 for none.",
    )


class OnLogProbability(Iterative):
    """The same for attacks whose papers climb the log-probability (minus the cross entropy)."""

    objective: Literal["logit", "log_probability", "margin"] = Field(
        "log_probability", description=Iterative.model_fields["objective"].description
    )
