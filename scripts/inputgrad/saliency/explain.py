"""Saliency maps of the labels for many photographs, and further maps for the measures.

A method (`saliency/methods`) only attributes. What is the same for all methods is done here:
batches of one constant shape, the noise of each photograph, the reduction of the colours, the blur
that a run may ask for, and score and prediction, taken from the method's own pass where it made one
at the photograph itself and else from one forward pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad import registry
from inputgrad.engine.gradients import ScoredGradient
from inputgrad.engine.randomness import Noise, stream
from inputgrad.engine.records import ImageItem, Record, Run, by_run
from inputgrad.engine.slots import State, map_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution, reduce_colours, scores_of
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(name="method", kind="text", meaning="The saliency method."),
    Column(name="prediction", kind="whole", low=0, high=999, meaning="The predicted class."),
    Column(
        name="runner_up",
        kind="whole",
        low=0,
        high=999,
        meaning="The class of the highest logit beside the label's.",
    ),
    Column(
        name="score",
        kind="real",
        unit="logit",
        meaning="Logit of the label; where `zero_gradient`, the score that replaces it.",
    ),
    Column(
        name="gradient_l2",
        kind="real",
        unit="logit",
        low=0,
        meaning="L2 norm of the score's gradient with respect to the photograph in [0, 1]; null "
        "for methods that do not need this gradient.",
    ),
    Column(
        name="zero_gradient",
        kind="flag",
        meaning="The label's own logit has an exactly zero gradient.",
    ),
)


@dataclass(frozen=True)
class Request:
    """One more map with the method and parameters of an item.

    Attributes:
        item: whose run it is, and whose image_id names the noise: all maps of one photograph see
            the same noise, so that a difference between them is not due to the noise.
        image: (3, H, W) float32 in [0, 1], on the CPU.
        target: class index, 0..999.
    """

    item: ImageItem
    image: Tensor
    target: int


class Explained(NamedTuple):
    """A reduced map (H, W), and the class that is predicted for the image."""

    map: NDArray[np.float32]
    prediction: int


def compute(
    classifier: Classifier, items: Sequence[ImageItem], *, seed: int, slots: int
) -> Iterator[tuple[int, list[Record]]]:
    """(position in `items`, one record) of each item, run by run.

    The row holds `COLUMNS`, the arrays are {"map": (H, W) float32}, reduced, of the label.
    """
    tools = Tools(classifier, seed, slots)
    for run, group in by_run(items):
        own = (Request(i, to_tensor(i.image.pixels), i.image.label) for _, i in group)
        found = _batches(tools, run, own, _explained)
        for (position, _), state in zip(group, found, strict=True):
            yield position, [_record(run, state)]


def maps_of(tools: Tools, requests: Iterable[Request]) -> Iterator[NDArray[np.float32]]:
    """The reduced map (H, W) of each request, in order.

    Requests are consumed lazily, as many at a time as there are slots. Neighbours that share
    their run share a batch; a map does not depend on what else is asked for.
    """
    for run, group in itertools.groupby(requests, key=lambda request: request.item.run):
        for state in _batches(tools, run, group, _mapped):
            yield state["map"].cpu().numpy()


def explained(tools: Tools, requests: Iterable[Request]) -> Iterator[Explained]:
    """As `maps_of`, with the prediction for each image; one more forward for some methods."""
    for run, group in itertools.groupby(requests, key=lambda request: request.item.run):
        for state in _batches(tools, run, group, _explained):
            yield Explained(state["map"].cpu().numpy(), int(state["prediction"]))


Batch = Callable[[Classifier, Run, State], State]


def _batches(tools: Tools, run: Run, requests: Iterable[Request], batch: Batch) -> Iterator[State]:
    load = partial(_load, seed=tools.seed, device=tools.classifier.mean.device)
    work = partial(batch, tools.classifier, run)
    return map_slots(load, work, requests, slots=tools.slots)


def _load(request: Request, *, seed: int, device: torch.device) -> State:
    """The image and its class; the stream of its noise stays on the CPU, where it is drawn."""
    return {
        "image": request.image.to(device),
        "target": torch.tensor(request.target, device=device),
        "stream": torch.tensor(stream(seed, request.item.image.image_id, "saliency method")),
    }


def _attributed(classifier: Classifier, run: Run, state: State) -> Attribution:
    method = registry.load("saliency", run.method)
    noise = Noise(state["stream"].tolist(), state["image"])
    found: Attribution = method.attribute(
        classifier, state["image"], state["target"], run.parameters, noise
    )
    reduced = reduce_colours(found.maps, run.parameters.reduction)
    return found._replace(maps=gaussian_blur(reduced, run.parameters.blur))


def _mapped(classifier: Classifier, run: Run, state: State) -> State:
    return {"map": _attributed(classifier, run, state).maps}


def _explained(classifier: Classifier, run: Run, state: State) -> State:
    """The maps, and what the classifier says of the images."""
    found = _attributed(classifier, run, state)
    scored = found.scored
    if scored is None:
        scored = scores_of(classifier, state["image"], state["target"])
    rows = {"map": found.maps, "score": scored.score, "zero": scored.zero}
    if isinstance(scored, ScoredGradient):
        rows["gradient_l2"] = scored.gradient.flatten(1).norm(dim=1)
    others = scored.logits.scatter(1, state["target"][:, None], -torch.inf)
    return rows | {"prediction": scored.logits.argmax(dim=1), "runner_up": others.argmax(dim=1)}


def _record(run: Run, state: State) -> Record:
    norm = state.get("gradient_l2")
    row: dict[str, Any] = {
        "method": run.method,
        "prediction": int(state["prediction"]),
        "runner_up": int(state["runner_up"]),
        "score": float(state["score"]),
        "gradient_l2": None if norm is None else float(norm),
        "zero_gradient": bool(state["zero"]),
    }
    return Record(row, {"map": state["map"].cpu().numpy()})
