"""Rows of the table `likeness` as they might come: pictures of classes beside photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STAGES = ("early", "middle", "last", "logits")
NATURAL = 0.3  # correlation of photographs of two classes


def likeness_rows(
    models: Sequence[str],
    classes: Sequence[int],
    photographs: Sequence[tuple[str, int]],
    *,
    run: str,
    own: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """Every network's pictures in every network, beside (image_id, label) of every photograph.

    `own`: stage -> correlation of a picture with a photograph of its class, where it is not that of
    photographs of two classes.
    """
    return [
        {
            "class_index": index,
            "model": judge,
            "source_model": source,
            "run": run,
            "image_id": image_id,
            "label": label,
            "score": 20.0 if label == index else 1.0 - 0.01 * place,
        }
        | _similarities(
            index, label, place, own or {}, of_class=index in dict(photographs).values()
        )
        for source in models
        for judge in models
        for index in classes
        for place, (image_id, label) in enumerate(photographs)
    ]


def _similarities(
    index: int, label: int, place: int, own: Mapping[str, float], *, of_class: bool
) -> dict[str, float]:
    wobble = 0.01 * (place % 3 - 1)  # up and down, in equal parts
    found = {}
    for stage in STAGES:
        beside = own.get(stage, NATURAL + (0.02 if index % 80 else -0.02))
        found[f"picture_{stage}"] = beside if label == index else 0.1 + wobble
        if of_class and label != index:
            found[f"class_{stage}"] = NATURAL
    return found
