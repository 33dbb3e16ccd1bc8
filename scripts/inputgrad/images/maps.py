"""Measures of a saliency map: its concentration, stability and specificity.

No measure depends on the map's scale or resolution, so models of different input sizes can be
compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata

Map = NDArray[np.float32]
BOX_SIGMA_SHARE = 1 / 64  # smoothing before the box is drawn, as a share of the map's side


def half_mass_share(saliency: Map) -> float | None:
    """Smallest share of the pixels that together hold half of the map's sum.

    In (0, 0.5], half a pixel more where the number of pixels is odd; null for a map of zeros.
    """
    values = np.sort(saliency.astype(np.float64), axis=None)[::-1]
    sums = np.cumsum(values)
    if sums[-1] == 0:
        return None
    needed = int(np.searchsorted(sums, sums[-1] / 2)) + 1
    return needed / values.size


def gini(saliency: Map) -> float | None:
    """Gini index of the map: 0 when even, towards 1 when a few pixels hold all.

    Hurley, Rickard 2009, "Comparing measures of sparsity", equation for the Gini index; null for
    a map of zeros.
    """
    values = np.sort(saliency.astype(np.float64), axis=None)
    total = values.sum()
    if total == 0:
        return None
    ranks = np.arange(1, values.size + 1)
    return float(1 - 2 * ((values / total) * (values.size - ranks + 0.5)).sum() / values.size)


def rank_correlation(first: Map, second: Map) -> float | None:
    """Spearman's rho between two maps, pixel by pixel; null where one of them is constant."""
    ranks = [rankdata(m, axis=None).astype(np.float64) for m in (first, second)]
    centred = [r - r.mean() for r in ranks]
    norm = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / norm if norm > 0 else None


def salient_box(saliency: Map, *, quantile: float) -> tuple[int, int, int, int] | None:
    """Box (top, left, bottom, right), ends exclusive, around the largest salient region.

    The map is smoothed (Gaussian, sigma = side / 64), the pixels from its `quantile` on are kept,
    and the connected region with the largest sum gives the box. Simonyan 2014, section 3.2,
    grows the region by GraphCut instead; null for a map of zeros.
    """
    smooth = ndimage.gaussian_filter(saliency.astype(np.float64), BOX_SIGMA_SHARE * len(saliency))
    if not smooth.any():
        return None
    kept = (smooth >= np.quantile(smooth, quantile)) & (smooth > 0)
    regions, count = ndimage.label(kept)
    weights = ndimage.sum_labels(smooth, regions, index=np.arange(1, count + 1))
    rows, columns = ndimage.find_objects(regions)[int(np.argmax(weights))]
    return rows.start, columns.start, rows.stop, columns.stop
