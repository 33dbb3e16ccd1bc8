"""Rows of the table `attack_survival` as they might come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CHANGES = ("jpeg_75", "resize_0.9", "noise_2")


def survival_rows(
    models: Sequence[str],
    images: Sequence[tuple[str, int]],
    *,
    runs: Sequence[str],
    policies: Sequence[str] = ("random",),
) -> list[dict[str, Any]]:
    """Every attack after every change: JPEG undoes most, noise fewest; `images` are (id, label)."""
    return [
        {
            "image_id": image,
            "model": model,
            "run": run,
            "target_policy": policy,
            "change": change,
            "label": label,
            "success_changed": place % 4 < step,
            "label_returns": place % 4 >= step and place % 3 > 0,
            "photograph_keeps_label": place % 9 > 0,
        }
        for model in models
        for run in runs
        for policy in policies
        for place, (image, label) in enumerate(images)
        for step, change in enumerate(CHANGES, start=1)
    ]
