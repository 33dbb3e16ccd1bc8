"""Distances between an altered image and the original: norms in [0, 1] units, and SSIM.

Images are (3, H, W) float32 in [0, 1]. Sums are in float64, so the reported digits do not depend on
the order of summation. SSIM is that of Wang et al. 2004 (Gaussian window, sigma 1.5), by
scikit-image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

Image = NDArray[np.float32]


def perturbation_norms(original: Image, altered: Image) -> dict[str, float]:
    """`l2, linf, rms_255, relative_l2, psnr_db` of altered - original.

    Two may be missing: `psnr_db` where the images are equal, `relative_l2` of a black original.
    """
    difference = altered.astype(np.float64) - original.astype(np.float64)
    l2, length = (float(np.sqrt((x.astype(np.float64) ** 2).sum())) for x in (difference, original))
    rms = l2 / float(np.sqrt(difference.size))
    norms = {"l2": l2, "linf": float(np.abs(difference).max()), "rms_255": 255.0 * rms}
    if length > 0:
        norms["relative_l2"] = l2 / length
    if rms > 0:
        norms["psnr_db"] = -20.0 * float(np.log10(rms))
    return norms


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
