"""Whether maps find the objects around which somebody has drawn boxes.

Each run over the photographs that have boxes, and over the difficult ones among them, beside the
controls; the main run against the map `centre`, which knows that objects lie in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from inputgrad.report.summaries.data import Data, by_key, median_of, rate_of
from inputgrad.report.summaries.saliency import CONTROLS, TABLE
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.families import holm
from inputgrad.statistics.paired import paired_rates

CENTRE = "centre"  # the method


@dataclass(frozen=True, slots=True)
class LocalisedRow:
    """A run in one model.

    `iou` is a median, `localised` and `pointing` are shares of photographs; `difficult` is the
    share of the difficult photographs in which the map points to the object.
    """

    model: str
    run: str
    is_control: bool
    iou: Estimate
    localised: Estimate
    pointing: Estimate
    difficult: Estimate


@dataclass(frozen=True, slots=True)
class AgainstCentre:
    """The main run beside `centre`: shares of photographs in which they point to the object.

    `result` is adjusted by Holm over the models.
    """

    model: str
    run: str
    pointing: Estimate
    centre: Estimate
    result: Comparison


@dataclass(frozen=True, slots=True)
class Localisation:
    """Every run that was measured, methods before controls; none where no photograph has a box."""

    rows: tuple[LocalisedRow, ...]
    against: tuple[AgainstCentre, ...]


def localisation(data: Data) -> Localisation:
    """What the boxes of the sample say."""
    methods = {run: str(s["method"]) for run, s in data.context.settings[TABLE].items()}
    found = {
        (model, run): rows
        for run in sorted(data.context.runs[TABLE], key=lambda run: methods[run] in CONTROLS)
        for model in data.models
        if len(rows := _with_boxes(data.of_run(TABLE, model, run)))
    }
    rows = tuple(
        _row(model, run, own, is_control=methods[run] in CONTROLS)
        for (model, run), own in found.items()
    )
    main = data.context.main_runs[TABLE]
    centre = next((run for run, method in methods.items() if method == CENTRE), None)
    against = [_against(m, main, centre, found) for m in data.models] if centre else []
    compared = [one for one in against if one is not None]
    adjusted = holm({one.model: one.result for one in compared})
    return Localisation(rows, tuple(replace(c, result=adjusted[c.model]) for c in compared))


def _with_boxes(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["iou"].notna()]


def _row(model: str, run: str, rows: pd.DataFrame, *, is_control: bool) -> LocalisedRow:
    difficult = rows[rows["difficult"].eq(True).fillna(False).astype(bool)]
    return LocalisedRow(
        model,
        run,
        is_control,
        median_of(rows, "iou"),
        rate_of(rows, "localised"),
        rate_of(rows, "pointing_hit"),
        rate_of(difficult, "pointing_hit"),
    )


def _against(
    model: str, main: str, centre: str, found: Mapping[tuple[str, str], pd.DataFrame]
) -> AgainstCentre | None:
    if (model, main) not in found or (model, centre) not in found:
        return None
    own, other = (found[model, run] for run in (main, centre))
    a, b = (by_key(rows, "image_id", "pointing_hit") for rows in (own, other))
    shared = sorted(a.keys() & b.keys(), key=str)
    result = paired_rates([bool(a[i]) for i in shared], [bool(b[i]) for i in shared])
    return AgainstCentre(
        model, main, rate_of(own, "pointing_hit"), rate_of(other, "pointing_hit"), result
    )
