"""The loop that iterative attacks share, as a procedure for the slot engine.

    x <- step(x, s * dJ_c / dx)

with an *objective* J, and a *criterion* that names the class c and the sign s: 1 and the target,
or -1 and the label. Every iteration evaluates the image as it is. If the criterion is fulfilled,
or the budget is spent, or the model was wrong about the photograph to begin with, the attack is
done; else the *update* moves the image. So the image after the last move is tested as well, and
`iterations` counts moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from inputgrad.adversarial.criteria import Criterion
from inputgrad.adversarial.objectives import Objective
from inputgrad.adversarial.records import Attack, Counters, Result
from inputgrad.engine.gradients import ScoredGradient
from inputgrad.engine.slots import State, worth_doing
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

OWN = "update."  # before the names of the update's tensors in the state of a row


class Update(Protocol):
    """How an attack moves its images; what it must remember of each is its own state."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """State for a photograph (3, H, W): tensors of fixed shape, without a slot dimension."""

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """By how much one step raises the objective to first order, (N,); 0 where it cannot."""

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """Next images (N, 3, H, W) in [0, 1] units, and those tensors of the state that change.

        `gradients` is what to climb. Nothing is changed in place, and no row looks at another.
        """


@dataclass(frozen=True)
class Loop:
    """Procedure: one gradient evaluation of every slot a step; parameters may differ by slot.

    With `autocast`, scores and gradients are computed in that type (see `bfloat16`).
    """

    classifier: Classifier
    update: Update
    objective: Objective
    criterion: Criterion
    autocast: torch.dtype | None = None

    def start(self, item: Attack) -> State:
        """The photograph, its classes, the budget, counters at zero, and the update's state."""
        image = to_tensor(item.image.pixels)
        state = {
            "image": image,
            "label": torch.tensor(item.image.label),
            "class": torch.tensor(self.criterion.followed(item)),
            "budget": torch.tensor(int(item.run.parameters.budget)),
            "iterations": torch.tensor(0),
            "evaluations": torch.tensor(0),
            "zero_gradients": torch.tensor(0),
            "prediction": torch.tensor(-1),  # of the photograph, set by the first evaluation
            "success": torch.tensor(False),
            "linear_guess": torch.tensor(0.0),  # of the iterations, at the photograph
            "iterations_ahead": torch.tensor(0.0),  # the same guess at the image as it is
            "confidence_label": torch.tensor(0.0),
            "confidence_class": torch.tensor(0.0),
        }
        own = self.update.start(item, image)
        state |= {OWN + name: tensor for name, tensor in own.items()}
        device = self.classifier.mean.device
        return {name: tensor.to(device) for name, tensor in state.items()}

    def step(self, state: State, active: Tensor) -> Tensor:
        """Evaluate, decide who is done, move the others."""
        return self.advance(state, active)

    def advance(self, state: State, active: Tensor, *, doubted: Tensor | None = None) -> Tensor:
        """A step; rows `doubted` (N,) bool do not count as fooled, whatever is predicted."""
        own = {n.removeprefix(OWN): tensor for n, tensor in state.items() if n.startswith(OWN)}
        scored = self._evaluated(state)
        prediction = scored.logits.argmax(dim=1)
        state["iterations_ahead"].copy_(self._iterations_ahead(scored, state["class"], own))
        first = active & (state["evaluations"] == 0)
        if worth_doing(first):
            _note_the_photograph(state, first, scored, prediction)
        success = active & self.criterion.fulfilled(prediction, state["class"])
        if doubted is not None:
            success = success & ~doubted
        wrong = state["prediction"] != state["label"]
        done = success | wrong | (state["iterations"] >= state["budget"])
        moving = active & ~done
        state["success"] |= success
        state["evaluations"] += active
        state["zero_gradients"] += moving & scored.zero
        state["iterations"] += moving
        moved, changed = self.update.step(state["image"], scored.gradient, own)
        for name, new in {"image": moved, **{OWN + n: t for n, t in changed.items()}}.items():
            _overwrite(state[name], new, moving)
        return done

    def _evaluated(self, state: State) -> ScoredGradient:
        """Logits, scores, and the gradient in the direction to climb, in float32."""
        if self.autocast is None:
            scored = self.objective(self.classifier, state["image"], state["class"])
        else:
            with torch.autocast(self.classifier.mean.device.type, dtype=self.autocast):
                scored = self.objective(self.classifier, state["image"], state["class"])
            scored = scored._replace(logits=scored.logits.float(), score=scored.score.float())
        if self.criterion.sign < 0:
            scored = scored._replace(gradient=-scored.gradient)
        return scored

    def _iterations_ahead(self, scored: ScoredGradient, classes: Tensor, own: State) -> Tensor:
        """Iterations to the end if the score followed moved linearly and all others stayed.

        Infinite where the gradient is zero.
        """
        deficit = self.criterion.deficit(scored.logits, scored.score, classes)
        rise = self.update.rise(scored.gradient, own)
        return torch.where(rise > 0, deficit / rise, torch.inf).float()

    def finish(self, item: Attack, state: State) -> Result:
        """The image, and the counters unless the model was wrong to begin with."""
        counters = None
        if (prediction := int(state["prediction"])) == item.image.label:
            guess = state["linear_guess"]
            counters = Counters(
                iterations=int(state["iterations"]),
                success=bool(state["success"]),
                gradient_evaluations=int(state["evaluations"]),
                predicted_iterations=float(guess) if guess.isfinite() else None,
                zero_gradients=int(state["zero_gradients"]),
                confidence_label_before=float(state["confidence_label"]),
                confidence_target_before=(
                    None if item.target is None else float(state["confidence_class"])
                ),
            )
        return Result(state["image"].cpu().contiguous().numpy(), prediction, counters)

    def remaining(self, state: State) -> Tensor:
        """The linear guess at the image as it is, at most what is left of the budget."""
        return torch.minimum(state["iterations_ahead"], state["budget"] - state["iterations"])


def _note_the_photograph(
    state: State, first: Tensor, scored: ScoredGradient, prediction: Tensor
) -> None:
    probability = scored.logits.double().softmax(dim=1).float()
    for name, value in (
        ("prediction", prediction),
        ("linear_guess", state["iterations_ahead"]),
        ("confidence_label", probability.gather(1, state["label"][:, None])[:, 0]),
        ("confidence_class", probability.gather(1, state["class"][:, None])[:, 0]),
    ):
        _overwrite(state[name], value, first)


def _overwrite(tensor: Tensor, new: Tensor, rows: Tensor) -> None:
    """Put `new` into the given rows, (N,) bool."""
    torch.where(rows.view(-1, *[1] * (tensor.dim() - 1)), new, tensor, out=tensor)
