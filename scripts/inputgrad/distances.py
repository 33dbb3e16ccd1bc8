"""How far an altered image lies from the original: norms in [0, 1] units, and what is visible.

Images are (3, H, W) float32 in [0, 1]. Sums run in float64, so the numbers do not depend on the
order of summation at the precision that is reported. SSIM is that of Wang et al. 2004 (Gaussian
window, sigma 1.5), by scikit-image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

Image = NDArray[np.float32]


def perturbation_norms(original: Image, altered: Image) -> dict[str, float]:
    """`l2, linf, rms_255, relative_l2, psnr_db` of altered - original (psnr null if equal)."""
    difference = altered.astype(np.float64) - original.astype(np.float64)
    l2 = float(np.sqrt((difference**2).sum()))
    rms = l2 / np.sqrt(difference.size)
    norms = {
        "l2": l2,
        "linf": float(np.abs(difference).max()),
        "rms_255": 255.0 * float(rms),
        "relative_l2": l2 / float(np.sqrt((original.astype(np.float64) ** 2).sum()) or 1.0),
    }
    return norms | ({"psnr_db": float(-20.0 * np.log10(rms))} if rms > 0 else {})


def changed_pixels(original: Image, altered: Image) -> int:
    """Pixels of which at least one channel differs."""
    return int((original != altered).any(axis=0).sum())


def structural_similarity_index(original: Image, altered: Image) -> float:
    """Mean SSIM over channels, 1 for equal images."""
    return float(
        structural_similarity(
            original,
            altered,
            channel_axis=0,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )
