"""Attack many photographs: choose the targets, run each method's attacks, write down the ends.

The norms are those of the perturbation as it was found, in floating point and in [0, 1] units
whatever the space of the steps; the image that is kept and judged (`measures/`) is what a file can
hold, clipped to [0, 1] and rounded to 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import torch

from inputgrad import registry
from inputgrad.adversarial.records import Attack, Result
from inputgrad.adversarial.targets import choose_targets
from inputgrad.engine.records import ImageItem, Record
from inputgrad.engine.scoring import score_images
from inputgrad.images.distances import perturbation_norms
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

SCORES = "attack_scores"

COLUMNS = (
    Column(
        name="prediction",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        meaning="What the model sees in the photograph before the attack.",
    ),
    Column(
        name="attacked",
        kind="flag",
        meaning="False where the model was wrong to begin with, where a fixed target is the label "
        "or not given, and of what the attack was trained on: all measures are null.",
    ),
    Column(name="method", kind="text", meaning="The attack."),
    Column(
        name="eta",
        kind="real",
        low=0,
        high=100,
        meaning="Length of a step in L2, in the units of its `space`; null for attacks without "
        "such a length.",
    ),
    Column(
        name="budget",
        kind="whole",
        unit="iterations",
        low=1,
        meaning="Most iterations; null for attacks without a budget.",
    ),
    Column(
        name="target",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        meaning="The class to be predicted; null where any class but the label will do, where a "
        "fixed target is not given, and for what the attack was trained on.",
    ),
    Column(
        name="iterations",
        kind="whole",
        unit="iterations",
        low=0,
        better="lower",
        meaning="Iterations until the model was fooled; the budget where it never was.",
    ),
    Column(
        name="censored",
        kind="flag",
        meaning="The budget ended before the model was fooled.",
    ),
    Column(
        name="success",
        kind="flag",
        meaning="The image in floating point is predicted as the target; untargeted: as another "
        "class than the label.",
    ),
    Column(
        name="gradient_evaluations",
        kind="whole",
        unit="evaluations",
        low=0,
        better="lower",
        meaning="Gradients that the attack computed.",
    ),
    Column(
        name="predicted_iterations",
        kind="real",
        unit="iterations",
        low=0,
        meaning="Linear guess at the photograph: logit deficit over what one step gains; null "
        "where the gradient is zero or the attack makes no guess.",
    ),
    Column(
        name="zero_gradients",
        kind="whole",
        unit="iterations",
        low=0,
        meaning="Iterations at which the gradient of what is climbed was exactly zero.",
    ),
    Column(
        name="confidence_label_before",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the label for the photograph.",
    ),
    Column(
        name="confidence_target_before",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the target for the photograph.",
    ),
    Column(
        name="l2",
        kind="real",
        unit="[0, 1] units",
        low=0,
        better="lower",
        meaning="L2 norm of the perturbation, before rounding to 8 bits.",
    ),
    Column(
        name="linf",
        kind="real",
        unit="[0, 1] units",
        low=0,
        better="lower",
        meaning="Largest change of a colour value, before rounding to 8 bits.",
    ),
    Column(
        name="rms_255",
        kind="real",
        unit="grey levels",
        low=0,
        better="lower",
        meaning="Root mean square of the perturbation in 8-bit grey levels, before rounding.",
    ),
    Column(
        name="relative_l2",
        kind="real",
        unit="share",
        low=0,
        better="lower",
        meaning="L2 norm of the perturbation over that of the photograph; null for a black one.",
    ),
    Column(
        name="psnr_db",
        kind="real",
        unit="decibels",
        better="higher",
        meaning="Peak signal-to-noise ratio of the image before rounding; null where it equals "
        "the photograph.",
    ),
    Column(
        name="failure",
        kind="text",
        meaning="Of a censored attack, after Pintor et al. 2022: `zero_gradient`, `oscillates`, "
        "`rival_rises` (faster than the score that is climbed), `stuck`, `budget_too_small`, or "
        "`lattice` (no 8-bit image fooled).",
    ),
    Column(
        name="lowest",
        kind="real",
        unit="[0, 1] units",
        meaning="Smallest colour value of the image before rounding; below 0 only where the attack "
        "does not clip.",
    ),
    Column(
        name="highest",
        kind="real",
        unit="[0, 1] units",
        meaning="Largest colour value of the image before rounding; above 1 only where the attack "
        "does not clip.",
    ),
    Column(name="iteration", kind="whole", low=0, key=True, table=SCORES, meaning="Of the attack."),
    Column(
        name="score_label", kind="real", unit="logit", table=SCORES, meaning="Logit of the label."
    ),
    Column(
        name="score_target",
        kind="real",
        unit="logit",
        table=SCORES,
        meaning="Logit of the target; null without one.",
    ),
    Column(
        name="score_rival",
        kind="real",
        unit="logit",
        table=SCORES,
        meaning="Highest logit of a class that is neither.",
    ),
)


def compute(
    classifier: Classifier, items: Sequence[ImageItem], *, seed: int, slots: int
) -> Iterator[tuple[int, list[Record]]]:
    """(position in `items`, the item's records) in the order of finishing.

    Args:
        classifier: the network under attack.
        items: photographs under runs of adversarial methods, each with its target policy.
        seed: of the random targets, and of attacks that draw random numbers.
        slots: rows of the constant batch, >= 1.

    The first record is the row of the table `adversarial`. It has the array `image`, (H, W, 3)
    uint8, where the photograph was attacked, and `image_<k>` for each stop after k further steps.
    Those after it are rows of `attack_scores`, where the run asks for them.
    """
    targets = choose_targets(classifier, items, seed=seed, slots=slots)
    attacks = [
        Attack(
            item.image, item.run, target, seed, {run: o.arrays for run, o in item.inputs.items()}
        )
        for item, target in zip(items, targets, strict=True)
    ]
    aimed, left_out = _parted(items, attacks)
    pixels = (attacks[position].image.pixels for position in left_out)
    for position, logits in zip(
        left_out, score_images(classifier, pixels, slots=slots), strict=True
    ):
        yield position, [Record(_about(attacks[position], int(logits.argmax()), attacked=False))]
    for method, positions in aimed.items():
        module = registry.load("adversarial", method)
        chosen = [attacks[position] for position in positions]
        for number, result in module.attack(classifier, chosen, slots=slots):
            yield positions[number], [_record(chosen[number], result), *_scores(result)]


def _parted(
    items: Sequence[ImageItem], attacks: Sequence[Attack]
) -> tuple[dict[str, list[int]], list[int]]:
    """Positions by method, and those that are left out.

    All runs of a method are handed to it together and share its slots. Left out are photographs
    whose fixed target is their label, or not given.
    """
    groups: dict[str, list[int]] = {}
    left_out: list[int] = []
    for position, (item, attack) in enumerate(zip(items, attacks, strict=True)):
        if item.target_policy == "fixed" and attack.target in (None, attack.image.label):
            left_out.append(position)
        else:
            groups.setdefault(attack.run.method, []).append(position)
    return groups, left_out


def _about(attack: Attack, prediction: int, *, attacked: bool) -> dict[str, Any]:
    """What a row says of an attack whether or not it took place."""
    parameters = attack.run.parameters
    return {
        "prediction": prediction,
        "attacked": attacked,
        "method": attack.run.method,
        "eta": getattr(parameters, "eta", None),
        "budget": getattr(parameters, "budget", None),
        "target": attack.target,
    }


def _record(attack: Attack, result: Result) -> Record:
    """The row of the table `adversarial`, without measures of the 8-bit image, and that image."""
    row = _about(attack, result.prediction, attacked=result.counters is not None)
    if result.counters is None:
        return Record(row)
    original = to_tensor(attack.image.pixels).numpy()
    row |= asdict(result.counters) | {"censored": not result.counters.success}
    row |= {"lowest": float(result.image.min()), "highest": float(result.image.max())}
    row |= perturbation_norms(original, result.image) | dict(result.own)
    images = {"image": result.image} | {f"image_{k}": i for k, i in result.stops.items()}
    return Record(row, {name: to_pixels(torch.from_numpy(i)) for name, i in images.items()})


def _scores(result: Result) -> Iterator[Record]:
    """Rows of the table `attack_scores`."""
    if result.counters is not None:
        for iteration, (label, target, rival) in result.scores.items():
            row = {"iteration": iteration, "score_label": label, "score_target": target}
            yield Record(row | {"score_rival": rival}, table=SCORES)
