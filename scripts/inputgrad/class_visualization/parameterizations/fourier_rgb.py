"""Fourier coefficients of red, green and blue themselves, to see what decorrelating colours brings.

As `fourier`, with the identity for the matrix of colours.
"""

from __future__ import annotations

from inputgrad.class_visualization.parameterizations import fourier


class Parameterization(fourier.Parameterization):
    """Parameters (N, 3, S, S // 2 + 1, 2) float32: real and imaginary parts."""

    COLOURS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
