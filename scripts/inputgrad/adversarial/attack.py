"""Attack many photographs, then judge what a file can hold.

An image that fools the network by a hair may not survive the rounding to 8 bits, so every result
is encoded as PNG, read back and scored again: `success_png` is what somebody would see who was
handed the file. Beside it stands a control: the same photograph plus Gaussian noise of the same
L2 norm, likewise rounded to 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from inputgrad.adversarial.ascent import Attack, Outcome
from inputgrad.adversarial.search import search
from inputgrad.adversarial.targets import choose_target
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import LabelledImage, Pixels, Record, Run, by_method
from inputgrad.engine.scoring import Logits, confidences, margin, score_images
from inputgrad.images.decoding import from_png, png_bytes
from inputgrad.images.distances import (
    changed_pixels,
    perturbation_norms,
    structural_similarity_index,
)
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier

PNG_LEVEL = 1  # the fastest compression; the pixels are the same at every level
JUDGED_TOGETHER = 64  # outcomes held in memory between two rounds of judging


def compute(
    classifier: Classifier,
    samples: Sequence[LabelledImage],
    runs: Sequence[Run],
    *,
    seed: int,
    slots: int,
) -> Iterator[tuple[str, Record]]:
    """(run, record of the table `adversarial`) in the order of finishing."""
    for method, group in by_method(runs):
        attacks = _attacks(classifier, samples, group, seed=seed, slots=slots)
        waiting: list[Outcome] = []
        for outcome in search(classifier, method, attacks, slots=slots):
            waiting.append(outcome)
            if len(waiting) == JUDGED_TOGETHER:
                yield from _judge(classifier, waiting, seed=seed, slots=slots)
                waiting = []
        yield from _judge(classifier, waiting, seed=seed, slots=slots)


def _attacks(
    classifier: Classifier,
    samples: Sequence[LabelledImage],
    runs: Sequence[Run],
    *,
    seed: int,
    slots: int,
) -> list[Attack]:
    policies = {policy for run in runs for policy in run.parameters["targets"]}
    scores: list[Logits | None] = [None] * len(samples)
    if policies - {"random"}:
        scores = [*score_images(classifier, [s.pixels for s in samples], slots=slots)]
    return [
        Attack(sample, run, policy, choose_target(policy, sample, logits, seed=seed))
        for run in runs
        for policy in run.parameters["targets"]
        for sample, logits in zip(samples, scores, strict=True)
    ]


def _judge(
    classifier: Classifier, outcomes: Sequence[Outcome], *, seed: int, slots: int
) -> Iterator[tuple[str, Record]]:
    """Complete the rows of finished attacks by what the PNG and the control are taken for."""
    attacked = [outcome for outcome in outcomes if outcome.row["attacked"]]
    files = [_through_png(to_pixels(torch.from_numpy(o.image))) for o in attacked]
    controls = [_control(outcome, seed=seed) for outcome in attacked]
    scores = iter(score_images(classifier, [*files, *controls], slots=slots))
    judged = [next(scores) for _ in files]
    for outcome, pixels, logits in zip(attacked, files, judged, strict=True):
        control = next(scores)
        row = {**outcome.row, **_verdict(outcome, logits), **_distances(outcome, pixels)}
        row["control_changed"] = int(control.argmax()) != outcome.attack.sample.label
        name = f"adversarial/{outcome.attack.target_policy}"
        yield outcome.attack.run.name, Record(row, {name: pixels})
    for outcome in outcomes:
        if not outcome.row["attacked"]:
            yield outcome.attack.run.name, Record(dict(outcome.row))


def _through_png(pixels: Pixels) -> Pixels:
    return from_png(png_bytes(pixels, compress_level=PNG_LEVEL))


def control_image(original: Tensor, altered: Tensor, *, generator: torch.Generator) -> Tensor:
    """Original plus Gaussian noise of the L2 norm of altered - original, (3, H, W), not clipped."""
    noise = torch.randn(original.shape, generator=generator)
    controlled: Tensor = original + (altered - original).norm() * noise / noise.norm()
    return controlled


def _control(outcome: Outcome, *, seed: int) -> Pixels:
    """The control of an outcome as an 8-bit image."""
    sample = outcome.attack.sample
    stream = generator(seed, sample.image_id, "control")
    altered = torch.from_numpy(outcome.image)
    return to_pixels(control_image(to_tensor(sample.pixels), altered, generator=stream))


def _verdict(outcome: Outcome, logits: Logits) -> dict[str, Any]:
    """What the PNG is taken for."""
    attack, probability = outcome.attack, confidences(logits)
    return {
        "success_png": int(logits.argmax()) == attack.target,
        "confidence_label_after": float(probability[attack.sample.label]),
        "confidence_target_after": float(probability[attack.target]),
        "margin": margin(logits, attack.target),
    }


def _distances(outcome: Outcome, pixels: Pixels) -> dict[str, Any]:
    """Norms of the perturbation as found, and what is left of it in the file."""
    original = to_tensor(outcome.attack.sample.pixels).numpy()
    filed = to_tensor(pixels).numpy()
    return perturbation_norms(original, outcome.image) | {
        "l0": changed_pixels(original, filed),
        "l2_png": perturbation_norms(original, filed)["l2"],
        "ssim": structural_similarity_index(original, filed),
    }
