"""Attacks that foolbox runs (Rauber et al. 2020), in padded batches of the constant shape.

Here an image's result must not depend on its neighbours, its place or the global generator.
foolbox's attacks work row by row, but for two things, which are taken from them:

* some put random numbers, drawn for the whole batch, in the place of a zero gradient. They never
  see one: the gradient of such a row is Gaussian noise from the photograph's own generator;
* the global generator that they draw from is put back afterwards as it was.

So an attack that uses other random numbers (a random start) cannot be run here, nor one whose end
hangs on the whole batch. One that stops moving a row that is fooled, and ends with the last row, is
counted row by row: passes after a row's first fooling are not the row's. Images are clipped
to [0, 1] once more at the end, since foolbox adds perturbations after clipping, and judged by one
more forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from foolbox.attacks.base import MinimizationAttack
from foolbox.criteria import Misclassification, TargetedMisclassification
from foolbox.models.pytorch import PyTorchModel
from torch import Tensor, nn

from inputgrad.adversarial import failures
from inputgrad.adversarial.criteria import Criterion, criterion_of
from inputgrad.adversarial.records import Attack, Counters, Result
from inputgrad.engine.scoring import Logits, confidences, score_images
from inputgrad.engine.slots import State, Usage, map_slots
from inputgrad.hashing import stable_integer
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier


@dataclass(frozen=True)
class Foolbox:
    """An attack of foolbox, and how its passes are counted.

    Attributes:
        attack: with its parameters.
        looks: forward passes that it makes where no row fools.
        iteration_of: from the number of a forward pass, 0 for the first, to the iterations before.
        ends_when_fooled: a row that fools the model moves no more.
        zeros_where_failed: where nothing fooled, the attack gives back a black image.
    """

    attack: MinimizationAttack
    looks: int
    iteration_of: Callable[[int], int] = int
    ends_when_fooled: bool = False
    zeros_where_failed: bool = False


Build = Callable[[Any], Foolbox]


def run_foolbox(
    classifier: Classifier,
    attacks: Sequence[Attack],
    build: Build,
    *,
    slots: int,
    usage: Usage | None = None,
) -> Iterator[tuple[int, Result]]:
    """(position in `attacks`, result), those that are not attacked first.

    Args:
        classifier: the network under attack.
        attacks: the photographs.
        build: from a run's parameters to foolbox's attack.
        slots: rows of the constant batch, >= 1.
        usage: filled in with the slot-steps that computed a gradient.

    The column `forward_evaluations` is for the attack's module to declare.
    """
    usage = usage if usage is not None else Usage()
    before = score_images(classifier, (a.image.pixels for a in attacks), slots=slots)
    groups: dict[tuple[str, bool], list[int]] = {}
    for position, (attack, logits) in enumerate(zip(attacks, before, strict=True)):
        if (prediction := int(logits.argmax())) == attack.image.label:
            groups.setdefault((attack.run.name, attack.target is None), []).append(position)
        else:
            yield position, Result(to_tensor(attack.image.pixels).numpy(), prediction, None)
    for positions in groups.values():
        group = [attacks[position] for position in positions]
        parameters = group[0].run.parameters
        batches = _Batches(classifier, build(parameters), criterion_of(group[0]), usage)
        states = map_slots(batches.load, batches.compute, group, slots=slots)
        for position, state in zip(positions, states, strict=True):
            usage.live += int(state["gradients"])
            iteration_of = batches.foolbox.iteration_of
            yield position, _result(attacks[position], before[position], state, iteration_of)


def _result(
    attack: Attack, before: Logits, state: State, iteration_of: Callable[[int], int]
) -> Result:
    """The end of an attack from its row of a batch, and the logits (1000,) of the photograph."""
    probability, gradients = confidences(before), int(state["gradients"])
    success, first = bool(state["success"]), int(state["first"])
    counters = Counters(
        iterations=iteration_of(first) if success and first >= 0 else attack.run.parameters.budget,
        success=success,
        gradient_evaluations=gradients,
        predicted_iterations=None,
        zero_gradients=int(state["zero"]),
        confidence_label_before=float(probability[attack.image.label]),
        confidence_target_before=(
            None if attack.target is None else float(probability[attack.target])
        ),
        failure=None if success else failures.code(state),
    )
    image = state["image"].cpu().contiguous().numpy()
    own = {"forward_evaluations": int(state["forwards"])}
    return Result(image, attack.image.label, counters, own)


@dataclass(frozen=True)
class _Batches:
    """Batches of one attack under one criterion."""

    classifier: Classifier
    foolbox: Foolbox
    criterion: Criterion
    usage: Usage

    def load(self, item: Attack) -> State:
        """The photograph, the class that the criterion follows, the seed of its noise."""
        seed = stable_integer(item.seed, item.image.image_id, "foolbox")
        state = {
            "image": to_tensor(item.image.pixels),
            "class": torch.tensor(self.criterion.followed(item)),
            "seed": torch.tensor(seed),
        }
        return {name: tensor.to(self.classifier.mean.device) for name, tensor in state.items()}

    def compute(self, state: State) -> State:
        """Run the attack on a batch; the ends, whether they fool, and what was counted."""
        device, classes = self.classifier.mean.device, state["class"]
        watched = _Watched(
            self.classifier,
            self.criterion,
            classes,
            state["seed"].tolist(),
            ends=self.foolbox.ends_when_fooled,
            half=self.foolbox.looks // 2,
        ).eval()
        model = PyTorchModel(watched, bounds=(0, 1), device=device)
        wanted = TargetedMisclassification if self.criterion.sign > 0 else Misclassification
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(0)
            images = self.foolbox.attack.run(model, state["image"], wanted(classes)).clamp(0, 1)
        if self.foolbox.zeros_where_failed:
            black = (images == 0).all(dim=(1, 2, 3), keepdim=True)
            images = torch.where(black, state["image"], images)
        with torch.no_grad():
            prediction = self.classifier(images).argmax(dim=1)
        self.usage.steps += watched.passes
        self.usage.executed += watched.passes * len(classes)
        return {
            "image": images,
            "success": self.criterion.fulfilled(prediction, classes),
            "first": watched.first,
            "zero": watched.zero,
            "forwards": watched.forwards,
            "gradients": watched.gradients,
        } | watched.progress


class _Watched(nn.Module):
    """A classifier that counts its passes and never returns a gradient of zeros.

    progress: what `failures` remembers of each row; `half`: the last look of the first half.
    passes: backward passes of the whole batch.
    forwards, gradients: (N,), passes of each row; with `ends` none after its first fooling.
    first: (N,), forward passes before the first that fooled the model; -1 where none did.
    zero: (N,), gradients that were zero, or so small that their L2 norm in float32 is.
    """

    def __init__(
        self,
        classifier: Classifier,
        criterion: Criterion,
        classes: Tensor,
        seeds: list[int],
        *,
        ends: bool,
        half: int,
    ) -> None:
        super().__init__()
        self._classifier, self._criterion, self._classes = classifier, criterion, classes
        self._streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._ends, self._half, self._looks, self.passes = ends, half, 0, 0
        self.forwards, self.gradients, self.zero = (torch.zeros_like(classes) for _ in range(3))
        self.first = torch.full_like(classes, -1)
        count, device = len(classes), classes.device
        self.progress = {n: t.to(device).repeat(count) for n, t in failures.begun().items()}

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, 1000)."""
        if images.requires_grad:
            images.register_hook(self._gradient)  # type: ignore[no-untyped-call]
        logits: Tensor = self._classifier(images)
        fooled = self._criterion.fulfilled(logits.detach().argmax(dim=1), self._classes)
        self.forwards = self.forwards + self._open(self.first < 0)
        self.first = torch.where(fooled & (self.first < 0), self._looks, self.first)
        self._note(logits.detach())
        self._looks += 1
        return logits

    def _note(self, logits: Tensor) -> None:
        """How near the rows are to fooling the model."""
        score = logits.gather(1, self._classes[:, None])[:, 0]
        rows = torch.ones_like(self._classes, dtype=torch.bool)
        failures.note(
            self.progress,
            self._criterion.deficit(logits, score, self._classes),
            self._criterion.sign * score,
            still=~rows,  # a gradient of zeros is noted when it comes
            early=rows & (self._looks <= self._half),
            rows=rows,
        )

    def _open(self, unfooled: Tensor) -> Tensor:
        """Rows whose pass counts, (N,) bool: all of them, with `ends` those not fooled before."""
        return unfooled | torch.tensor(not self._ends, device=unfooled.device)

    def _gradient(self, gradient: Tensor) -> Tensor:
        """The gradient with noise in the place of its rows of zeros."""
        self.passes += 1
        counted = self._open((self.first < 0) | (self.first == self._looks - 1))
        zero = torch.linalg.vector_norm(gradient.flatten(1), dim=1) == 0  # as foolbox asks
        self.gradients = self.gradients + counted
        self.zero = self.zero + (zero & counted)
        self.progress[failures.PREFIX + "still"] += zero
        noisy = gradient.clone()
        for row in zero.nonzero()[:, 0].tolist():
            noise = torch.randn(gradient.shape[1:], generator=self._streams[row])
            noisy[row] = noise.to(gradient.device)
        return noisy
