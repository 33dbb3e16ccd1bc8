"""Writes the finished report: one HTML file, and the same content as a PDF."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inputgrad.files import write_text
from inputgrad.report.assets import load_controlled, load_figures
from inputgrad.report.fonts import lacking
from inputgrad.report.pdf import Engine, write_pdf
from inputgrad.report.reading import Reading, pages_of, read_page
from inputgrad.report.render import PARTS, Provenance, render_html
from inputgrad.report.summaries.summary import Summary

PAGE_STARTS = (*(f"part-{part}" for part in PARTS), "limits", "more", "appendix")
"""Ids of what begins on a page of its own (print.css)."""


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
) -> Reading:
    """Write `report.html` and `report.pdf` into `out`; equal input gives equal bytes.

    Returns how the report reads, in numbers.

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
    printed = write_pdf(
        page, out / "report.pdf", engine=pdf_engine.name, title=summary.context.title
    )
    reading = read_page(page)
    reading.lacking = lacking(page)
    reading.pages = pages_of(printed.fills, printed.anchors, parts=PAGE_STARTS)
    return reading
