"""The rectangle around the largest salient region of a map."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from inputgrad.images.maps import Map

SIGMA_SHARE = 1 / 64  # smoothing before the box is drawn, as a share of the map's side


def salient_box(saliency: Map, *, quantile: float) -> tuple[int, int, int, int] | None:
    """Box (top, left, bottom, right), ends exclusive, of a non-negative map (H, W).

    None for a map of zeros.
    """
    smooth = ndimage.gaussian_filter(saliency.astype(np.float64), SIGMA_SHARE * len(saliency))
    if not smooth.any():
        return None
    kept = (smooth >= np.quantile(smooth, quantile)) & (smooth > 0)
    regions, count = ndimage.label(kept)
    weights = ndimage.sum_labels(smooth, regions, index=np.arange(1, count + 1))
    rows, columns = ndimage.find_objects(regions)[int(np.argmax(weights))]
    return rows.start, columns.start, rows.stop, columns.stop
