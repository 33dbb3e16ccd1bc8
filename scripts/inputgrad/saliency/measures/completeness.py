"""Completeness: whether a signed map adds up to what it is to explain.

    |sum of M - (S_y(x) - S_y(b))| / |S_y(x) - S_y(b)|,  b the method's baseline

0 for integrated gradients with enough steps (Sundararajan, Taly, Yan 2017, "Axiomatic attribution
for deep networks", section 3), so there it measures the error of the sum; input times gradient is
the linear guess of the same difference, and its error says how far from linear the network is.

Methods that make this claim list their baselines as `BASELINES` in their module, and a run keeps it
only with `reduction: sum`. S_y is the logit itself: where SqueezeNet's is replaced at the
photograph, the map explains another score, and the error is null.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from inputgrad import registry
from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record, Run
from inputgrad.engine.slots import State, map_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

Baseline = Callable[[Classifier, Tensor], Tensor]

COLUMNS = (
    Column(
        name="completeness_error",
        kind="real",
        unit="share",
        low=0,
        better="lower",
        meaning="Distance of the map's sum from the difference of the logit between photograph "
        "and baseline, as a share of this difference; null for runs that do not claim it, and "
        "where `zero_gradient`.",
    ),
)


class Parameters(Settings):
    """Completeness has nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`completeness_error` of each map; one forward for each that claims it."""
    del parameters
    claiming = [outcome for outcome in outcomes if _claims(outcome)]
    logits = _logits_of_baselines(claiming, tools)
    for outcome in outcomes:
        error = _error(outcome, next(logits)) if _claims(outcome) else None
        yield [Record({"completeness_error": error})]


def _claims(outcome: Outcome) -> bool:
    return _baseline(outcome.item.run) is not None and not outcome.rows[0]["zero_gradient"]


def _error(outcome: Outcome, logit: float) -> float | None:
    """The relative error from the logit of the baseline; None where there is no difference."""
    difference = outcome.rows[0]["score"] - logit
    total = float(outcome.arrays["map"].sum(dtype=np.float64))
    return abs(total - difference) / abs(difference) if difference else None


def _logits_of_baselines(outcomes: Sequence[Outcome], tools: Tools) -> Iterator[float]:
    """The label's logit of each outcome's baseline, run by run in batches of constant shape."""
    device = tools.classifier.mean.device
    for run, group in itertools.groupby(outcomes, key=lambda outcome: outcome.item.run):
        baseline = _baseline(run)
        assert baseline is not None, "only runs that claim completeness are asked"

        def load(outcome: Outcome) -> State:
            photograph = outcome.item.image
            return {
                "image": to_tensor(photograph.pixels).to(device),
                "target": torch.tensor(photograph.label, device=device),
            }

        def compute(state: State, baseline: Baseline = baseline) -> State:
            with torch.no_grad():
                logits = tools.classifier(baseline(tools.classifier, state["image"]))
            return {"logit": logits.gather(1, state["target"][:, None])[:, 0]}

        for state in map_slots(load, compute, group, slots=tools.slots):
            yield float(state["logit"])


def _baseline(run: Run) -> Baseline | None:
    """What a run's map is relative to; None where it does not claim to add up."""
    known: dict[str, Baseline] = getattr(registry.load("saliency", run.method), "BASELINES", {})
    whole = run.parameters.reduction == "sum" and not getattr(run.parameters, "blur", 0)
    name = getattr(run.parameters, "baseline", next(iter(known), ""))
    return known[name] if known and whole else None
