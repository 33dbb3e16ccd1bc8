"""The loop that every iterative attack shares, as a procedure for the slot engine.

A step scores the image as it stands. If the target is predicted, or the budget is spent, or the
model was wrong about the photograph to begin with, the item is done; else the method moves the
image. So the image after the last step is tested as well, and `iterations` counts moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad import registry
from inputgrad.engine.gradients import ScoredGradient, l2_norms, score_and_gradient
from inputgrad.engine.records import LabelledImage, Run
from inputgrad.engine.slots import State, worth_doing
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier


@dataclass(frozen=True)
class Attack:
    """One photograph, one run, one target."""

    sample: LabelledImage
    run: Run
    target_policy: str
    target: int


@dataclass(frozen=True)
class Outcome:
    """Where an attack ended. `image` is (3, H, W) float32; the row still lacks its distances."""

    attack: Attack
    image: NDArray[np.float32]
    row: Mapping[str, Any]


class Ascent:
    """Procedure: one gradient evaluation of every slot a step; eta and budget differ by slot.

    With `autocast` scores and gradients are computed in that type: a coarse `search` may do so.
    """

    def __init__(
        self, classifier: Classifier, method: str, *, autocast: torch.dtype | None = None
    ) -> None:
        self._classifier = classifier
        self._autocast = autocast
        self._update = registry.load("adversarial", method).update
        self._device = classifier.mean.device

    def start(self, item: Attack) -> State:
        """The photograph, its classes, the run's settings and counters at zero."""
        state = {
            "image": to_tensor(item.sample.pixels),
            "label": torch.tensor(item.sample.label),
            "target": torch.tensor(item.target),
            "eta": torch.tensor(float(item.run.parameters["eta"])),
            "budget": torch.tensor(int(item.run.parameters["budget"])),
            "iterations": torch.tensor(0),
            "evaluations": torch.tensor(0),
            "zero_gradients": torch.tensor(0),
            "prediction": torch.tensor(-1),  # of the photograph, set by the first step
            "success": torch.tensor(False),
            "refuted": torch.tensor(-1),  # iteration at which `search` refuted a claimed success
            "linear_guess": torch.tensor(0.0),  # at the photograph
            "steps_ahead": torch.tensor(0.0),  # the same guess where the image stands
            "confidence_label": torch.tensor(0.0),
            "confidence_target": torch.tensor(0.0),
        }
        return {name: tensor.to(self._device) for name, tensor in state.items()}

    def step(self, state: State, active: Tensor) -> Tensor:
        """Score, decide who is done, move the others."""
        scored = self._scored(state)
        prediction = scored.logits.argmax(dim=1)
        state["steps_ahead"].copy_(_linear_guess(scored, state["eta"]))
        first = active & (state["evaluations"] == 0)
        if worth_doing(first):
            self._note_the_photograph(state, first, scored, prediction)
        wrong = state["prediction"] != state["label"]
        refuted = state["iterations"] == state["refuted"]
        success = active & (prediction == state["target"]) & ~refuted
        done = success | wrong | (state["iterations"] >= state["budget"])
        moving = active & ~done
        state["success"] |= success
        state["evaluations"] += active
        state["zero_gradients"] += moving & scored.zero
        state["iterations"] += moving
        moved = self._update(state["image"], scored.gradient, state["eta"])
        torch.where(moving.view(-1, 1, 1, 1), moved, state["image"], out=state["image"])
        return done

    def _scored(self, state: State) -> ScoredGradient:
        if self._autocast is None:
            return score_and_gradient(self._classifier, state["image"], state["target"])
        with torch.autocast(self._device.type, dtype=self._autocast):
            scored = score_and_gradient(self._classifier, state["image"], state["target"])
        return scored._replace(logits=scored.logits.float(), score=scored.score.float())

    def _note_the_photograph(
        self, state: State, first: Tensor, scored: ScoredGradient, prediction: Tensor
    ) -> None:
        probability = scored.logits.double().softmax(dim=1).float()
        for name, value in (
            ("prediction", prediction),
            ("linear_guess", state["steps_ahead"]),
            ("confidence_label", probability.gather(1, state["label"][:, None])[:, 0]),
            ("confidence_target", probability.gather(1, state["target"][:, None])[:, 0]),
        ):
            state[name].copy_(torch.where(first, value, state[name]))

    def finish(self, item: Attack, state: State) -> Outcome:
        """The counters as a row; measures are missing where the model was wrong to begin with."""
        row: dict[str, Any] = {
            "image_id": item.sample.image_id,
            "run": item.run.name,
            "target_policy": item.target_policy,
            "method": item.run.method,
            "eta": float(item.run.parameters["eta"]),
            "budget": int(item.run.parameters["budget"]),
            "label": item.sample.label,
            "prediction": int(state["prediction"]),
            "attacked": int(state["prediction"]) == item.sample.label,
            "target": item.target,
        }
        if row["attacked"]:
            success, guess = bool(state["success"]), state["linear_guess"]
            row |= {
                "iterations": int(state["iterations"]),
                "censored": not success,
                "success": success,
                "gradient_evaluations": int(state["evaluations"]),
                "predicted_iterations": float(guess) if guess.isfinite() else None,
                "zero_gradient": int(state["zero_gradients"]),
                "confidence_label_before": float(state["confidence_label"]),
                "confidence_target_before": float(state["confidence_target"]),
            }
        return Outcome(item, state["image"].cpu().contiguous().numpy(), row)

    def remaining(self, state: State) -> Tensor:
        """The linear guess where the image stands, at most what is left of the budget."""
        return torch.minimum(state["steps_ahead"], state["budget"] - state["iterations"])


def _linear_guess(scored: ScoredGradient, eta: Tensor) -> Tensor:
    """Steps until the target leads if its score rose linearly and the others stood still.

    Infinite where the gradient is zero.
    """
    deficit = scored.logits.amax(dim=1) - scored.score
    slope = l2_norms(scored.gradient)
    return torch.where(slope > 0, deficit / (eta * slope), torch.inf).float()
