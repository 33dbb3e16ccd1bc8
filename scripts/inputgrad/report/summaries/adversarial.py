"""What the targeted attacks of each run measure in each model.

Counts of iterations are capped at the budget and marked as censored, so their median may be
'> budget'. Every other measure is taken where the attack stopped, fooled or not: a median of
perturbations is one over all attacked photographs. It is so in tables, sentences and figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.data import (
    Data,
    by_key,
    floats,
    median_of,
    number,
    rate_of,
    values,
)
from inputgrad.report.summaries.points import Column, Points, by_image, spans, typed
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import censored_median, median
from inputgrad.statistics.survival import Curve, share_fooled

TOP_FIVE = "attack_top_five"
GUESSES = ("predicted_iterations", "forecast_iterations")
Ranked: TypeAlias = tuple[tuple[int, float], ...]  # (class, probability), the likeliest first


@dataclass(frozen=True, slots=True)
class AttackPoint:
    """The attack on one photograph; None where a measure has no value."""

    image_id: str
    label: int
    target: int | None
    iterations: int | None
    censored: bool | None
    fooled: bool | None
    fooled_png: bool | None
    rms_255: float | None
    rms_png: float | None  # of what the 8-bit image holds
    l2_png: float | None
    predicted_iterations: float | None
    forecast_iterations: float | None  # with the slopes of the rivals
    contrast: float | None  # of the photograph, as the model sees it
    confidence_label_before: float | None
    confidence_target_after: float | None
    lowest: float | None
    highest: float | None
    top_before: Ranked = ()  # of the photograph
    top_after: Ranked = ()  # of the 8-bit image

    @property
    def ratio(self) -> float | None:
        """Iterations needed over those that the first gradient predicts, where both are known.

        A zero gradient predicts nothing: its number is not finite.
        """
        return _ratio(self.iterations, self.predicted_iterations)

    @property
    def forecast_ratio(self) -> float | None:
        """The same over those that the first gradient and the slopes of the rivals forecast."""
        return _ratio(self.iterations, self.forecast_iterations)


def _ratio(needed: int | None, guessed: float | None) -> float | None:
    """None where there was no step, or a guess of none, or none that is finite."""
    if not needed or guessed is None or not math.isfinite(guessed) or guessed <= 0.0:
        return None
    return needed / guessed


@dataclass(frozen=True, slots=True)
class AttackRow:
    """One run in one model, over the photographs that the model classifies correctly.

    `target_policy` is the compared one of the context; `points` are the attacked photographs.
    `eta` is None for a method that has no step of one L2 length.
    """

    model: str
    run: str
    method: str
    target_policy: str
    eta: float | None
    budget: int
    n: int
    iterations: Estimate
    fooled: Estimate
    fooled_png: Estimate
    changed_png: Estimate
    control_changed: Estimate
    rms_255: Estimate
    linf: Estimate
    psnr_db: Estimate
    ssim: Estimate
    pixels_changed: Estimate
    confidence_label_before: Estimate
    confidence_label_after: Estimate
    confidence_target_before: Estimate
    confidence_target_after: Estimate
    lowest: Estimate
    highest: Estimate
    zero_gradient_steps: int
    zero_gradient_photographs: int
    points: Points[AttackPoint]

    @property
    def lost_in_png(self) -> int:
        """Photographs whose success the PNG round trip undid."""
        both = zip(self.points.column("fooled"), self.points.column("fooled_png"), strict=True)
        return sum(bool(fooled) and png is False for fooled, png in both)

    @property
    def survives_unseen(self) -> bool:
        """Whether all of its successes are left in the PNG, of a change that is hard to see."""
        kept = self.fooled_png.n > 0 and self.fooled.count > 0 and not self.lost_in_png
        return kept and self.visibility is codes.Visibility.HARD_TO_SEE

    @property
    def visibility(self) -> codes.Visibility:
        """How visible the median perturbation is."""
        return codes.visibility(self.rms_255)

    @property
    def reached(self) -> codes.Reached:
        """For how many photographs the exact image is predicted as the target."""
        return codes.reached(self.fooled)

    @property
    def against_control(self) -> codes.AgainstControl:
        """Shares whose prediction changes in the PNG: of the attack, and of noise of its norm."""
        return codes.against_control(self.changed_png, self.control_changed)

    def point(self, image_id: str) -> AttackPoint | None:
        """The attack on a photograph, or None where it was not attacked."""
        return self.points.of(image_id)


@dataclass(frozen=True, slots=True)
class Reach:
    """Iterations needed over those that the first gradient predicts, in one model.

    `points` are the photographs for which both are known. Attacks that the budget stopped enter
    with the budget, a lower bound; `ratio.censored` counts them. `forecast_ratio` is over what the
    slopes of the rivals forecast as well, over the photographs for which they forecast an end.
    """

    model: str
    ratio: Estimate
    forecast_ratio: Estimate
    points: Points[AttackPoint]

    @property
    def bound(self) -> codes.Bound:
        """Whether the median ratio is exact or, with censored attacks in it, a lower bound."""
        return codes.Bound.LOWER_BOUND if self.ratio.censored else codes.Bound.EXACT


def attack_rows(data: Data) -> Mapping[str, tuple[AttackRow, ...]]:
    """Run -> the models that were attacked; both in the order of the configuration."""
    return {
        run: tuple(
            _row(data, model, run, rows)
            for model in data.models
            if len(rows := data.of_run("adversarial", model, run))
        )
        for run in data.context.runs["adversarial"]
    }


def sweep(runs: Mapping[str, Sequence[AttackRow]], main: AttackRow) -> tuple[AttackRow, ...]:
    """Runs of the main run's method, budget and model by rising step size, one for each step size.

    Where two runs have the same step size, the first one counts, the main run before all others.
    The main run alone, where its method has no step size.
    """
    if main.eta is None:
        return (main,)
    alike = [
        row
        for rows in runs.values()
        for row in rows
        if (row.model, row.method, row.budget) == (main.model, main.method, main.budget)
    ]
    by_eta = {row.eta: row for row in [*reversed(alike), main] if row.eta is not None}
    return tuple(by_eta[eta] for eta in sorted(by_eta))


def reach(row: AttackRow) -> Reach:
    """How far the prediction of the first gradient holds in one model."""
    ratios, forecast = (_ratios(row.points, guess) for guess in GUESSES)
    points = row.points.where(~np.isnan(ratios))
    stopped = sum(map(bool, points.column("censored")))
    known, guessed = (median(found[~np.isnan(found)]) for found in (ratios, forecast))
    return Reach(row.model, replace(known, censored=stopped), guessed, points)


def _ratios(points: Points[AttackPoint], guess: str) -> NDArray[np.float64]:
    """`_ratio` of every point, NaN where there is none."""
    needed, guessed = (
        np.array(points.column(name), dtype=np.float64) for name in ("iterations", guess)
    )
    fine = (needed > 0.0) & np.isfinite(guessed) & (guessed > 0.0)
    found: NDArray[np.float64] = np.full(len(points), np.nan)
    np.divide(needed, guessed, out=found, where=fine)
    return found


def fooling_curve(row: AttackRow) -> Curve:
    """Share fooled after k iterations, for every k from 0 to the budget."""
    both = zip(row.points.column("iterations"), row.points.column("censored"), strict=True)
    known = [(count, flag) for count, flag in both if count is not None and flag is not None]
    counts, censored = [count for count, _ in known], [flag for _, flag in known]
    return share_fooled(counts, censored, ks=range(row.budget + 1))


def _row(data: Data, model: str, run: str, rows: pd.DataFrame) -> AttackRow:
    first, zeros = rows.iloc[0], values(rows, "zero_gradients")
    budget, known = int(first["budget"]), rows.dropna(subset=["iterations", "censored"])
    counts, censored = values(known, "iterations"), [bool(c) for c in known["censored"]]
    return AttackRow(
        model=model,
        run=run,
        method=str(first["method"]),
        target_policy=data.context.target_policy,
        eta=number(first["eta"]),
        budget=budget,
        n=len(rows),
        iterations=censored_median(counts, censored, budget=budget),
        fooled=rate_of(rows, "success"),
        fooled_png=rate_of(rows, "success_png"),
        changed_png=rate_of(rows, "changed_png"),
        control_changed=rate_of(rows, "control_changed"),
        rms_255=median_of(rows, "rms_255"),
        linf=median_of(rows, "linf"),
        psnr_db=median_of(rows, "psnr_db"),
        ssim=median_of(rows, "ssim"),
        pixels_changed=median_of(rows, "l0"),
        confidence_label_before=median_of(rows, "confidence_label_before"),
        confidence_label_after=median_of(rows, "confidence_label_after"),
        confidence_target_before=median_of(rows, "confidence_target_before"),
        confidence_target_after=median_of(rows, "confidence_target_after"),
        lowest=median_of(rows, "lowest"),
        highest=median_of(rows, "highest"),
        zero_gradient_steps=int(sum(zeros)),
        zero_gradient_photographs=sum(count > 0 for count in zeros),
        points=_points(data, model, run, rows),
    )


def _points(data: Data, model: str, run: str, rows: pd.DataFrame) -> Points[AttackPoint]:
    rows = by_image(rows)
    ids = rows["image_id"].astype(str).tolist()
    contrast = data.once(
        ("contrast", model),
        lambda: by_key(data.of_model("predictions", model), "image_id", "contrast"),
    )
    rms, exact, kept = (floats(rows[name]) for name in ("rms_255", "l2", "l2_png"))
    with np.errstate(divide="ignore", invalid="ignore"):
        in_file = np.where(exact != 0.0, rms * kept / exact, np.nan)
    columns: dict[str, Column] = {
        "label": typed(rows, "label", int),
        "target": typed(rows, "target", int),
        "iterations": typed(rows, "iterations", int),
        "censored": typed(rows, "censored", bool),
        "fooled": typed(rows, "success", bool),
        "fooled_png": typed(rows, "success_png", bool),
        "rms_255": rms,
        "rms_png": in_file,
        "l2_png": kept,
        "predicted_iterations": floats(rows["predicted_iterations"]),
        "forecast_iterations": floats(rows["forecast_iterations"]),
        "contrast": [contrast.get(image_id) for image_id in ids],
    }
    for name in ("confidence_label_before", "confidence_target_after", "lowest", "highest"):
        columns[name] = floats(rows[name])
    before, after = (_ranked(data, model, run, moment) for moment in ("before", "after"))
    return Points(ids, columns, partial(_point, before, after))


def _point(before: Ranking, after: Ranking, image_id: str, *measured: Any) -> AttackPoint:
    made: Callable[..., AttackPoint] = AttackPoint
    return made(image_id, *measured, before.of(image_id), after.of(image_id))


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The likeliest classes of each photograph, row by row; `starts`: image_id -> its rows."""

    starts: Mapping[str, slice]
    classes: NDArray[np.float64]
    shares: NDArray[np.float64]

    def of(self, image_id: str) -> Ranked:
        """Those of one photograph; empty without the measure."""
        if image_id not in self.starts:
            return ()
        own = self.starts[image_id]
        pairs = zip(self.classes[own].tolist(), self.shares[own].tolist(), strict=True)
        return tuple((int(index), share) for index, share in pairs)


def _ranked(data: Data, model: str, run: str, moment: str) -> Ranking:
    """Before or after the attack; empty without the measure."""
    empty = np.empty(0)
    if TOP_FIVE not in data.tables:
        return Ranking({}, empty, empty)
    rows = data.of_run(TOP_FIVE, model, run)
    rows = rows[rows["target_policy"].eq(data.context.target_policy)]
    ordered = rows.sort_values(["image_id", "place"])
    classes, shares = (floats(ordered[f"{part}_{moment}"]) for part in ("class", "probability"))
    return Ranking(spans(ordered), classes, shares)
