"""Whether images that fool one network fool another: every network beside every other.

Of the photographs that both networks name rightly, since only those that the attacked one names
rightly were attacked. Between two networks the share whose prediction the adversarial image changes
is compared with that which noise of the same length changes, photograph by photograph, adjusted by
Holm over all ordered pairs of one matrix. Where the image that a network is handed has another size
than its input, the photograph handed over in the same way is the control of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

import pandas as pd

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.data import Data, rate_of
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.families import holm
from inputgrad.statistics.paired import paired_rates

UNTARGETED = "untargeted"


class OverNoise(StrEnum):
    """Whether images made for one network change more in others than noise of their length."""

    NOT_COMPARED = "not_compared"
    TOO_FEW = "too_few"
    NO_DIFFERENCE = "no_difference"  # none is established
    LESS = "less"
    MORE = "more"  # between some networks, whatever the others show


COMPARED = ["prediction_changed", "noise_changed"]
SHOWN = {  # the first verdict that some pair has decides
    Verdict.HIGHER: OverNoise.MORE,
    Verdict.LOWER: OverNoise.LESS,
    Verdict.NO_DIFFERENCE: OverNoise.NO_DIFFERENCE,
    Verdict.TOO_FEW: OverNoise.TOO_FEW,
}


@dataclass(frozen=True, slots=True)
class Passed:
    """Images made for `source`, as `judge` sees them.

    reached: share predicted as the target; not measured where the attack has none.
    changed, noise_changed, resized_changed: shares whose prediction is another than for the
        photograph; by the image, by noise of its length, and by the change of size alone.
    over_noise: the first of these against the second; None for a network's own images.
    """

    source: str
    judge: str
    reached: Estimate
    changed: Estimate
    noise_changed: Estimate
    resized_changed: Estimate
    over_noise: Comparison | None

    @property
    def n(self) -> int:
        """Photographs that both name rightly."""
        return self.changed.n

    @property
    def own(self) -> bool:
        """Whether a network looks at its own images."""
        return self.source == self.judge


@dataclass(frozen=True, slots=True)
class Transfer:
    """All pairs of networks, under one target policy, so many steps beyond the first fooling."""

    policy: str
    beyond: int
    rows: tuple[Passed, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """Networks for which images were made, in the order of the configuration."""
        return tuple(dict.fromkeys(row.source for row in self.rows))

    @property
    def judges(self) -> tuple[str, ...]:
        """Networks that look at them."""
        return tuple(dict.fromkeys(row.judge for row in self.rows))

    @property
    def between(self) -> tuple[Passed, ...]:
        """Pairs of two networks."""
        return tuple(row for row in self.rows if not row.own)

    @property
    def targeted(self) -> bool:
        """Whether the attack has a target."""
        return self.policy != UNTARGETED

    @property
    def over_noise(self) -> OverNoise:
        """What the comparisons with noise show together."""
        verdicts = {row.over_noise.verdict for row in self.between if row.over_noise is not None}
        for verdict, code in SHOWN.items():
            if verdict in verdicts:
                return code
        return OverNoise.NOT_COMPARED

    @property
    def reached(self) -> codes.Reached:
        """How many images another network takes for their target."""
        return codes.reached(*(row.reached for row in self.between))

    @property
    def resizing(self) -> codes.Occurrence:
        """Whether the change of size alone changes what another network sees."""
        return codes.occurrence(sum(row.resized_changed.count for row in self.between))

    def of(self, source: str, judge: str) -> Passed | None:
        """One pair, or None."""
        return next((r for r in self.rows if (r.source, r.judge) == (source, judge)), None)


def transfers(data: Data) -> tuple[Transfer, ...]:
    """The main attack's images toward the compared targets, then untargeted, then driven further.

    Without rows a part is left out.
    """
    if "transfer" not in data.tables:
        return ()
    rows = data.tables["transfer"]
    rows = rows[rows["run"].eq(data.context.main_runs["adversarial"])]
    compared = data.context.target_policy
    stops = sorted({int(stop) for stop in rows["beyond"].dropna()} - {0})
    wanted = [(compared, 0), (UNTARGETED, 0), *((compared, stop) for stop in stops)]
    found = (_transfer(data, rows, policy, beyond) for policy, beyond in wanted)
    return tuple(transfer for transfer in found if transfer.rows)


def _transfer(data: Data, rows: pd.DataFrame, policy: str, beyond: int) -> Transfer:
    rows = rows[rows["target_policy"].eq(policy) & rows["beyond"].eq(beyond)]
    rows = rows[rows["correct_before"].fillna(False).astype(bool)]
    raw = [
        _passed(own, source, judge, targeted=policy != UNTARGETED)
        for source, judge in product(data.models, data.models)
        if len(own := rows[rows["source_model"].eq(source) & rows["model"].eq(judge)])
    ]
    results = {str(i): row.over_noise for i, row in enumerate(raw) if row.over_noise is not None}
    adjusted = holm(results)
    passed = (replace(row, over_noise=adjusted.get(str(i))) for i, row in enumerate(raw))
    return Transfer(policy, beyond, tuple(passed))


def _passed(rows: pd.DataFrame, source: str, judge: str, *, targeted: bool) -> Passed:
    known = rows.dropna(subset=COMPARED)
    changed, noise = (known[column].astype(bool).tolist() for column in COMPARED)
    return Passed(
        source=source,
        judge=judge,
        reached=rate_of(rows if targeted else rows[:0], "success"),
        changed=rate_of(rows, "prediction_changed"),
        noise_changed=rate_of(rows, "noise_changed"),
        resized_changed=rate_of(rows, "resized_changed"),
        over_noise=None if source == judge else paired_rates(changed, noise),
    )
