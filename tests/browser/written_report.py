"""A report with every figure, picture and row, and the files of rows beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from figure_data import WORDS, Material, synthetic
from inputgrad.report.assets import NATIVE, load_controlled, load_figures
from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.native import write_native
from inputgrad.report.figures.output import draw_all
from inputgrad.report.render import render_html
from inputgrad.tables.files import write_csv
from inputgrad.tables.schema import to_table
from rendered_report import PROVENANCE, TEMPLATES

SCALE = 9  # of the small pictures of the test material


@dataclass(frozen=True)
class Written:
    """A report as a reader has it: the page, and the files of rows beside it."""

    page: Path
    material: Material

    @property
    def data(self) -> Path:
        return self.page.parent / "data"


def larger(arrays: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pictures whose pixels are squares, as large as a network's input."""
    return {
        model: {
            key: array
            if array.ndim < 2  # of a mosaic: no picture
            else np.repeat(np.repeat(array, SCALE, axis=-3), SCALE, axis=-2)
            if array.dtype == np.uint8
            else np.kron(array, np.ones((SCALE, SCALE), np.float32))
            for key, array in found.items()
        }
        for model, found in arrays.items()
    }


def with_larger(pictures: Pictures) -> Pictures:
    return dataclasses.replace(
        pictures,
        photographs=larger(pictures.photographs),
        visualizations=larger(pictures.visualizations),
    )


def faint(pictures: Pictures) -> Pictures:
    """Adversarial images that differ from their photographs by a grey level here and there."""
    rng = np.random.default_rng(1)
    altered = {
        model: {
            key: np.clip(
                found[f"photograph/{key.rsplit('/', 1)[1]}"].astype(int)
                + rng.integers(-1, 2, array.shape),
                0,
                255,
            ).astype(np.uint8)
            if key.startswith("adversarial/")
            else array
            for key, array in found.items()
        }
        for model, found in pictures.photographs.items()
    }
    return dataclasses.replace(pictures, photographs=altered)


def write_with_pictures(folder: Path) -> Written:
    """A report of two networks."""
    material = synthetic()
    pictures = faint(with_larger(material.pictures))
    draw_all(material.summary, pictures, WORDS, folder / "figures" / "en")
    write_native(material.summary, pictures, folder / "figures" / NATIVE)
    files = [folder / "data" / f"{name}.csv" for name in material.tables]
    for file in files:
        rows = material.tables[file.stem].astype(object)
        rows = rows.where(rows.notna(), None)
        write_csv(to_table(file.stem, rows.to_dict("records")), file)
    page = render_html(
        material.summary,
        load_figures(folder / "figures" / "en"),
        templates=TEMPLATES,
        language="en",
        provenance=PROVENANCE,
        controlled=load_controlled(folder / "figures", files),
    )
    (folder / "report.html").write_text(page, encoding="utf-8")
    return Written(folder / "report.html", material)
