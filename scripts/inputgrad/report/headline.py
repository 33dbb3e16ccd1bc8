"""What `make report` prints at its end: where the report is, and the answers in a sentence each."""

from __future__ import annotations

from pathlib import Path

from inputgrad.report.render import (
    NOTHING_CONTROLLED,
    SKELETON,
    environment,
    put_evidence,
    sections_of,
)
from inputgrad.report.summaries.summary import Summary


def headline(
    summary: Summary, *, templates: Path, language: str, report: Path, pdf: Path, lacking: str = ""
) -> str:
    """A few lines of plain text, with the paths as they are given.

    lacking: characters that the PDF's fonts lack; where there are any, a line says so.
    """
    jinja = environment(templates, language, summary)
    put_evidence(jinja, summary, {}, NOTHING_CONTROLLED)
    text = jinja.get_template(f"{SKELETON}/headline.txt").render(
        report=report, pdf=pdf, lacking=lacking, sections=sections_of(jinja, summary)
    )
    return text.strip() + "\n"
