"""Languages of the report for tests: a pseudo-language of marked pieces, and what is left of it.

Every piece of text of a language (between tags, expressions and placeholders) becomes ⟦piece⟧, in
its sentences as in its labels. What stands outside the marks in a rendered page is then text that
no language gave.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

from rendered_report import TEMPLATES, VOID

MARKED = re.compile(r"⟦([^⟦⟧]*)⟧")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]{2,}")
MARKUP = re.compile(r"(<code>[^<]*</code>|<[^>]*>|&#?\w+;)")
PLACEHOLDER = re.compile(r"(\{[^}]*\})")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Names and values that no language translates: models, classes, files, runs, code, citations.
OUTSIDE = {"code", "bdi", "cite", "style", "script", "title", "h1"}
SPOKEN = ("alt", "aria-label", "title", "placeholder")


def pseudo_language(folder: Path, change: Callable[[str], str] | None = None) -> Path:
    """Templates whose only language, `xx`, is `en` with every piece changed (marked, if None)."""
    change = change or marked
    templates = folder / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "en").rename(templates / "xx")
    for path in (templates / "xx").rglob("*"):
        if path.suffix == ".html":
            path.write_text(_sentences(path.read_text(encoding="utf-8"), change), encoding="utf-8")
        if path.suffix == ".toml":
            path.write_text(_labels(path.read_text(encoding="utf-8"), change), encoding="utf-8")
    return templates


def marked(piece: str) -> str:
    """⟦piece⟧, with the space around it outside, where it has a letter."""
    if not LETTER.search(piece):
        return piece
    text = piece.strip()
    return piece.replace(text, f"⟦{text}⟧")


def pieces(templates: Path) -> set[str]:
    """Every marked piece of the pseudo-language that a page can say; figures say the others."""
    files = [path for path in (templates / "xx").rglob("*.*") if path.name != "figures.toml"]
    texts = [path.read_text(encoding="utf-8") for path in files]
    return {_plain(piece) for text in texts for piece in MARKED.findall(text)}


class Reader(HTMLParser):
    """What a reader sees or hears of a page: marked pieces (`said`) and other `words`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self._named: list[str] = []  # names that elements hold; alternative texts repeat them
        self.feed(page)
        self.close()
        text = "".join(self._texts)
        self.said = {_plain(piece) for piece in MARKED.findall(text)}
        names = set(WORD.findall(" ".join(self._named)))
        self.words = set(WORD.findall(MARKED.sub(" ", text))) - names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append((tag, found))
        if found.get("class") != "formula":
            self._texts += [f" {found[name]} " for name in SPOKEN if name in found]
        if tag == "meta" and found.get("name") in ("description", "keywords"):
            self._texts.append(f" {found['content']} ")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        open_tags = {tag for tag, _ in self._open}
        if not any(self._names(tag, attributes) for tag, attributes in self._open):
            self._texts.append(data)
        elif "bdi" in open_tags:
            self._named.append(data)

    def _names(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether an element holds names or values: also choices, citations, provenance."""
        if tag == "th" and attributes["scope"] == "row":
            return any(open_.get("id") == "table-provenance" for _, open_ in self._open)
        return (
            tag in OUTSIDE
            or (tag == "option" and attributes["value"] != "")
            or (tag == "option" and attributes["value"] != "")
            or attributes.get("class") == "cite"
            or attributes.get("id", "").startswith("ref-")
        )


def _sentences(source: str, change: Callable[[str], str]) -> str:
    """A template with its text changed and its tags, entities and expressions as they are."""
    return "".join(
        _split(value, MARKUP, change) if kind == "data" else value
        for _, kind, value in Environment().lex(source)
    )


def _labels(source: str, change: Callable[[str], str]) -> str:
    def changed(found: re.Match[str]) -> str:
        return f'"{_split(found[1], PLACEHOLDER, change)}"'

    lines = [line.split("#")[0].rstrip() for line in source.splitlines()]
    return "\n".join(QUOTED.sub(changed, line) for line in lines) + "\n"


def _split(text: str, kept: re.Pattern[str], change: Callable[[str], str]) -> str:
    return "".join(
        part if kept.fullmatch(part) else change(part) for part in kept.split(text) if part
    )


def _plain(piece: str) -> str:
    return " ".join(piece.split())
