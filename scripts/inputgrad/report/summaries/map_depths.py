"""What Grad-CAM foretells at several depths of a network, from an early layer to the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Standing, standing
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.controls import Runs
from inputgrad.statistics.estimates import Estimate, State

METHOD = "grad_cam"
DEPTHS = ("early", "middle", "last")
MEASURE = "single_deletion"


@dataclass(frozen=True, slots=True)
class Depths:
    """Single deletion of one model's map at its earliest and at its last layer."""

    model: str
    early: Estimate
    last: Estimate

    @property
    def standing(self) -> Standing:
        """The last layer's interval beside the earliest one's."""
        return standing(self.last, self.early)


def depth_runs(context: Context) -> Mapping[str, str]:
    """Depth -> its run of Grad-CAM, from the earliest to the last."""
    known = context.settings["saliency"]
    layers = {
        run.get("layer", "last"): name for name, run in known.items() if run["method"] == METHOD
    }
    return {depth: layers[depth] for depth in DEPTHS if depth in layers}


def depths(context: Context, runs: Runs) -> tuple[Depths, ...]:
    """Of every model that was measured at two depths or more."""
    chosen = [*depth_runs(context).values()]
    if len(chosen) < 2:
        return ()
    early, last = (
        {row.model: row[MEASURE] for row in runs[run]} for run in (chosen[0], chosen[-1])
    )
    return tuple(
        Depths(model, early[model], found)
        for model, found in last.items()
        if model in early and early[model].state == found.state == State.MEASURED
    )
