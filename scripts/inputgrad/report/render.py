"""Templates and numbers to one self-contained HTML document.

The tables, figures and loops are in `skeleton/`, which has no word of its own; a language is a
folder beside it, with sentences (macros that take data) and `labels.toml` (single words).
Templates name them as `skeleton/…` and `language/…`. Style, script, formulas and references are
shared by the languages. Undefined names are errors, everything that comes from outside is escaped,
and the page's own policy forbids it to load anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from inputgrad.errors import ConfigError, unknown
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.report import numbers
from inputgrad.report.assets import Controlled, Figure, script_hash
from inputgrad.report.controls import film_viewer, pair_viewer
from inputgrad.report.fonts import font_faces
from inputgrad.report.formulas import formula_image, load_formulas
from inputgrad.report.network_names import network_names
from inputgrad.report.numbering import Numbering
from inputgrad.report.run_names import run_names
from inputgrad.report.summaries.key_number import FEW_BELOW
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Estimate, State
from inputgrad.statistics.families import EQUIVALENCE_MARGINS, PRIMARY_MEASURES
from inputgrad.tables.schema import tables

STYLES = ("report.css", "print.css")
SCRIPTS = (  # in this order: the first one has what the others share
    "shared.js", "contents.js", "tables.js", "rows.js", "numbers.js", "viewers.js", "zoom.js",
)  # fmt: skip
SKELETON = "skeleton"
LABELS = "labels.toml"

PARTS = {"saliency": (1, 2, 3, 4), "adversarial": (5, 6, 7), "class_visualization": (8, 9, 10, 11)}
"""Technique -> its questions."""

NOTHING_CONTROLLED = Controlled()
Provenance = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """A question's number and its rendered parts: title, question, takeaway, main, text, more."""

    number: int
    found: Any  # its summary
    page: TemplateModule


def languages(templates: Path) -> list[str]:
    """Names of the languages: the folders of `templates` that have labels."""
    return sorted(path.parent.name for path in templates.glob(f"*/{LABELS}"))


def environment(templates: Path, language: str, summary: Summary) -> Environment:
    """Jinja environment with the filters, and the globals that every template may use.

    Raises ConfigError for a language that has no folder in `templates`.
    """
    if language not in languages(templates):
        raise ConfigError(unknown("report language", language, languages(templates)))
    folders = {SKELETON: templates / SKELETON, "language": templates / language}
    jinja = Environment(
        loader=PrefixLoader({name: FileSystemLoader(path) for name, path in folders.items()}),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
    )
    formulas = load_formulas(templates / "formulas.toml")
    labels = _toml(templates / language / LABELS)
    jinja.filters |= numbers.SCALES | {
        "shown": numbers.shown,
        "digits": numbers.digits,
        "fill": fill,
        "measured": measured,
    }
    jinja.globals |= {
        "summary": summary,
        "language": language,
        "labels": labels,
        "network_names": network_names(summary.context.models, labels["architectures"]),
        "run_names": run_names(summary.context.settings["saliency"], labels["methods"]),
        "references": _toml(templates / "references.toml"),
        "formula": lambda name: formula_image(formulas[name]),
        "class_name": imagenet_classes().name,
        "primary_measures": PRIMARY_MEASURES,
        "margins": EQUIVALENCE_MARGINS,
        "tables": tuple(tables()),
    }
    return jinja


def fill(label: str, **parts: Any) -> Markup:
    """A label with its placeholders in braces filled; what comes from outside is escaped."""
    return Markup(escape(label)).format(**parts)


def measured(rows: Iterable[Any], measure: str) -> list[Any]:
    """The rows whose estimate of this name was measured at all."""
    return [row for row in rows if _estimate(row, measure).state != State.NOT_MEASURED]


def _estimate(row: Any, measure: str) -> Estimate:
    """An estimate of a row, which is one of its fields or found under its name."""
    found: Estimate = row[measure] if hasattr(row, "__getitem__") else getattr(row, measure)
    return found


def put_evidence(
    jinja: Environment, summary: Summary, figures: Mapping[str, Figure], controlled: Controlled
) -> Numbering:
    """Give an environment what the questions show: figures, the controls, and their numbers."""
    numbering = Numbering()
    jinja.globals |= {
        "numbering": numbering,
        "figures": figures,
        "pairs": pair_viewer(controlled, summary),
        "films": film_viewer(controlled, summary),
        "row_files": {rows.table: rows for rows in controlled.rows},
        "row_classes": sorted(frozenset().union(*(rows.classes for rows in controlled.rows))),
        "made": {},
    }
    return numbering


def render_html(
    summary: Summary,
    figures: Mapping[str, Figure],
    *,
    templates: Path,
    language: str,
    provenance: Provenance,
    controlled: Controlled = NOTHING_CONTROLLED,
) -> str:
    """The whole report as one HTML document without any external request.

    Raises ConfigError for an unknown language, and jinja2's errors for a template that uses what
    does not exist.
    """
    jinja = environment(templates, language, summary)
    style = "\n".join((templates / name).read_text(encoding="utf-8") for name in STYLES)
    scripts = (templates / "scripts" / name for name in SCRIPTS)
    script = "\n".join(path.read_text(encoding="utf-8").strip() for path in scripts)
    numbering = put_evidence(jinja, summary, figures, controlled)
    jinja.globals |= {
        "provenance": provenance,
        "style": "",
        "script": Markup(script),
        "script_hash": script_hash(script),
    }
    draft = _page(jinja, summary)
    numbering.learn(draft)
    jinja.globals["style"] = Markup(f"{font_faces(draft)}\n{style}")
    return _page(jinja, summary)


def sections_of(jinja: Environment, summary: Summary) -> list[Section]:
    """The questions of a summary, rendered in parts."""
    return [Section(n, found, _question(jinja, n, found)) for n, found in summary.answers.items()]


def _page(jinja: Environment, summary: Summary) -> str:
    return jinja.get_template(f"{SKELETON}/report.html").render(
        sections=sections_of(jinja, summary), parts=_parts(summary), few_below=FEW_BELOW
    )


def _parts(summary: Summary) -> dict[str, tuple[int, ...]]:
    """Technique -> its questions among those that are asked, in order; no technique without."""
    asked = {
        part: tuple(n for n in numbers if n in summary.answers) for part, numbers in PARTS.items()
    }
    return {part: numbers for part, numbers in asked.items() if numbers}


def _question(jinja: Environment, number: int, found: Any) -> TemplateModule:
    template = jinja.get_template(f"{SKELETON}/questions/q{number:02}.html")
    return template.make_module({"found": found})


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
