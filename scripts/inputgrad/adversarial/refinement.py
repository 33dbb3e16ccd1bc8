"""From an image that fools back toward its photograph, in float or on the lattice of 8-bit images.

Each stage is a procedure for the slot engine: rows of fixed shape that never look at one another.
m is the margin by which the model is fooled (the target's logit minus the highest other; untargeted
the highest other minus the label's), g its gradient at x, x_0 the photograph.

1. *Bisection* between x_0 and x, by forward passes.
2. *Boundary*: along a direction u that follows the gradient, by a share a that decays, at the
   distance e that fools by the linear model, plus what that model has lately been wrong by:

       u <- unit((1 - a) u + a g / |g|),  x <- clip(x_0 + e u, 0, 1),
       m + g.(e u - (x - x_0)) = k + c,   c <- max(0, c + (k - m) / 2)

   At a shortest perturbation u and g are parallel. Projections onto the linearised boundary alone
   (a = 1, c = 0: DeepFool and its successors) end short of the true one, whose kinks take away part
   of what g promises; c makes up for that.
3. *Lattice*: r = round(e u) levels of 255 in the place of e u, with the least e that fools by the
   same linear model. Of all r of one length that is the one with most of u in it, as small levels
   are spent where |u| is largest. So x_0 + r / 255 has the very bytes of a PNG.

What is kept is the shortest perturbation that a pass has seen to fool by `LEAD` logits at least, so
that the last bits of another batch shape do not undo it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from inputgrad.adversarial.criteria import Criterion
from inputgrad.adversarial.objectives import margin
from inputgrad.adversarial.records import Attack, Ended
from inputgrad.engine.gradients import l2_norms, unit
from inputgrad.engine.rows import overwrite
from inputgrad.engine.slots import State, Usage, run_slots
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

LEAD = 1e-3  # logits
HALVINGS = 8  # of the way between photograph and image
SCALINGS = 14  # halvings of the lattice's distance, within a factor of 4 on both sides of the last
REACH = 3.0  # factor by which the distance changes at most in one step
LATTICE_STEPS = 40  # at most, where no image of the lattice has fooled yet
FIRST_SHARE, LAST_SHARE = 0.5, 0.05  # of the gradient in the direction
CORRECTION = 0.5  # of the linear model's error


def refine(
    classifier: Classifier,
    criterion: Criterion,
    ended: Iterable[Ended],
    *,
    slots: int,
    usage: Usage | None = None,
) -> Iterator[Ended]:
    """The same attacks, all of one criterion, those that fooled after the stages they ask for.

    They ask by the parameters `refine` and `quantize`, where they have them.
    """
    for stage in (_Bisection, _Boundary, _Lattice):
        ended = _through(stage(classifier, criterion), ended, slots=slots, usage=usage)
    yield from ended


def _through(
    stage: _Stage, ended: Iterable[Ended], *, slots: int, usage: Usage | None
) -> Iterator[Ended]:
    """Those that a stage is for, after it; the others as they are."""
    aside: list[Ended] = []

    def wanted() -> Iterator[Ended]:
        for one in ended:
            if one.fooled and stage.concerns(one.attack):
                yield one
            else:
                aside.append(one)

    own = usage if stage.differentiates else None
    for _, one in run_slots(stage, wanted(), slots=slots, usage=own):
        yield one
    yield from aside


@dataclass(frozen=True)
class _Stage(ABC):
    """What the stages share: the state of a row, and how its margin is taken."""

    classifier: Classifier
    criterion: Criterion

    differentiates = True

    def concerns(self, attack: Attack) -> bool:
        """Whether an attack asks for the stage."""
        return bool(getattr(attack.run.parameters, "refine", 0))

    def start(self, item: Ended) -> State:
        image, photograph = torch.from_numpy(item.result.image), to_tensor(item.attack.image.pixels)
        length = l2_norms((image - photograph)[None])[0]
        state = {
            "image": image,
            "photograph": photograph,
            "best": image,
            "shortest": length,
            "class": torch.tensor(self.criterion.followed(item.attack)),
            "steps": torch.tensor(0),
            "most": torch.tensor(int(item.attack.run.parameters.refine)),
        }
        device = self.classifier.mean.device
        return {n: t.to(device) for n, t in (state | self.more(item, state)).items()}

    def more(self, item: Ended, state: State) -> State:
        """What else the stage remembers of a row."""
        del item, state
        return {}

    @abstractmethod
    def step(self, state: State, active: Tensor) -> Tensor:
        """Advance the active rows; those that are done."""

    def remaining(self, state: State) -> Tensor:
        """Steps that are left."""
        return (state["most"] - state["steps"]).float()

    def finish(self, item: Ended, state: State) -> Ended:
        """The shortest that fooled, and what it took."""
        counters = item.result.counters
        assert counters is not None, "what fooled was attacked"
        taken = int(state["steps"]) if self.differentiates else 0
        counted = replace(counters, gradient_evaluations=counters.gradient_evaluations + taken)
        image = state["best"].cpu().contiguous().numpy()
        return item._replace(result=replace(item.result, image=image, counters=counted))

    def _keep(self, state: State, active: Tensor, fooled: Tensor) -> None:
        """Remember the images that fool and are shorter than what is known."""
        length = l2_norms(state["image"] - state["photograph"])
        better = active & fooled & (length < state["shortest"])
        overwrite(state["best"], state["image"], better)
        overwrite(state["shortest"], length, better)

    def _scored(self, state: State) -> tuple[Tensor, Tensor]:
        """Margin (N,) and its gradient."""
        scored = margin(self.classifier, state["image"], state["class"])
        lead = _lead(scored.logits, state["class"], self.criterion.sign)
        return lead, self.criterion.sign * scored.gradient


class _Bisection(_Stage):
    """Halve the way between the photograph and the image, always keeping an end that fools."""

    differentiates = False

    def more(self, item: Ended, state: State) -> State:
        del item
        return {
            "far": state["image"],
            "low": torch.tensor(0.0),
            "high": torch.tensor(1.0),
            "most": torch.tensor(HALVINGS),
        }

    def step(self, state: State, active: Tensor) -> Tensor:
        middle = (state["low"] + state["high"]) / 2
        way = state["far"] - state["photograph"]
        image = state["photograph"] + middle.view(-1, 1, 1, 1) * way
        overwrite(state["image"], image, active)
        with torch.no_grad():
            logits = self.classifier(state["image"])
        fooled = _lead(logits, state["class"], self.criterion.sign) >= LEAD
        self._keep(state, active, fooled)
        overwrite(state["high"], middle, active & fooled)
        overwrite(state["low"], middle, active & ~fooled)
        state["steps"] += active
        return state["steps"] >= state["most"]


class _Guided(_Stage):
    """A stage whose direction follows the gradient, and whose distance a corrected linear model."""

    def guide(self, item: Ended, state: State) -> State:
        """What it remembers: the direction, and the correction in logits."""
        del item
        way = state["image"] - state["photograph"]
        return {"direction": unit(way[None])[0], "correction": torch.tensor(0.0)}

    def _turned(self, state: State, active: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Evaluate the images: gradient, next direction, and the gain g.r that is wanted of r."""
        lead, gradient = self._scored(state)
        self._keep(state, active, lead >= LEAD)
        first = state["steps"] == 0
        missing = 2 * LEAD - lead
        corrected = (state["correction"] + CORRECTION * missing).clamp(min=0)
        overwrite(state["correction"], torch.where(first, 0.0, corrected), active)
        share = _share(state).view(-1, 1, 1, 1)
        direction = unit((1 - share) * state["direction"] + share * unit(gradient))
        overwrite(state["direction"], direction, active)
        state["steps"] += active
        present = _dot(gradient, state["image"] - state["photograph"])
        return gradient, direction, present + missing + state["correction"]


class _Boundary(_Guided):
    """Linearised steps along the boundary."""

    def concerns(self, attack: Attack) -> bool:
        """On the lattice every step of the way back is one from 8-bit image to 8-bit image."""
        return super().concerns(attack) and not attack.run.parameters.quantize

    def more(self, item: Ended, state: State) -> State:
        return self.guide(item, state)

    def step(self, state: State, active: Tensor) -> Tensor:
        length = l2_norms(state["image"] - state["photograph"])
        gradient, direction, wanted = self._turned(state, active)
        gain = _dot(gradient, direction)
        distance = torch.where(gain > 0, wanted / gain.clamp(min=1e-30), length)
        distance = torch.minimum(torch.maximum(distance, length / REACH), length * REACH)
        moved = state["photograph"] + distance.float().view(-1, 1, 1, 1) * direction
        overwrite(state["image"], moved.clamp(0, 1), active)
        return state["steps"] >= state["most"]


class _Lattice(_Guided):
    """The same from one 8-bit image to the next; the first is the image rounded."""

    def concerns(self, attack: Attack) -> bool:
        return bool(getattr(attack.run.parameters, "quantize", False))

    def more(self, item: Ended, state: State) -> State:
        levels = (state["photograph"] * 255).round()
        rounded = (state["image"] * 255).round().clamp(0, 255)
        return self.guide(item, state) | {
            "levels": levels,
            "image": rounded / 255,
            "best": rounded / 255,
            "distance": 255 * state["shortest"].float(),
            "shortest": torch.tensor(torch.inf, dtype=torch.float64),
            "most": torch.tensor(max(1, int(item.attack.run.parameters.refine))),
        }

    def step(self, state: State, active: Tensor) -> Tensor:
        gradient, direction, wanted = self._turned(state, active)
        distance = self._distance(state, gradient, direction, wanted)
        image = (state["levels"] + _rounded(distance, direction, state["levels"])) / 255
        overwrite(state["distance"], distance, active)
        overwrite(state["image"], image, active)
        over = state["steps"] >= state["most"]
        known = state["shortest"].isfinite()
        return (known & over) | (state["steps"] >= state["most"] + LATTICE_STEPS)

    def _distance(
        self, state: State, gradient: Tensor, direction: Tensor, wanted: Tensor
    ) -> Tensor:
        """The least distance, in levels, whose lattice image has the gain by the linear model."""
        low, high = (state["distance"].log2() + side for side in (-2, 2))
        for _ in range(SCALINGS):
            middle = (low + high) / 2
            lattice = _rounded(middle.exp2(), direction, state["levels"])
            enough = _dot(gradient, lattice) / 255 >= wanted
            high = torch.where(enough, middle, high)
            low = torch.where(enough, low, middle)
        return high.exp2()

    def finish(self, item: Ended, state: State) -> Ended:
        """As the other stages; an attack without an image of the lattice that fools has failed."""
        found = super().finish(item, state)
        if state["shortest"].isfinite():
            return found
        assert found.result.counters is not None
        budget = int(item.attack.run.parameters.budget)
        failed = replace(found.result.counters, success=False, iterations=budget, failure="lattice")
        return found._replace(result=replace(found.result, counters=failed))


def _rounded(distance: Tensor, direction: Tensor, levels: Tensor) -> Tensor:
    """Whole levels nearest to distance * direction that keep the image in 0..255."""
    lattice = (distance.view(-1, 1, 1, 1) * direction).round()
    return torch.minimum(torch.maximum(lattice, -levels), 255 - levels)


def _share(state: State) -> Tensor:
    """Of the way to the nearest point, (N,): it decays with the steps."""
    done = (state["steps"] / state["most"]).clamp(max=1)
    return FIRST_SHARE + (LAST_SHARE - FIRST_SHARE) * done


def _lead(logits: Tensor, classes: Tensor, sign: int) -> Tensor:
    """By how many logits the model is fooled, (N,)."""
    rival = logits.scatter(1, classes[:, None], -torch.inf).amax(dim=1)
    return sign * (logits.gather(1, classes[:, None])[:, 0] - rival)


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """Inner product of the rows of (N, 3, H, W), float64 (N,), summed in one order."""
    return (one.permute(0, 2, 3, 1) * other.permute(0, 2, 3, 1)).flatten(1).double().sum(dim=1)
