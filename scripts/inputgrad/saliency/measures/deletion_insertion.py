"""Deletion and insertion: the label's probability while pixels are blurred, or come back.

    area under p(k), k = 0..K in steps of 1 / K of the pixels, the most salient ones first,

from the photograph to the blurred photograph (deletion: lower is better) and from the blurred
photograph to the photograph (insertion: higher is better), by trapezoids, in [0, 1] (Petsiuk, Das,
Saenko 2018, "RISE: Randomized input sampling for explanation of black-box models", BMVC, section
3.3; deletion after Samek et al. 2017).

For comparison with the literature only. The half blurred photographs are like nothing that the
network has seen, with edges along the map's own shapes, so an area tells as much about that as
about the map (Hooker, Erhan, Kindermans, Kim 2019, "A benchmark for interpretability methods in
deep neural networks"); single deletion and ROAD are the measures to go by. Smooth maps blur in
whole pieces and so take the class away sooner than they should.

Deviations: the blurred photograph is the baseline of both, where the authors delete to grey; so
deletion in an order is insertion in the reverse order, reversed, to the last bit. The blur is a
whole Gaussian of 14 pixels at 224, under which SqueezeNet 1.1 gives the label 0.9 % on average over
40 photographs (with their 5 pixels 4 %, and 89 % once, which is no baseline). K = 28 steps instead
of one a row of pixels. Equal values are ranked at random (`images/ranking.py`), a map of equal
values too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import torch
from torch import Tensor

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import score_tensors
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.ranking import counts, ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency.curve_columns import CURVE_COLUMNS
from inputgrad.saliency.curves import area, curve_records, probabilities
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="deletion",
        kind="real",
        low=0,
        high=1,
        better="lower",
        meaning="Area under the label's probability while the most salient pixels are blurred.",
    ),
    Column(
        name="insertion",
        kind="real",
        low=0,
        high=1,
        better="higher",
        meaning="Area under the label's probability while the most salient pixels come into the "
        "blurred photograph.",
    ),
    *CURVE_COLUMNS,
)


class Parameters(Settings):
    """How fine the curves are, and how much the baseline is blurred."""

    steps: int = Field(28, ge=1, le=1000, description="Steps from no pixel to all of them.")
    blur_share: float = Field(
        1 / 16,
        gt=0,
        le=1,
        description="Standard deviation of the baseline's blur, as a share of the image's side.",
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`deletion` and `insertion` of each map, and their curves; twice `steps` forward passes.

    Both ends are scored once: deletion begins where insertion ends.
    """
    steps = parameters.steps
    images = chain.from_iterable(_changed(outcome, parameters, tools) for outcome in outcomes)
    logits = score_tensors(tools.classifier, images, slots=tools.slots)
    for outcome in outcomes:
        whole, blurred, *between = islice(logits, 2 * steps)
        pixels, label = outcome.arrays["map"].size, outcome.item.image.label
        shares = [number / pixels for number in counts(pixels, steps=steps)]
        deletion = [whole, *between[0::2], blurred]
        insertion = [blurred, *between[1::2], whole]
        curves = {
            name: curve_records(name, shares, found, label, first=0)
            for name, found in (("deletion", deletion), ("insertion", insertion))
        }
        areas = {name: area(probabilities(curve)) for name, curve in curves.items()}
        yield [Record(areas), *chain.from_iterable(curves.values())]


def _changed(outcome: Outcome, parameters: Parameters, tools: Tools) -> Iterator[Tensor]:
    """The photograph and its blurred copy, then of each step between the deletion and insertion."""
    photograph, device = outcome.item.image, tools.classifier.mean.device
    image = to_tensor(photograph.pixels).contiguous()
    blurred = gaussian_blur(image, parameters.blur_share * min(image.shape[1:]))
    order = ranks(outcome.arrays["map"], seed=tools.seed, image_id=photograph.image_id)
    image, blurred, rank = image.to(device), blurred.to(device), torch.from_numpy(order).to(device)
    yield from (image, blurred)
    for number in counts(order.size, steps=parameters.steps)[1:-1]:
        taken = rank < number
        yield torch.where(taken, blurred, image)
        yield torch.where(taken, image, blurred)
