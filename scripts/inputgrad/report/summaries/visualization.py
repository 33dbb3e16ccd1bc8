"""What class visualisation reaches in each model: at the end, along the way, by its settings."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from inputgrad.report.summaries.data import Data, last_snapshots, median_of, rate_of
from inputgrad.statistics.estimates import Estimate

FROM_NOISE = "noise"


@dataclass(frozen=True, slots=True)
class VisualizationRow:
    """Classes of one run in one model at one iteration."""

    model: str
    run: str
    eta: float
    weight: float
    iteration: int
    n: int
    recognised: Estimate
    probability: Estimate
    score: Estimate
    l2: Estimate
    total_variation: Estimate
    half_mass_share: Estimate


def visualization_rows(data: Data) -> tuple[VisualizationRow, ...]:
    """The main run at its end in every model, in the order of the configuration."""
    found = ((m, last_snapshots(data.main("class_visualization", m))) for m in data.models)
    return tuple(visualization_row(model, rows) for model, rows in found if len(rows))


def progress_rows(data: Data, model: str) -> tuple[VisualizationRow, ...]:
    """The main run by snapshot, from the start to the end."""
    rows = data.main("class_visualization", model)
    return tuple(visualization_row(model, group) for _, group in rows.groupby("iteration"))


def setting_rows(data: Data, model: str) -> tuple[VisualizationRow, ...]:
    """Runs from noise that can be compared, at their end, by step size and weight.

    They have the number of iterations that most runs have, and are seen on the classes that all
    of them drew.
    """
    rows = last_snapshots(data.of_model("class_visualization", model))
    rows = rows[rows["init"] == FROM_NOISE]
    rows = rows[rows["iterations"].isin(rows.drop_duplicates("run")["iterations"].mode()[:1])]
    runs_of_class = rows.groupby("class_index")["run"].transform("nunique")
    rows = rows[runs_of_class == rows["run"].nunique()]
    found = [visualization_row(model, group) for _, group in rows.groupby("run", sort=True)]
    return tuple(sorted(found, key=lambda row: (row.eta, row.weight)))


def visualization_row(model: str, rows: pd.DataFrame) -> VisualizationRow:
    """Summary of the rows (one or more) of one run and iteration in one model."""
    first = rows.iloc[0]
    return VisualizationRow(
        model=model,
        run=str(first["run"]),
        eta=float(first["eta"]),
        weight=float(first["lambda"]),
        iteration=int(first["iteration"]),
        n=len(rows),
        recognised=rate_of(rows.assign(hit=recognised(rows)), "hit"),
        probability=median_of(rows, "probability"),
        score=median_of(rows, "score"),
        l2=median_of(rows, "l2"),
        total_variation=median_of(rows, "total_variation"),
        half_mass_share=median_of(rows, "half_mass_share"),
    )


def recognised(rows: pd.DataFrame) -> pd.Series:
    """Whether the network predicts the class that the image was made for."""
    return rows["prediction"].eq(rows["class_index"])
