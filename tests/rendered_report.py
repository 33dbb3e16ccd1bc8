"""Renders the report from synthetic tables and reads the page as a reader's program would."""

from __future__ import annotations

import base64
import functools
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from inputgrad.report import render as rendering
from inputgrad.report.assets import (
    NATIVE,
    NATIVE_INDEX,
    Controlled,
    load_controlled,
    load_figures,
)
from inputgrad.report.summaries.summary import QUESTIONS, Summary, summarize
from synthetic_tables import synthetic_context, synthetic_tables

TEMPLATES = Path(__file__).resolve().parents[1] / "report_templates"
FIGURES = (
    "overview",
    "saliency_gallery", "saliency_limits", "saliency_boxes", "robustness_scatter",
    "saliency_models", "adversarial_gallery", "score_paths", "fooling_curve",
    "perturbation_norms",
    "survival_matrix", "attack_costs", "eta_sweep", "content_scatter", "transfer_matrix",
    "class_gallery",
    "ascent_iterations", "ascent_grid", "ascent_from_photograph", "class_gallery_models",
    "class_photographs", "ascent_restraints",
    "saliency_parts", "saliency_deletion", "saliency_grid", "saliency_depths", "saliency_pairs",
    "saliency_mosaic", "saliency_questions",
)  # fmt: skip
PROVENANCE = {
    "models": {"lite0": "efficientnet_lite0"},
    "photographs": {"photographs": 20},
    "runs": {"saliency, gradient": "gradient"},
    "pdf": {"engine": "weasyprint 70.0"},
    "settings": {"command": "make report CONFIG=config/config.yaml", "seed": 0},
    "versions": {"torch": "2.14.1"},
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><path id="a" d="M0 0L8 4"/></svg>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
VOID = {"meta", "link", "img", "br", "hr", "input"}
BLOCKS = {
    "p", "li", "dd", "dt", "td", "th", "tr", "h1", "h2", "h3", "h4", "caption", "figcaption", "div",
    "section", "table", "ul", "ol", "figure", "nav", "title",
}  # fmt: skip


class Compiled(BytecodeCache):
    """Templates as compiled for an earlier page; where a text has changed, jinja compiles anew."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()
FACTS = {
    "saliency_gallery": {"clip_quantile": 0.99, "smoothing_share": 0.02, "chosen_by": "gini"},
    "saliency_parts": {"chosen_by": "gini"},
    "saliency_mosaic": {"run": "gradient"},
    "saliency_pairs": {"clip_quantile": 0.99},
    "transfer_matrix": {"resized_changed": {}},
    "class_gallery": {"plain": 4},
    "ascent_grid": {"framed": True, "iterations": 50},
    "robustness_scatter": {"every": 13},
    "ascent_restraints": {"framed": True},
    "ascent_from_photograph": {"amplification": 5, "clip_quantile": 0.99},
    "adversarial_gallery": {"amplification": 20, "chosen_by": "ssim_of_some_column", "ranks": 5},
}


def placeholder_figures(folder: Path, names: Sequence[str] = FIGURES) -> Path:
    """A folder as `draw_figures` leaves it; figures not among `names` are null."""
    folder.mkdir(parents=True, exist_ok=True)
    listed: dict[str, Any] = dict.fromkeys(FIGURES)
    for name in names:
        file = f"{name}.png" if "gallery" in name else f"{name}.svg"
        (folder / file).write_bytes(PNG if file.endswith("png") else SVG.encode())
        size = {"width_px": 800, "height_px": 400}
        listed[name] = {"file": file, **size, "n": 17, "facts": FACTS.get(name, {})}
    (folder / "figures.json").write_text(json.dumps(listed))
    return folder


def placeholder_pictures(figures: Path, summary: Summary) -> None:
    """The pairs and films that `draw_figures` leaves: two photographs and one class a network."""
    folder = figures / NATIVE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture.png").write_bytes(PNG)
    side = {"side": 8, "plain": "picture.png", "altered": "picture.png"}
    pairs = [
        {"model": row.model, "run": row.run, "image_id": point.image_id, **side}
        for row in summary.attacks
        for point in row.points[:2]
    ]
    films = [
        {
            "model": ascent.model,
            "class_index": ascent.class_index,
            "side": 8,
            "frames": [{"iteration": s.iteration, "file": "picture.png"} for s in ascent.snapshots],
        }
        for ascents in summary.drawn.values()
        for ascent in ascents[:1]
    ]
    (folder / NATIVE_INDEX).write_text(json.dumps({"pairs": pairs, "films": films}))


def placeholder_controlled(folder: Path, summary: Summary) -> Controlled:
    """Those pictures, and a file of one row for each network."""
    placeholder_pictures(folder, summary)
    file = folder / "adversarial.csv"
    rows = [f'"{model}",1\n' for model in summary.context.model_names]
    file.write_text("".join(['"model","label"\n', *rows]), encoding="utf-8")
    return load_controlled(folder, [file])


@functools.cache
def render(
    *,
    models: tuple[str, ...] = ("lite0", "lite2"),
    figures: tuple[str, ...] = FIGURES,
    questions: tuple[int, ...] = tuple(QUESTIONS),
    **switches: Any,
) -> tuple[Summary, str]:
    """Summary and HTML of synthetic tables with the given (hashable) switches."""
    tables = synthetic_tables(models=models, **switches)
    return render_tables(tables, models=models, figures=figures, questions=questions)


def render_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    models: tuple[str, ...] = ("lite0", "lite2"),
    figures: tuple[str, ...] = FIGURES,
    **context: Any,
) -> tuple[Summary, str]:
    """Summary and HTML of these tables."""
    summary = summarize(tables, context=synthetic_context(models, **context))
    return summary, render_summary(summary, figures=figures)


def render_summary(
    summary: Summary,
    *,
    figures: tuple[str, ...] = FIGURES,
    templates: Path = TEMPLATES,
    language: str = "en",
) -> str:
    """HTML of this summary with placeholder figures."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = load_figures(placeholder_figures(Path(folder), figures))
        controlled = placeholder_controlled(Path(folder), summary)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            rendering, "Environment", functools.partial(Environment, bytecode_cache=COMPILED)
        )
        return rendering.render_html(
            summary,
            drawn,
            templates=templates,
            language=language,
            provenance=PROVENANCE,
            controlled=controlled,
        )


class Page(HTMLParser):
    """Elements in order as (tag, attributes), and the text that a reader sees, by section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.ids: list[str] = []
        self.ids_of: dict[str, set[str]] = {}
        self.unclosed: list[str] = []
        self._words: dict[str, list[str]] = {"": []}
        self._sections: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag not in VOID:
            self.unclosed.append(tag)
        if tag == "section":
            self._sections.append(found.get("id", ""))
        if "id" in found:
            self.ids.append(found["id"])
            for section in self._sections:
                self.ids_of.setdefault(section, set()).add(found["id"])
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag, f"</{tag}> closes another element"
        if tag == "section":
            self._sections.pop()
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self.unclosed and not {"style", "script", "template", "dialog", "output"} & set(
            self.unclosed
        ):
            for section in {"", *self._sections}:
                self._words.setdefault(section, []).append(re.sub(r"[ \t\n]+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            for section in {"", *self._sections}:
                self._words.setdefault(section, []).append("\n")

    def ids_in(self, section: str) -> set[str]:
        """Ids within a section, those of its further evidence among them."""
        return self.ids_of[section] | self.ids_of.get(f"{section}-more", set())

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of every element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, section: str = "") -> str:
        """Text of a section by its id, or of the whole page; spaces of any kind are one space.

        A question has its further evidence as well.
        """
        words = self._words[section] + self._words.get(f"{section}-more", [])
        text = "".join(words).replace("\xa0", " ").replace("\u202f", " ")
        return re.sub(r"\s*\n\s*", "\n", re.sub(r" +", " ", text))
