"""A frozen ImageNet classifier that normalises its images itself.

Scores are logits, not probabilities: the softmax's normaliser would pull the gradients of the other
classes into that of the target (Simonyan, Vedaldi and Zisserman, 2014, section 2). Parameters
take no gradients; only images do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from inputgrad.models.pooling import with_ordered_gradients
from inputgrad.models.preprocessing import Preprocessing


class TargetScores(NamedTuple):
    """Result of a forward pass with one target class for each image.

    logits: (N, 1000).
    score: (N,), to be increased: the target's logit, or its stand-in where `zero`.
    zero: (N,) bool, the gradient of the target's logit is exactly zero (where that is detected).
    """

    logits: Tensor
    score: Tensor
    zero: Tensor


class Classifier(nn.Module):
    """A network in evaluation mode, float32, channels_last, without gradients of its parameters.

    network: maps normalised images (N, 3, S, S) to logits (N, 1000).
    preprocessing: what a photograph goes through; `input_size` S, `resize_size` and
        `interpolation` are attributes, `mean` and `std` buffers (1, 3, 1, 1).
    notes: what loading had to interpret in the file of weights, in words.
    source, architecture: where it comes from and what it is called there, as the configuration has
        them; set by whoever knows them, "" and the network's class until then.

    Images, normalised ones too, are red, green, blue, and `mean` and `std` are in [0, 1] units,
    whatever order and range the network was trained with: only what it is given is put into its
    own order. So gradients, bounds and norms of normalised images mean the same for every network.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, network: nn.Module, preprocessing: Preprocessing, *, notes: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self.network = with_ordered_gradients(network)
        self.notes = tuple(notes)
        self.source, self.architecture = "", type(network).__name__
        self.input_size = preprocessing.input_size
        self.resize_size = preprocessing.resize_size
        self.interpolation = preprocessing.interpolation
        self._reversed = preprocessing.channels == "bgr"
        for name, values in zip(("mean", "std"), preprocessing.unit_colours, strict=True):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32).view(1, 3, 1, 1))
        self.float()
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False)
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, 1000) of images (N, 3, S, S), float32 in [0, 1]."""
        return self.forward_normalized(self.normalize(images))

    def forward_normalized(self, images: Tensor) -> Tensor:
        """Logits of images that are normalised already (class visualisation works there)."""
        logits: Tensor = self.network(self.as_network_input(images))
        return logits

    def as_network_input(self, images: Tensor) -> Tensor:
        """Normalised images in the channel order and memory format that the network takes."""
        ordered = images.flip(1) if self._reversed else images
        return ordered.contiguous(memory_format=torch.channels_last)

    def score_targets(self, images: Tensor, targets: Tensor) -> TargetScores:
        """Scores of the classes `targets` (N,) for normalised images, to be differentiated.

        Only `score` need carry a gradient. Networks override this to shorten the backward pass, or
        to replace a logit whose gradient vanishes.
        """
        logits = self.forward_normalized(images)
        score = logits.gather(1, targets[:, None])[:, 0]
        return TargetScores(logits, score, torch.zeros_like(score, dtype=torch.bool))

    def normalize(self, images: Tensor) -> Tensor:
        """(images - mean) / std for images (N, 3, H, W) in [0, 1]."""
        return (images - self.mean) / self.std

    def denormalize(self, images: Tensor) -> Tensor:
        """Normalised images (N, 3, H, W) back in [0, 1] units; not clipped."""
        return images * self.std + self.mean
