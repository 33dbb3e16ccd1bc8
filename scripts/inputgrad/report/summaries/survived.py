"""What is left of attacks after changes that images meet on their way (table `attack_survival`).

Over the attacked photographs of the compared target policy, for each run that was changed: the
share still predicted as the target, the share whose label comes back, and the share of the
*photographs* that keep their label under the same change, since what takes the label from a
photograph is no defence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.codes import Reached, reached
from inputgrad.report.summaries.data import Data, rate_of
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate

TABLE = "attack_survival"


@dataclass(frozen=True, slots=True)
class Survived:
    """One run in one model after one change; `change` as in the table: `jpeg_75`, `noise_2`."""

    model: str
    run: str
    change: str
    n: int
    fooled: Estimate
    label_returns: Estimate
    photograph_keeps: Estimate

    @property
    def left(self) -> Reached:
        """How many of the attacks still reach their target."""
        return reached(self.fooled)

    @property
    def kind(self) -> str:
        """What was done: `jpeg`, `resize` or `noise`."""
        return self.change.partition("_")[0]

    @property
    def strength(self) -> str:
        """How much of it: quality, scale, or deviation in grey levels."""
        return self.change.partition("_")[2]


@dataclass(frozen=True, slots=True)
class NaturalRow:
    """Changes as long as the attack's, in one model: shares whose prediction changes."""

    model: str
    n: int
    attack: Estimate
    noise: Estimate
    brighter: Estimate
    darker: Estimate
    blurred: Estimate


def survived_rows(data: Data, runs: Mapping[str, tuple[AttackRow, ...]]) -> tuple[Survived, ...]:
    """By run, model and change, in the order of the configuration; none where none was changed."""
    return tuple(
        row
        for run, rows in runs.items()
        for attack in rows
        for row in _survived(data, attack.model, run)
    )


def natural_rows(data: Data) -> tuple[NaturalRow, ...]:
    """Of the main run, for the models in which such changes were made."""
    return tuple(
        row
        for model in data.models
        for rows in [data.main("adversarial", model)]
        if (row := _natural(rows, model)).brighter.n
    )


def worst_natural(row: NaturalRow) -> Estimate:
    """The natural change, noise among them, that changes most predictions."""
    shares = (row.noise, row.brighter, row.darker, row.blurred)
    return max((s for s in shares if s.n), key=lambda s: s.estimate or 0.0, default=rate(0, 0))


def _survived(data: Data, model: str, run: str) -> Iterator[Survived]:
    rows = data.of_run(TABLE, model, run)
    rows = rows[rows["target_policy"].eq(data.context.target_policy)]
    for change in sorted(set(rows["change"]), key=_kind_and_strength):
        own = rows[rows["change"].eq(change)]
        yield Survived(
            model=model,
            run=run,
            change=str(change),
            n=len(own),
            fooled=rate_of(own, "success_changed"),
            label_returns=rate_of(own, "label_returns"),
            photograph_keeps=rate_of(own, "photograph_keeps_label"),
        )


def _kind_and_strength(change: str) -> tuple[str, float]:
    """JPEG before noise before resizing, the largest number first."""
    kind, _, strength = change.partition("_")
    return kind, -float(strength)


def _natural(rows: pd.DataFrame, model: str) -> NaturalRow:
    return NaturalRow(
        model=model,
        n=len(rows),
        attack=rate_of(rows, "changed_png"),
        noise=rate_of(rows, "control_changed"),
        brighter=rate_of(rows, "brighter_changed"),
        darker=rate_of(rows, "darker_changed"),
        blurred=rate_of(rows, "blur_changed"),
    )
