"""Draws every figure in one language and writes it, equal bytes for equal data.

Nothing of the machine enters a file: no date, no software name, matplotlib's defaults instead of
the user's matplotlibrc, its own DejaVu Sans drawn as outlines, and a fixed salt for the ids in SVG.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from inputgrad.files import replacing, write_text
from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.catalogue import FIGURES
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.style import CSS_DPI, RASTER_DPI, STYLE
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary

SIGNIFICANT_DIGITS = 6
JPEG_QUALITY = 88


def draw_all(
    summary: Summary, pictures: Pictures, words: Words, out_dir: Path
) -> dict[str, dict[str, Any] | None]:
    """Write ``<name>.svg`` (charts), ``.jpg`` or ``.png`` (pictures) and ``figures.json``.

    Returns the content of ``figures.json``: figure name -> None where the data have nothing to
    show, else ``file``, ``width_px`` and ``height_px`` (CSS pixels, 96 an inch), ``n``, ``facts``.
    """
    manifest = {}
    for name, draw in FIGURES.items():
        with matplotlib.style.context(["default", STYLE]):
            drawing = draw(summary, pictures, words)
            manifest[name] = None if drawing is None else _written(drawing, name, out_dir)
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(out_dir / "figures.json", text + "\n")
    return manifest


def _written(drawing: Drawing, name: str, out_dir: Path) -> dict[str, Any]:
    file = out_dir / f"{name}.{drawing.format}"
    save(drawing, file)
    width, height = drawing.figure.get_size_inches() * CSS_DPI
    return {
        "file": file.name,
        "width_px": round(width),
        "height_px": round(height),
        "n": drawing.n,
        "facts": rounded(drawing.facts),
    }


def save(drawing: Drawing, file: Path) -> None:
    """Write one drawing by rename; call it within the style that the drawing was made in."""
    with replacing(file) as temporary:
        if drawing.format == "svg":
            metadata = {"Date": None, "Creator": None}
            drawing.figure.savefig(temporary, format="svg", dpi=RASTER_DPI, metadata=metadata)
        else:
            _save_pixels(drawing, temporary)


def _save_pixels(drawing: Drawing, file: Path) -> None:
    drawing.figure.set_dpi(RASTER_DPI)
    canvas = FigureCanvasAgg(drawing.figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    if drawing.format == "png":
        picture.save(file, format="png", optimize=True, dpi=(RASTER_DPI, RASTER_DPI))
    else:
        picture.save(
            file, format="jpeg", quality=JPEG_QUALITY, subsampling=0,
            dpi=(RASTER_DPI, RASTER_DPI),
        )  # fmt: skip


def rounded(fact: Fact) -> Any:
    """Facts as JSON: floats to six significant digits, what is not finite as null."""
    if isinstance(fact, dict):
        return {str(key): rounded(value) for key, value in fact.items()}
    if isinstance(fact, list):
        return [rounded(value) for value in fact]
    if isinstance(fact, float):
        return float(f"{fact:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(fact) else None
    return fact
