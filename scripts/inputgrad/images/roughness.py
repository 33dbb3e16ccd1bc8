"""How rough a picture is: total variation, and the share of its power at high frequencies.

    TV(x) = (mean |x[i + 1, j] - x[i, j]| + mean |x[i, j + 1] - x[i, j]|) / 2

x is the 8-bit image in [0, 1]; means over pixels and channels: the anisotropic total variation
(Rudin, Osher and Fatemi 1992) as a mean, so that images of different sizes can be compared.

    sum of |F(f)|^2 over |f| > 1/4  /  sum of |F(f)|^2 over f != 0

F is the Fourier transform of the mean over the colours of the 8-bit image, f in cycles a pixel, so
1/4 is a wave of four pixels. In photographs power falls about as 1/f^2 (Field 1987), and little is
left there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

CUT = 0.25  # cycles a pixel


def total_variation(image: Tensor) -> float:
    """Mean absolute difference between neighbours of (3, H, W), both directions."""
    down = (image[:, 1:] - image[:, :-1]).abs().double().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).abs().double().mean()
    return float((down + right) / 2)


def high_frequency_share(picture: NDArray[np.uint8]) -> float | None:
    """Of (H, W, 3) uint8, in [0, 1]; None where there is no power."""
    grey = picture.astype(np.float64).mean(axis=2)
    power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, grey.shape), indexing="ij"))
    total = power.sum()
    return float(power[frequency > CUT].sum() / total) if total > 1e-6 else None
