"""A trained generator: the perturbation of any photograph in one pass, without a gradient of it.

    x' = clip(x + epsilon tanh(f(x) + u), 0, 1)

f a small convolutional network and u a pattern (`generator_network`) that have learnt on a few
other photographs to lead one frozen classifier to one class, that of the target policy `fixed`
(`trainings/generator`; Poursaeed et al. 2018, "Generative adversarial perturbations"; Baluja and
Fischer 2018 train such networks as well). An attack costs one forward pass of the generator; what
the training cost is in the table `attack_training`. The photographs that it is trained on are no
judges of it: they are scored and not attacked.

There is no discriminator, so this is no GAN; with one it would be AdvGAN (Xiao et al. 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from inputgrad.adversarial import failures
from inputgrad.adversarial.criteria import Criterion, criterion_of
from inputgrad.adversarial.generator_network import Generator, from_arrays
from inputgrad.adversarial.records import Attack, Counters, Result
from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import by_run
from inputgrad.engine.scoring import confidences
from inputgrad.engine.slots import State, Usage, map_slots
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier


class Parameters(Settings):
    """The bound, the network, and how it is trained."""

    training: list[str] = Field(
        ["bundled"],
        min_length=1,
        description="Photographs that it is trained on and never judged on: files, folders (with "
        "their subfolders), `bundled` for the 20 that the package foolbox ships, "
        "`bundled/<file>` for one of these. At least 8. They need no labels, and only their bytes "
        "count, so that photographs may come to the sample without a new training.",
    )
    epsilon: float = Field(
        10 / 255, gt=0, le=1, description="Radius of the ball in L∞, [0, 1] units."
    )
    steps: int = Field(
        2000, ge=1, le=1_000_000, description="Steps of the training, `batch` gradients each."
    )
    batch: int = Field(4, ge=1, le=1024, description="Photographs in a step of the training.")
    rate: float = Field(0.001, gt=0, le=1, description="Learning rate of Adam.")
    width: int = Field(32, ge=1, le=1024, description="Channels of the generator.")
    blocks: int = Field(
        3, ge=0, le=8, description="Its residual blocks, each of which looks twice as far."
    )

    @property
    def budget(self) -> int:
        """One pass, always."""
        return 1


@dataclass(frozen=True)
class _Passes:
    """Passes of one generator: the photographs, its images, and what the network sees in both."""

    classifier: Classifier
    generator: Generator
    criterion: Criterion
    epsilon: float

    def load(self, item: Attack) -> State:
        """The photograph, and the class that the criterion follows."""
        followed = torch.tensor(self.criterion.followed(item))
        device = self.classifier.mean.device
        return {"image": to_tensor(item.image.pixels).to(device), "class": followed.to(device)}

    def compute(self, state: State) -> State:
        """The images (N, 3, H, W), the logits before and after, and what `failures` remembers."""
        with torch.no_grad():
            images = self.generator.attacked(state["image"], epsilon=self.epsilon)
            before, after = self.classifier(state["image"]), self.classifier(images)
        count, device = len(images), images.device
        progress = {n: t.to(device).repeat(count) for n, t in failures.begun().items()}
        rows = torch.ones(count, dtype=torch.bool, device=device)
        for logits, early in ((before, rows), (after, ~rows)):
            score = logits.gather(1, state["class"][:, None])[:, 0]
            deficit = self.criterion.deficit(logits, score, state["class"])
            climbed = self.criterion.sign * score
            failures.note(progress, deficit, climbed, still=~rows, early=early, rows=rows)
        success = self.criterion.fulfilled(after.argmax(dim=1), state["class"])
        return progress | {"image": images, "before": before, "success": success}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack; `usage` counts gradients, of which there are none.

    An attack has among its inputs, under the name of its run, the arrays of the training.
    """
    del usage
    for run, pairs in by_run(attacks):
        chosen = run.parameters
        for targeted in (True, False):
            group = [(n, one) for n, one in pairs if (one.target is not None) == targeted]
            if not group:
                continue
            network = from_arrays(
                group[0][1].inputs[run.name],
                side=classifier.input_size,
                width=chosen.width,
                blocks=chosen.blocks,
                device=classifier.mean.device,
            )
            passes = _Passes(classifier, network, criterion_of(group[0][1]), chosen.epsilon)
            states = map_slots(passes.load, passes.compute, [a for _, a in group], slots=slots)
            for (position, one), state in zip(group, states, strict=True):
                yield position, _result(one, state)


def _result(attack: Attack, state: State) -> Result:
    """The end of an attack; the photograph where the model was wrong about it."""
    before = state["before"].cpu().numpy()
    if (prediction := int(before.argmax())) != attack.image.label:
        return Result(to_tensor(attack.image.pixels).numpy(), prediction, None)
    probability, success = confidences(before), bool(state["success"])
    counters = Counters(
        iterations=1,
        success=success,
        gradient_evaluations=0,
        predicted_iterations=None,
        zero_gradients=0,
        confidence_label_before=float(probability[attack.image.label]),
        confidence_target_before=(
            None if attack.target is None else float(probability[attack.target])
        ),
        failure=None if success else failures.code(state),
    )
    return Result(state["image"].cpu().contiguous().numpy(), prediction, counters)
