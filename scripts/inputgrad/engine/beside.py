"""Photographs that are laid beside a picture. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.engine.records import LabelledImage


@dataclass(frozen=True)
class Beside:
    """Photographs at the input size of the model that looks at them.

    `of_the_class` is the first of the sample of the class drawn, None where it has none; it is
    among `photographs` or not.
    """

    photographs: tuple[LabelledImage, ...]
    of_the_class: LabelledImage | None
