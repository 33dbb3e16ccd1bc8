"""Attacks that were trained: on what, at what cost, and what they do to photographs they never saw.

They aim at the one class of the target policy `fixed`, whichever policy the report compares by. The
photographs of the training are not attacked, so no rate counts them.
"""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.codes import Reached, reached
from inputgrad.report.summaries.data import Data, attacked, rate_of
from inputgrad.statistics.estimates import Estimate

TABLE, POLICY = "attack_training", "fixed"


@dataclass(frozen=True, slots=True)
class TrainedRow:
    """One run in one model.

    `n` photographs were attacked, `photographs` others trained on; `gradients` are those of the
    training, since the attacks need none.
    """

    model: str
    run: str
    target: int
    n: int
    fooled: Estimate
    photographs: int
    gradients: int

    @property
    def reached(self) -> Reached:
        """For how many photographs the exact image is predicted as the target."""
        return reached(self.fooled)


def trained_rows(data: Data) -> tuple[TrainedRow, ...]:
    """Rows by run, in the order of the configuration, then by model."""
    if TABLE not in data.tables:
        return ()
    found = (
        _row(data, model, run) for run in data.context.runs["adversarial"] for model in data.models
    )
    return tuple(row for row in found if row is not None)


def _row(data: Data, model: str, run: str) -> TrainedRow | None:
    """None where nothing was trained."""
    training = data.of_model(TABLE, model)
    training = training[training["run"] == run]
    if training.empty:
        return None
    end = training.loc[training["step"].idxmax()]
    rows = data.of_model("adversarial", model)
    rows = attacked(rows[rows["run"] == run], POLICY)
    return TrainedRow(
        model=model,
        run=run,
        target=int(end["target"]),
        n=len(rows),
        fooled=rate_of(rows, "success"),
        photographs=int(end["photographs"]),
        gradients=int(end["gradient_evaluations"]),
    )
