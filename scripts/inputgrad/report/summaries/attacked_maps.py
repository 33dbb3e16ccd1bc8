"""What the main attack leaves of the label's saliency map, beside noise of its length."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inputgrad.report.summaries.data import Data, by_key, shared_keys
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired

MEASURES = ("map_spearman", "map_control_spearman")


@dataclass(frozen=True, slots=True)
class AttackedMaps:
    """Correlation with the photograph's map, of the adversarial image's and of the noisy one's.

    `result` compares the first with the second, photograph by photograph, adjusted by Holm over the
    models: `lower` means that the attack leaves less of the map than noise does.
    """

    model: str
    attack: Estimate
    noise: Estimate
    result: Comparison


def attacked_maps(data: Data) -> tuple[AttackedMaps, ...]:
    """Models in which both were measured of some photograph."""
    found = []
    for model in data.models:
        rows = data.main("adversarial", model)
        attack, noise = (by_key(rows, "image_id", measure) for measure in MEASURES)
        shared = shared_keys([attack, noise]) if attack and noise else []
        if shared:
            first, second = ([column[i] for i in shared] for column in (attack, noise))
            result = paired(first, second)
            found.append(AttackedMaps(model, median(first), median(second), result))
    adjusted = holm({row.model: row.result for row in found})
    return tuple(replace(row, result=adjusted[row.model]) for row in found)
