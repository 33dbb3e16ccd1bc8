"""What is put in place of pixels that are blanked.

Neither is a photograph of the training set: what a network makes of a blanked image says something
of the blank as well (Hooker, Erhan, Kindermans, Kim 2019, "A benchmark for interpretability methods
in deep neural networks", section 1). The mean colour of the photograph itself keeps its brightness
and leaves the same image for every model; the blur also keeps its coarse shapes.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from inputgrad.saliency.parameters import Fill

BLUR_SHARE = 1 / 16  # sigma of the blur over the image's side: 14 pixels of 224, half a cell of 8x8


def mean_colour(images: Tensor) -> Tensor:
    """Each image's (N, 3, H, W) mean colour on all of its pixels."""
    return images.mean(dim=(2, 3), keepdim=True).expand_as(images)


def blur(images: Tensor) -> Tensor:
    """Images (N, 3, H, W) convolved with a Gaussian, mirrored at the border, cut at 2 sigma."""
    sigma = BLUR_SHARE * min(images.shape[2:])
    size = 2 * max(1, round(2 * sigma)) + 1
    blurred: Tensor = gaussian_blur(images, [size, size], [sigma, sigma])
    return blurred


FILLS: dict[Fill, Callable[[Tensor], Tensor]] = {"mean": mean_colour, "blur": blur}
