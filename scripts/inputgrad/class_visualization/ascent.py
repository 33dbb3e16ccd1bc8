"""The ascent as a procedure for the slot engine; every setting may differ from slot to slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.class_visualization.transforms import blur, gaussian_kernel, shift
from inputgrad.engine.gradients import max_abs, score_and_gradient, unit
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Pixels, Run
from inputgrad.engine.slots import State, worth_doing
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier


@dataclass(frozen=True)
class Start:
    """Where an ascent starts: `name` is 'noise' or an image_id, `pixels` the photograph."""

    name: str
    pixels: Pixels | None = None


@dataclass(frozen=True)
class Visualization:
    """One class under one run."""

    class_index: int
    run: Run
    start: Start
    seed: int

    @property
    def moments(self) -> list[int]:
        """Iterations that are kept, ascending, the last one included."""
        last = int(self.run.parameters["iterations"])
        return sorted({m for m in self.run.parameters["snapshots"] if m < last} | {last})


@dataclass(frozen=True)
class Ascended:
    """Result: normalised images (K, 3, H, W) at `moments`, and the last saliency map (H, W)."""

    item: Visualization
    images: NDArray[np.float32]
    saliency: NDArray[np.float32]


class ClassAscent:
    """Procedure: one gradient step of every slot a step."""

    def __init__(self, classifier: Classifier, items: Sequence[Visualization]) -> None:
        self._classifier = classifier
        self._device = classifier.mean.device
        self._longest = max(int(item.run.parameters["iterations"]) for item in items)
        self._kept = max(len(item.moments) for item in items)
        sigmas = sorted({float(item.run.parameters["blur_sigma"]) for item in items} - {0.0})
        self._kernels = {sigma: gaussian_kernel(sigma) for sigma in sigmas}
        black, white = (torch.full((1, 3, 1, 1), v, device=self._device) for v in (0.0, 1.0))
        self._low, self._high = classifier.normalize(black), classifier.normalize(white)

    def start(self, item: Visualization) -> State:
        """The start, its shifts for all steps, the settings, and room for the kept images."""
        size, p = self._classifier.input_size, item.run.parameters
        image = self._first_image(item)
        moments = [*item.moments, *[-1] * (self._kept - len(item.moments))]
        state = {
            "image": image,
            "saliency": torch.zeros(size, size),  # from the last step, shifted as the image was
            "kept": torch.zeros(self._kept + 1, 3, size, size),  # the last row is never read
            "moments": torch.tensor(moments),
            "shifts": self._shifts(item),
            "class": torch.tensor(item.class_index),
            "iteration": torch.tensor(0),
            "iterations": torch.tensor(int(p["iterations"])),
            "eta": torch.tensor(float(p["eta"])),
            "lambda": torch.tensor(float(p["lambda"])),
            "normalize": torch.tensor(bool(p["normalize_gradient"])),
            "blur_sigma": torch.tensor(float(p["blur_sigma"])),
            "blur_every": torch.tensor(int(p["blur_every"])),
        }
        if moments[0] == 0:
            state["kept"][0] = image
        return {name: tensor.to(self._device) for name, tensor in state.items()}

    def _first_image(self, item: Visualization) -> Tensor:
        if item.start.pixels is not None:
            pixels = to_tensor(item.start.pixels).to(self._device)
            return self._classifier.normalize(pixels[None])[0]
        size = self._classifier.input_size
        noise = generator(item.seed, item.class_index, "class noise")
        return torch.randn(3, size, size, generator=noise)

    def _shifts(self, item: Visualization) -> Tensor:
        largest = int(item.run.parameters["shift"])
        stream = generator(item.seed, item.class_index, "class shifts")
        drawn = torch.randint(-largest, largest + 1, (self._longest, 2), generator=stream)
        return drawn.to(torch.int32)

    def step(self, state: State, active: Tensor) -> Tensor:
        """Shift, one gradient step, shift back, clamp, blur where due, keep where due."""
        rows = torch.arange(len(active), device=active.device)
        turn = state["iteration"].clamp(max=self._longest - 1)
        offsets = state["shifts"][rows, turn]
        shifted = shift(state["image"], offsets)
        scored = score_and_gradient(self._classifier, shifted, state["class"], space="normalized")
        gradient = scored.gradient - 2 * state["lambda"].view(-1, 1, 1, 1) * shifted
        normalize = state["normalize"].view(-1, 1, 1, 1)
        gradient = torch.where(normalize, unit(gradient), gradient)
        moved = shift(shifted + state["eta"].view(-1, 1, 1, 1) * gradient, -offsets)
        moved = self._blurred(torch.clamp(moved, self._low, self._high), state)
        torch.where(active.view(-1, 1, 1, 1), moved, state["image"], out=state["image"])
        state["iteration"] += active
        done = state["iteration"] >= state["iterations"]
        if worth_doing(last := active & done):
            saliency = max_abs(scored.gradient)
            torch.where(last.view(-1, 1, 1), saliency, state["saliency"], out=state["saliency"])
        self._keep(state, rows)
        return done

    def _blurred(self, images: Tensor, state: State) -> Tensor:
        due = (state["iteration"] % state["blur_every"]) == 0
        for sigma, kernel in self._kernels.items():
            rows = due & (state["blur_sigma"] == sigma)
            if worth_doing(rows):
                images = torch.where(rows.view(-1, 1, 1, 1), blur(images, kernel), images)
        return images

    def _keep(self, state: State, rows: Tensor) -> None:
        """Write the image to its place if this iteration is kept, else to the unread row."""
        match = state["moments"] == state["iteration"][:, None]
        places = torch.arange(self._kept, device=match.device)
        place = torch.where(match, places, self._kept).amin(dim=1)
        state["kept"][rows, place] = state["image"]

    def finish(self, item: Visualization, state: State) -> Ascended:
        """The kept images and the last map, shifted back."""
        images = state["kept"][: len(item.moments)].cpu().numpy()
        last = state["shifts"][int(state["iterations"]) - 1]
        saliency = shift(state["saliency"][None, None], -last[None])[0, 0]
        return Ascended(item, images, saliency.cpu().numpy())

    def remaining(self, state: State) -> Tensor:
        """Exactly the steps that are left."""
        return state["iterations"] - state["iteration"]
