"""From arrays to what the eye can read: heat maps, overlays, amplified differences.

Maps are clipped at their 99th percentile, as D. Smilkov et al., "SmoothGrad" (2017), section 3.2.1
advise: a few outliers would otherwise leave the rest black. In an overlay the map is smoothed by a
Gaussian whose sigma is 1/64 of the side, since single pixels are too small to see on a photograph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.uint8]
Picture = NDArray[np.float64]  # (H, W, 3) in [0, 1]

CLIP_QUANTILE = 0.99
SMOOTHING_SHARE = 1 / 64
HEAT = "inferno"
AMPLIFICATIONS = (1, 2, 5, 10, 20, 50, 100, 200)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709


def as_picture(pixels: Pixels) -> Picture:
    """(H, W, 3) uint8 to [0, 1]."""
    return pixels.astype(np.float64) / 255.0


def rescaled(pixels: Pixels, lowest: float | None = None, highest: float | None = None) -> Picture:
    """(H, W, 3) uint8 stretched so that `lowest` is black and `highest` white, in [0, 1] units.

    By default they are the picture's own smallest and largest value; a flat picture stays black.
    """
    picture = as_picture(pixels)
    low = float(picture.min()) if lowest is None else lowest
    high = float(picture.max()) if highest is None else highest
    return np.clip((picture - low) / ((high - low) or 1.0), 0.0, 1.0)


def normalised(values: NDArray[Any]) -> NDArray[np.float64]:
    """A map (H, W) >= 0 clipped at its 99th percentile and scaled to [0, 1]; zeros stay zeros."""
    top = float(np.quantile(values, CLIP_QUANTILE)) or float(values.max())
    return np.clip(values.astype(np.float64) / (top or 1.0), 0.0, 1.0)


def smoothed(values: NDArray[Any]) -> NDArray[np.float64]:
    """The map after a Gaussian of sigma = side / 64."""
    sigma = SMOOTHING_SHARE * len(values)
    return np.asarray(ndimage.gaussian_filter(values.astype(np.float64), sigma))


def heat(values: NDArray[Any]) -> Picture:
    """A map (H, W) as colours, dark where it is 0."""
    return np.asarray(colormaps[HEAT](normalised(values))[..., :3])


def overlay(pixels: Pixels, values: NDArray[Any]) -> Picture:
    """The smoothed map as heat over the photograph in grey; the weakest is left out."""
    grey = (as_picture(pixels) @ LUMINANCE)[..., None] * 0.8 + 0.1
    strength = normalised(smoothed(values))
    opacity = 0.9 * np.clip((strength - 0.15) / 0.45, 0.0, 1.0)[..., None]
    colours = np.asarray(colormaps[HEAT](strength)[..., :3])
    return np.asarray((1.0 - opacity) * grey + opacity * colours)


def most_salient(pixels: Pixels, values: NDArray[Any], *, share: float) -> Picture:
    """The photograph where the smoothed map is largest, on `share` of it; the rest is grey."""
    strength = smoothed(values)
    kept = strength >= np.quantile(strength, 1.0 - share)
    return np.where(kept[..., None], as_picture(pixels), 0.93)


def amplification(differences: list[NDArray[np.float64]]) -> int:
    """Largest round factor that keeps 99 % of all differences (in [-1, 1]) within +-0.5."""
    if not differences:
        return 1
    spread = float(np.quantile(np.abs(np.concatenate([d.ravel() for d in differences])), 0.99))
    fitting = [factor for factor in AMPLIFICATIONS if factor * spread <= 0.5]
    return max(fitting, default=1)


def amplified(difference: NDArray[np.float64], factor: int) -> Picture:
    """A difference (H, W, 3) around mid-grey: grey means unchanged."""
    return np.clip(0.5 + factor * difference, 0.0, 1.0)


def spotlight(pixels: Pixels, box: tuple[int, int, int, int]) -> Picture:
    """The photograph, darkened and grey outside the box (top, left, bottom, right)."""
    top, left, bottom, right = box
    picture = as_picture(pixels)
    lit = np.repeat(0.75 * (picture @ LUMINANCE)[..., None], 3, axis=2)
    lit[top:bottom, left:right] = picture[top:bottom, left:right]
    return lit
