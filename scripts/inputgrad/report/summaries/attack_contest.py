"""Attacks side by side: in each network, those that have a target, and those that have none.

Targets are the compared ones and, where others are compared, the fixed ones: a trained generator
knows no others.

A contest is over the pairs of photograph and target that all of its attacks attacked, so that every
number of a row is about the same photographs. Left out are attacks that are confined to some of the
pixels (question 3 compares those) and attacks that may leave [0, 1], whose images no file holds.
The distance is the L2 norm of the perturbation that the PNG file holds, infinite where the file
does not fool; where files were not looked at, that of the image before rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import lt

import numpy as np
import pandas as pd

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.data import Data, attacked, floats, median_of, rate_of
from inputgrad.report.summaries.points import by_image, optional, typed
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import distance_median
from inputgrad.statistics.optimality import accuracy_curve, optimality
from inputgrad.statistics.rates import rate

UNTARGETED, FIXED = "untargeted", "fixed"
CONFINED, ONE_STEP, SIGNED_STEPS = "saliency_guided", "fgsm", "i_fgsm"
IN_FILES = ("success_png", "l2_png")


@dataclass(frozen=True, slots=True)
class Contender:
    """One run in one network, on the pairs of its contest.

    l2: median distance; failures count as infinitely far. exact: the same before rounding.
    fooled: of the images before rounding. changed: of the PNG files, to whatever class.
    nearer: share of the pairs on which it is nearer than the main run; n = 0 where that has none.
    nearer_where_both: the same of the pairs on which both succeed.
    optimality: None where nothing succeeded or nothing can be told apart.
    accuracy: steps (distance, share of the photographs not fooled within it).
    """

    model: str
    run: str
    method: str
    fooled: Estimate
    fooled_png: Estimate
    changed: Estimate
    l2: Estimate
    exact: Estimate
    gradients: Estimate
    nearer: Estimate
    nearer_where_both: Estimate
    optimality: float | None
    accuracy: tuple[tuple[float, float], ...]

    @property
    def survives(self) -> bool:
        """Whether the PNG fools for at least half as many photographs as the exact image."""
        return self.fooled.count > 0 and 2 * self.fooled_png.count >= self.fooled.count


@dataclass(frozen=True, slots=True)
class Contest:
    """All runs of one network under one target policy, over the same `n` pairs.

    `furthest`: the largest distance of a pointwise best; None where no attack succeeded. `main` is
    the name of the main run, `compared` whether the targets are the compared ones, `files` whether
    distances are those of the PNG files.
    """

    model: str
    policy: str
    n: int
    furthest: float | None
    rows: tuple[Contender, ...]
    main: str
    compared: bool
    files: bool

    @property
    def targeted(self) -> bool:
        """Whether the attacks have a target."""
        return self.policy != UNTARGETED

    @property
    def extent(self) -> codes.Extent:
        """Whether there are several attacks."""
        return codes.extent(self.rows)

    @property
    def best(self) -> Contender | None:
        """The attack of the highest optimality, the first of equal ones."""
        known = [row for row in self.rows if row.optimality is not None]
        return max(known, key=lambda row: row.optimality or 0.0, default=None)

    @property
    def one_step(self) -> Contender | None:
        """The first attack of a single signed step, where it was read back from its files."""
        found = (r for r in self.rows if r.method == ONE_STEP and r.changed.n and r.fooled_png.n)
        return next(found, None)

    @property
    def mostly_nearer(self) -> bool:
        """Whether the best attack is nearer than the main run on more than half of the pairs."""
        best = self.best
        return best is not None and 2 * best.nearer.count > best.nearer.n

    @property
    def signed_steps(self) -> Contender | None:
        """The first attack of many signed steps, where its gradients were counted."""
        found = (row for row in self.rows if row.method == SIGNED_STEPS and row.gradients.n)
        return next(found, None)

    @property
    def main_row(self) -> Contender | None:
        """The main run, where it takes part."""
        return next((row for row in self.rows if row.run == self.main), None)

    @property
    def nearest_unrounded(self) -> Contender | None:
        """Where distances are those of files: another than the best one that is nearer before."""
        best = self.best
        if best is None or not self.files:
            return None
        known = [row for row in self.rows if row.exact.estimate is not None]
        found = min(known, key=lambda row: row.exact.estimate or 0.0, default=best)
        return None if found is best else found

    @property
    def rule(self) -> Contender | None:
        """The main run, where it takes part and is not the best one."""
        return None if self.best is None or self.main_row is self.best else self.main_row


def several(contests: Iterable[Contest]) -> list[Contest]:
    """Contests of more than one attack."""
    return [contest for contest in contests if contest.extent is codes.Extent.SEVERAL]


def leading(contests: Iterable[Contest]) -> Contest | None:
    """That toward the compared targets in the first network where several attacks ran."""
    return next((contest for contest in several(contests) if contest.compared), None)


def attack_contests(data: Data) -> tuple[Contest, ...]:
    """By network: toward the compared targets, toward fixed ones, without; empty ones left out."""
    policies = dict.fromkeys([data.context.target_policy, FIXED, UNTARGETED])
    found = (_contest(data, model, policy) for model in data.models for policy in policies)
    return tuple(contest for contest in found if contest is not None)


def _contest(data: Data, model: str, policy: str) -> Contest | None:
    rows = attacked(data.of_model("adversarial", model), policy)
    far = rows["success"].eq(True) & rows["l2"].isna()
    rows = rows[rows["success"].notna() & ~far.fillna(False).astype(bool)]
    own = {run: rows[rows["run"] == run] for run in competing(data.context)}
    shared = _shared({run: found for run, found in own.items() if len(found)})
    if not shared:
        return None
    files = all(found[list(IN_FILES)].notna().all(axis=None) for found in shared.values())
    distances = {run: _distances(found, files=files) for run, found in shared.items()}
    reached, main = optimality(distances), data.context.main_runs["adversarial"]
    return Contest(
        model=model,
        policy=policy,
        n=reached.n,
        furthest=reached.furthest,
        rows=tuple(
            _contender(
                model,
                run,
                found,
                distances[run],
                beside=distances.get(main, []),
                optimality=reached.values[run],
            )
            for run, found in shared.items()
        ),
        main=main,
        compared=policy == data.context.target_policy,
        files=files,
    )


def competing(context: Context) -> tuple[str, ...]:
    """Runs that may change every pixel and stay within [0, 1]."""
    settings = context.settings["adversarial"]
    return tuple(
        run
        for run in context.runs["adversarial"]
        if settings[run]["method"] != CONFINED and settings[run].get("clip") is not False
    )


def _shared(own: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of the pairs that all runs have, in one order; empty where there are none."""
    columns = {run: _pairs(rows) for run, rows in own.items()}
    common = set.intersection(*map(set, columns.values())) if columns else set()
    if not common:
        return {}
    return {
        run: by_image(rows[[pair in common for pair in columns[run]]]) for run, rows in own.items()
    }


def _pairs(rows: pd.DataFrame) -> list[tuple[str, int | None]]:
    """(image_id, target), None without a target."""
    targets = optional(typed(rows, "target", int))
    return list(zip(rows["image_id"].astype(str).tolist(), targets, strict=True))


def _distances(rows: pd.DataFrame, *, files: bool) -> list[float]:
    success, length = IN_FILES if files else ("success", "l2")
    fooled = floats(rows[success]) != 0.0
    found: list[float] = np.where(fooled, floats(rows[length]), math.inf).tolist()
    return found


def _contender(
    model: str,
    run: str,
    rows: pd.DataFrame,
    distances: Sequence[float],
    *,
    beside: Sequence[float],
    optimality: float | None,
) -> Contender:
    both = [(a, b) for a, b in zip(distances, beside, strict=False) if math.isfinite(a + b)]
    return Contender(
        model=model,
        run=run,
        method=str(rows.iloc[0]["method"]),
        fooled=rate_of(rows, "success"),
        fooled_png=rate_of(rows, "success_png"),
        changed=rate_of(rows, "changed_png"),
        l2=distance_median(distances),
        exact=distance_median(_distances(rows, files=False)),
        gradients=median_of(rows, "gradient_evaluations"),
        nearer=rate(sum(map(lt, distances, beside)), len(beside)),
        nearer_where_both=rate(sum(a < b for a, b in both), len(both)),
        optimality=optimality,
        accuracy=accuracy_curve(distances),
    )
