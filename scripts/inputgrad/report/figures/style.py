"""One look for all figures: sizes, type, colours.

Figures are 6 inches wide: they fit the text block of an A4 page unscaled, and 11-point type stays
legible when a telephone of 360 CSS pixels shows them at 0.57 of their size. Colours are those of
M. Okabe and K. Ito, "Color Universal Design" (2008), told apart by colour-blind readers; every
colour comes with a marker and a dash of its own, so grey print can tell them apart as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WIDTH = 6.0
MAX_HEIGHT = 9.0  # inches; with its caption the figure still fits one page
RASTER_DPI = 150
CSS_DPI = 96  # CSS pixels per inch

INK, MUTED, RULE, FILL = "#1f2328", "#5b636d", "#c9ced6", "#eef0f3"
TEXT, SMALL = 11.0, 10.0  # points

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": SMALL,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": FILL,
    "grid.linewidth": 1.0,
    "text.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.08,
    "text.parse_math": False,  # names are shown as they are
    "svg.fonttype": "path",
    "svg.hashsalt": "inputgrad",
}


@dataclass(frozen=True)
class Look:
    """How one model looks in every chart."""

    colour: str
    marker: str
    dash: str


LOOKS = (
    Look("#0072B2", "o", "-"),
    Look("#D55E00", "s", "--"),
    Look("#009E73", "^", "-."),
    Look("#CC79A7", "D", ":"),
    Look("#E69F00", "v", "-"),
    Look("#56B4E9", "P", "--"),
    Look("#000000", "X", "-."),
)
