"""What the targeted attacks of one run measure in each model.

Counts of iterations are capped at the budget and marked as censored, so their median may be
'> budget'; every other measure is taken where the attack stopped, fooled or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from inputgrad.report.summaries.data import Data, attacked, median_of, rate_of, values
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import censored_median


@dataclass(frozen=True, slots=True)
class AttackRow:
    """One run in one model, over the photographs that the model classifies correctly."""

    model: str
    run: str
    eta: float
    budget: int
    n: int
    iterations: Estimate
    fooled: Estimate
    fooled_png: Estimate
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
    zero_gradient_steps: int
    zero_gradient_photographs: int

    @property
    def lost_in_png(self) -> int:
        """Photographs whose success the PNG round trip undid."""
        return _count(self.fooled) - _count(self.fooled_png)


def attack_rows(data: Data) -> tuple[AttackRow, ...]:
    """The main run of every model that was attacked, in the order of the configuration."""
    found = ((model, data.main("adversarial", model)) for model in data.models)
    return tuple(attack_row(model, rows) for model, rows in found if len(rows))


def sweep_rows(data: Data, model: str) -> tuple[AttackRow, ...]:
    """Every run of the main run's method and budget by rising step size; one row if no sweep."""
    main = data.main("adversarial", model)
    if main.empty:
        return ()
    rows = attacked(data.of_model("adversarial", model))
    same = rows[
        rows["method"].eq(main["method"].iloc[0]) & rows["budget"].eq(main["budget"].iloc[0])
    ]
    found = [attack_row(model, group) for _, group in same.groupby("run", sort=True)]
    return tuple(sorted(found, key=lambda row: row.eta))


def attack_row(model: str, rows: pd.DataFrame) -> AttackRow:
    """Summary of the attacked rows (one or more) of one run in one model."""
    first, steps = rows.iloc[0], values(rows, "zero_gradients")
    budget = int(first["budget"])
    return AttackRow(
        model=model,
        run=str(first["run"]),
        eta=float(first["eta"]),
        budget=budget,
        n=len(rows),
        iterations=censored_median(*counts(rows), budget=budget),
        fooled=rate_of(rows, "success"),
        fooled_png=rate_of(rows, "success_png"),
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
        zero_gradient_steps=int(sum(steps)),
        zero_gradient_photographs=sum(step > 0 for step in steps),
    )


def counts(rows: pd.DataFrame) -> tuple[Sequence[int], Sequence[bool]]:
    """Iterations and whether each is censored, missing ones left out."""
    known = rows.dropna(subset=["iterations", "censored"])
    return [int(k) for k in known["iterations"]], [bool(c) for c in known["censored"]]


def _count(share: Estimate) -> int:
    return round((share.estimate or 0.0) * share.n)
