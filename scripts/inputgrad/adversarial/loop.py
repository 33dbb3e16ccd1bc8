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

from inputgrad.adversarial import failures
from inputgrad.adversarial.criteria import Criterion
from inputgrad.adversarial.objectives import Objective
from inputgrad.adversarial.records import Attack, Counters, Result
from inputgrad.engine.gradients import ScoredGradient
from inputgrad.engine.rows import overwrite
from inputgrad.engine.slots import State, worth_doing
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

TRACED = 3  # scores a trace has: of the label, of the class followed, of the best other
OWN = "update."  # before the names of the update's tensors in the state of a row


class Update(Protocol):
    """How an attack moves its images; what it must remember of each is its own state.

    `rise` and `step` find in the state also the `deficit` (N,) that separates the score followed
    from fooling the model.
    """

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
        state |= failures.begun() | _untraced(item)
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
        scored = self.evaluated(state)
        prediction = scored.logits.argmax(dim=1)
        deficit = self.criterion.deficit(scored.logits, scored.score, state["class"])
        own["deficit"] = deficit
        state["iterations_ahead"].copy_(self._iterations_ahead(scored, deficit, own))
        first = active & (state["evaluations"] == 0)
        if worth_doing(first):
            _note_the_photograph(state, first, scored, prediction)
        early = state["iterations"] <= state["budget"] // 2
        climbed = self.criterion.sign * scored.score
        still = state["iterations_ahead"].isinf()
        failures.note(state, deficit, climbed, still=still, early=early, rows=active)
        if "trace" in state:
            _trace(state, scored.logits, rows=active)
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
            overwrite(state[name], new, moving)
        return done

    def evaluated(self, state: State) -> ScoredGradient:
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

    def _iterations_ahead(self, scored: ScoredGradient, deficit: Tensor, own: State) -> Tensor:
        """Iterations to the end if the score followed moved linearly and all others stayed.

        Infinite where the gradient is zero.
        """
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
                failure=None if bool(state["success"]) else failures.code(state),
            )
        image = state["image"].cpu().contiguous().numpy()
        return Result(image, prediction, counters, scores=_scores(item, state))

    def remaining(self, state: State) -> Tensor:
        """The linear guess at the image as it is, at most what is left of the budget."""
        return torch.minimum(state["iterations_ahead"], state["budget"] - state["iterations"])


def _untraced(attack: Attack) -> State:
    """An empty trace, where the run asks for one: a row every so many iterations, and the last."""
    chosen = attack.run.parameters
    if not chosen.trace:
        return {}
    rows = chosen.budget // chosen.trace + 1
    return {
        "trace": torch.full((rows, TRACED), torch.nan),
        "last": torch.full((TRACED,), torch.nan),
        "every": torch.tensor(int(chosen.trace)),
    }


def _trace(state: State, logits: Tensor, *, rows: Tensor) -> None:
    """Write down the scores of the present images of the given rows."""
    pair = torch.stack([state["label"], state["class"]], dim=1)
    rival = logits.scatter(1, pair, -torch.inf).amax(dim=1, keepdim=True)
    scores = torch.cat([logits.gather(1, pair), rival], dim=1)
    number = torch.arange(state["trace"].shape[1], device=logits.device)
    due = number == (state["iterations"] / state["every"])[:, None]  # whole numbers alone match
    state["trace"].copy_(
        torch.where((due & rows[:, None])[:, :, None], scores[:, None], state["trace"])
    )
    overwrite(state["last"], scores, rows)


def _scores(attack: Attack, state: State) -> dict[int, tuple[float, float | None, float]]:
    """The trace by iteration; untargeted, the class followed is the label."""
    if "trace" not in state:
        return {}
    found = {n * int(state["every"]): row for n, row in enumerate(state["trace"].tolist())}
    found[int(state["iterations"])] = state["last"].tolist()
    return {
        iteration: (label, None if attack.target is None else followed, rival)
        for iteration, (label, followed, rival) in sorted(found.items())
        if label == label  # not a row that was never written
    }


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
        overwrite(state[name], value, first)
