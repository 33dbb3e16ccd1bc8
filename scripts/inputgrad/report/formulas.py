"""Formulas as pictures: LaTeX through matplotlib's mathtext to one SVG path, the LaTeX as alt text.

MathML would be the natural choice, but WeasyPrint flattens it to wrong text. The SVG is written
here from the glyphs' outlines alone, so it holds no date, no font and no identifier.
"""

from __future__ import annotations

import base64
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

SIZE = 100.0  # units per em of the SVG's coordinates
SVG_LETTERS = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula drawn as SVG; sizes in em of the surrounding text, `depth` below the base line."""

    latex: str
    svg: str
    width: float
    height: float
    depth: float


def load_formulas(path: Path) -> dict[str, str]:
    """Formulas by name, LaTeX without dollars, from a TOML file."""
    return {str(k): str(v) for k, v in tomllib.loads(path.read_text(encoding="utf-8")).items()}


@functools.cache
def draw_formula(latex: str) -> Formula:
    """Draw LaTeX math (mathtext's subset, without dollars); ValueError for what it cannot read."""
    font = FontProperties(family="serif", math_fontfamily="cm", size=SIZE)
    parsed = MathTextParser("path").parse(f"${latex}$", 72, font)
    width, height, depth = parsed.width, parsed.height, parsed.depth
    outline = TextPath((0, 0), f"${latex}$", size=SIZE, prop=font)
    box = f"0 {-(height - depth):.0f} {width:.0f} {height:.0f}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">'
        f'<path transform="scale(1,-1)" d="{_path_data(outline)}"/></svg>'
    )
    return Formula(latex, svg, width / SIZE, height / SIZE, depth / SIZE)


def formula_image(latex: str) -> Markup:
    """The formula as an `img` element on the base line of the text."""
    formula = draw_formula(latex)
    source = "data:image/svg+xml;base64," + base64.b64encode(formula.svg.encode()).decode()
    style = f"width:{formula.width:.3f}em;vertical-align:{-formula.depth:.3f}em"
    return Markup('<img class="formula" alt="{}" style="{}" src="{}">').format(
        formula.latex, style, source
    )


def _path_data(outline: TextPath) -> str:
    """SVG path data of a matplotlib path, whole units."""
    pieces = []
    for points, code in outline.iter_segments(curves=True, simplify=False):
        if code == Outline.CLOSEPOLY:
            pieces.append("Z")
        else:
            pieces.append(SVG_LETTERS[code] + " ".join(f"{p:.0f}" for p in points))
    return "".join(pieces)
