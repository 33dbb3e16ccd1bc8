"""Fourier coefficients of decorrelated colours: x(p) = sigmoid(C irfft2(p / max(f, 1/S)) / 4).

p are complex coefficients of a real image, (3, S, S // 2 + 1), kept as pairs of real numbers; f is
the frequency in cycles a pixel; irfft2 is orthonormal; C mixes the three channels of each pixel; x
in [0, 1] is then normalised as the classifier expects. Dividing by f gives all frequencies of a
natural image, whose spectrum falls as 1/f, steps of similar size; in pixels the high frequencies
would win (Olah, Mordvintsev and Schubert 2017, "Feature Visualization", section
"Preconditioning and Parameterization"; lucid's `fft_image`). C is lucid's: the square root of the
covariance of the colours of ImageNet's photographs, over its largest column norm. It is a constant,
and not computed from the sample, which would change every image whenever a photograph is added.

The start is noise, both parts of each coefficient from N(0, 0.01^2), or a photograph by the
inverse of the formula, whose pixels are kept a quarter of a grey level away from 0 and 1. The noise
of a class has the same coefficients up to a frequency whatever the size of the image, and they
stand for the same waves: networks of different input sizes start from one image, seen more or less
finely.

With plain or normalised ascent eta counts in coefficients: a normalised step has the L2 length eta
over both parts of all of them. An L2 penalty or a blur still sees the image. Nothing is clamped,
since the sigmoid keeps x in [0, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from inputgrad.class_visualization.parts import Beginning, PullBack
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

SPREAD = 0.01  # standard deviation of the start
CONTRAST = 4.0
MARGIN = 0.25 / 255  # what keeps the inverse of the sigmoid finite
VECTOR = 32  # elements that a processor's vector loop takes at once, at most


class Parameterization:
    """Parameters (N, 3, S, S // 2 + 1, 2) float32: real and imaginary parts."""

    COLOURS: tuple[tuple[float, ...], ...] = (
        (0.26, 0.09, 0.02),
        (0.27, 0.00, -0.05),
        (0.27, -0.09, 0.03),
    )  # lucid, optvis/param/color.py

    def __init__(self, classifier: Classifier) -> None:
        self._classifier, self._size = classifier, classifier.input_size
        device = classifier.mean.device
        colours = torch.tensor(self.COLOURS, dtype=torch.float64)
        colours = colours / colours.norm(dim=0).max()
        self._colours = colours.tolist()
        self._decorrelation = torch.linalg.inv(colours).tolist()
        self._frequencies = _frequencies(self._size).to(device)
        self._multiplicity = _multiplicity(self._size).to(device)

    def start(self, beginning: Beginning) -> Tensor:
        """(3, S, S // 2 + 1, 2): noise of the class, or a photograph's coefficients."""
        device = self._frequencies.device
        if (pixels := beginning.item.start.pixels) is not None:
            image = self._classifier.normalize(to_tensor(pixels).to(device)[None])
            return self.parameters(image)[0]
        return (SPREAD * _by_rings(self._size, beginning.stream("class noise"))).to(device)

    def image(self, parameters: Tensor) -> tuple[Tensor, PullBack]:
        """Normalised images, and the adjoint: through sigmoid, colours and transform in turn."""
        spectrum = torch.view_as_complex(parameters) / self._frequencies
        plain = torch.fft.irfft2(spectrum, s=(self._size, self._size), norm="ortho") / CONTRAST
        x = _sigmoid(_mixed(plain, self._colours))

        def pull_back(gradient: Tensor) -> Tensor:
            slope = gradient / self._classifier.std * (x * (1 - x))
            transposed = [list(column) for column in zip(*self._colours, strict=True)]
            back = _mixed(slope, transposed) / CONTRAST
            found = torch.fft.rfft2(back, norm="ortho") * self._multiplicity / self._frequencies
            return torch.view_as_real(found)

        return self._classifier.normalize(x), pull_back

    def parameters(self, images: Tensor) -> Tensor:
        """Coefficients of given images."""
        x = self._classifier.denormalize(images).clamp(MARGIN, 1 - MARGIN)
        plain = CONTRAST * _mixed(torch.logit(x), self._decorrelation)
        return torch.view_as_real(torch.fft.rfft2(plain, norm="ortho") * self._frequencies)

    def project(self, parameters: Tensor) -> Tensor:
        """All parameters are those of an image."""
        return parameters


def _by_rings(size: int, stream: torch.Generator) -> Tensor:
    """Standard normal numbers (3, S, S // 2 + 1, 2), drawn ring by ring from the lowest frequency.

    Ring r holds the coefficients with max(|k_y|, k_x) = r, k in cycles an image.
    """
    drawn = torch.empty(3, size, size // 2 + 1, 2)
    for ring in range(size // 2 + 1):
        whole = torch.randn(3, 4 * ring + 1, 2, generator=stream)
        rows = torch.arange(-ring, ring + 1)
        right = whole[:, : 2 * ring + 1]  # k_x = r
        above, below = whole[:, 2 * ring + 1 :].chunk(2, dim=1)  # k_y = -r and r, k_x < r
        inside = rows < (size + 1) // 2
        drawn[:, rows[inside], ring] = right[:, inside]
        drawn[:, -ring, :ring] = above
        if ring < (size + 1) // 2:
            drawn[:, ring, :ring] = below
    return drawn


def _frequencies(size: int) -> Tensor:
    """max(f, 1/S), (S, S // 2 + 1), f = |(f_y, f_x)| in cycles a pixel."""
    down, right = torch.fft.fftfreq(size), torch.fft.rfftfreq(size)
    return torch.hypot(down[:, None], right[None]).clamp(min=1 / size)


def _multiplicity(size: int) -> Tensor:
    """How often a column of the half spectrum occurs in the whole one, (S // 2 + 1,): 1 or 2."""
    columns = torch.full((size // 2 + 1,), 2.0)
    columns[0] = 1
    if size % 2 == 0:
        columns[-1] = 1
    return columns


def _mixed(images: Tensor, matrix: list[list[float]]) -> Tensor:
    """A 3 x 3 matrix times the channels of (N, 3, H, W); sums in one order, whatever the batch."""
    red, green, blue = images.unbind(1)
    return torch.stack([a * red + b * green + c * blue for a, b, c in matrix], dim=1)


def _sigmoid(images: Tensor) -> Tensor:
    """The sigmoid with equal bits wherever a row is in the batch.

    The last elements of a tensor that fill no vector pass other code, so lines are filled up.
    """
    width = images.shape[-1]
    fill = -width % VECTOR
    return torch.sigmoid(pad(images, (0, fill)))[..., :width] if fill else torch.sigmoid(images)
