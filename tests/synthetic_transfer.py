"""Rows of the table `transfer` as they might come, with switches for what they should show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

How = Literal["hardly", "passes", "less than noise", "not judged"]


def transfer_rows(
    models: Sequence[str],
    images: Sequence[tuple[str, int]],
    *,
    run: str = "ascent",
    policies: Sequence[str] = ("random",),
    stops: Sequence[int] = (0,),
    how: How = "hardly",
) -> list[dict[str, Any]]:
    """Every network's images before every network; `images` are (image_id, label)."""
    if how == "not judged":
        return []
    return [
        {
            "image_id": image,
            "model": judge,
            "source_model": source,
            "run": run,
            "target_policy": policy,
            "beyond": stop,
            "label": label,
            "target": None if policy == "untargeted" else (label + 321) % 1000,
            "prediction_before": label,
            "correct_before": True,
        }
        | verdicts(place, own=source == judge, how=how)
        for source in models
        for judge in models
        for policy in policies
        for stop in stops
        for place, (image, label) in enumerate(images)
    ]


def verdicts(place: int, *, own: bool, how: How) -> dict[str, bool]:
    """What the judge sees in one image and in what it is compared with."""
    passes = own or how == "passes"
    changed = passes or (how == "hardly" and place % 9 == 0)
    noise = (how == "less than noise" and not own) or place % 9 == 1
    return {
        "success": passes,
        "prediction_changed": changed,
        "noise_success": False,
        "noise_changed": noise,
        "resized_success": False,
        "resized_changed": not own and place % 7 == 3,
    }
