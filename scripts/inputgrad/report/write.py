"""Writes the finished report: one HTML file, and the same content as a PDF."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inputgrad.files import write_text
from inputgrad.report.assets import load_controlled, load_figures
from inputgrad.report.pdf import Engine, write_pdf
from inputgrad.report.render import Provenance, render_html
from inputgrad.report.summaries.summary import Summary


def write_report(
    summary: Summary,
    figures: Path,
    *,
    data: Iterable[Path],
    templates: Path,
    language: str,
    provenance: Provenance,
    pdf_engine: Engine,
    out: Path,
) -> None:
    """Write `report.html` and `report.pdf` into `out`; equal input gives equal bytes.

    figures: the folder that `draw_figures` wrote, with a `figures.json` for each language.
    data: the CSV files of all rows, of which the page carries the small ones.
    provenance: heading -> name -> value, printed in the appendix as it is (no clock time);
        the PDF engine is added here.
    """
    page = render_html(
        summary,
        load_figures(figures / language),
        templates=templates,
        language=language,
        provenance={**provenance, "pdf": {"engine": pdf_engine.version}},
        controlled=load_controlled(figures, data),
    )
    write_text(out / "report.html", page)
    write_pdf(page, out / "report.pdf", engine=pdf_engine.name, title=summary.context.title)
