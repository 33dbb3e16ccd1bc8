"""The network of the attack `generator`: from photographs to perturbations of bounded size.

    G(x) = epsilon tanh(f(x) + PATTERN u),  x' = clip(x + G(x), 0, 1)

f cuts the photograph into squares of `PATCH` pixels, whose values become channels, looks at them
through 3 x 3 convolutions with residual blocks (He et al. 2016), and lays the channels out as
pixels again; u is a pattern that is the same for all photographs. Poursaeed et al. 2018 (section
3) take the residual generator of Johnson et al. 2016, for universal perturbations from a fixed
image of noise, and scale its output to the norm. Deviations: a smaller network, for training on a
few photographs and two cores, and the universal part as it is, since it learns in fewer steps than
one that passes through convolutions; no normalisation over the batch, so a row sees no other and
nothing has to be remembered beside the weights; tanh instead of scaling by the largest value, so
that every pixel has a bound of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

PATCH = 4  # pixels; 16 times fewer places to look at, with all that is in them
CENTRE = 0.5  # what photographs are centred at
LAST_GAIN = 0.1  # of the last layer's first weights: training begins with faint perturbations
PATTERN = 10.0  # scale of u, whose steps of Adam are longer by as much
WEIGHT = "weight."  # before the names of the arrays that hold the weights


class Generator(nn.Module):
    """f and u of the module's text, for images of `side` pixels."""

    def __init__(self, *, side: int, width: int, blocks: int) -> None:
        super().__init__()
        colours, places = 3 * PATCH**2, -(-side // PATCH)
        self.first = nn.Conv2d(colours, width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(width, dilation=2**n) for n in range(blocks))
        self.last = nn.Conv2d(width, colours, 3, padding=1)
        self.pattern = nn.Parameter(torch.zeros(1, colours, places, places))

    def forward(self, images: Tensor) -> Tensor:
        """Perturbations in [-1, 1] of images (N, 3, side, side) in [0, 1].

        The sides are filled up to multiples of `PATCH` with the last pixels. The tanh comes before
        these are cut off again, since it passes other code for the last few elements of a tensor
        that fill no vector of the processor (see `engine/slots.py`).
        """
        side = images.shape[-1]
        missing = -side % PATCH
        filled = functional.pad(images - CENTRE, (0, missing, 0, missing), mode="replicate")
        seen = functional.relu(self.first(functional.pixel_unshuffle(filled, PATCH)))
        for block in self.blocks:
            seen = block(seen)
        values = torch.tanh(self.last(functional.relu(seen)) + PATTERN * self.pattern)
        found: Tensor = functional.pixel_shuffle(values, PATCH)[:, :, :side, :side]
        return found

    def attacked(self, images: Tensor, *, epsilon: float) -> Tensor:
        """Images (N, 3, H, W) with their perturbations, inside the ball and [0, 1]."""
        perturbations: Tensor = self(images)
        return (images + epsilon * perturbations).clamp(0, 1)


class Block(nn.Module):
    """x + g(x), the first of two convolutions looking `dilation` places far."""

    def __init__(self, width: int, *, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, seen: Tensor) -> Tensor:
        """The same shape, (N, width, h, w)."""
        changed: Tensor = self.second(functional.relu(self.first(seen)))
        return seen + changed


def untrained(
    *, side: int, width: int, blocks: int, random: torch.Generator, device: torch.device
) -> Generator:
    """A generator with weights drawn from `random`, after He et al. 2015; biases and u are 0."""
    generator = _empty(side=side, width=width, blocks=blocks).to_empty(device="cpu")
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith("weight"):
                deviation = (2 / parameter[0].numel()) ** 0.5
                parameter.normal_(0, deviation, generator=random)
            else:
                parameter.zero_()
        generator.last.weight.mul_(LAST_GAIN)
    return generator.to(device).to(memory_format=torch.channels_last)


def to_arrays(generator: Generator) -> dict[str, NDArray[Any]]:
    """The weights by name, float32."""
    found = generator.state_dict().items()
    return {WEIGHT + name: tensor.cpu().contiguous().numpy() for name, tensor in found}


def from_arrays(
    arrays: Mapping[str, NDArray[Any]], *, side: int, width: int, blocks: int, device: torch.device
) -> Generator:
    """The generator that `to_arrays` has written down, whose weights stay as they are."""
    generator = _empty(side=side, width=width, blocks=blocks)
    weights = {n.removeprefix(WEIGHT): torch.from_numpy(a) for n, a in arrays.items()}
    generator.load_state_dict(weights, assign=True)
    generator.requires_grad_(False)
    return generator.to(device).to(memory_format=torch.channels_last)


def _empty(*, side: int, width: int, blocks: int) -> Generator:
    """A generator without memory for its weights: torch would draw them from its global numbers."""
    with torch.device("meta"):
        return Generator(side=side, width=width, blocks=blocks)
