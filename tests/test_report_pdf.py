"""The PDF and what is drawn for it: engines, formulas, numbers."""

from __future__ import annotations

import base64
import collections
import functools
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties, findfont
from pypdf import PdfReader
from pypdf.generic import NullObject

from inputgrad.errors import ConfigError
from inputgrad.report import pdf
from inputgrad.report.figures.style import STYLE
from inputgrad.report.fonts import BASIC, FACES, FONTS, font_faces, lacking, spelled
from inputgrad.report.formulas import draw_formula, formula_image, load_formulas
from inputgrad.report.numbers import SCALES, shown
from inputgrad.report.pdf import Engine
from inputgrad.report.summaries.summary import summarize
from inputgrad.report.write import write_report
from rendered_report import PROVENANCE, TEMPLATES, placeholder_figures, placeholder_pictures
from synthetic_tables import synthetic_context, synthetic_tables

SCRIPTS = str(TEMPLATES.parent / "scripts")
TITLE = "What the networks see"
FONTCONFIG = {
    "without fonts": "<fontconfig><cachedir>{cache}</cachedir></fontconfig>",
    "with other fonts": f"<fontconfig><dir>{FONTS}</dir>"
    "<cachedir>{cache}</cachedir><match><edit name='family' mode='prepend' binding='strong'>"
    "<string>cmr10</string></edit></match></fontconfig>",
}
FORMULAS = load_formulas(TEMPLATES / "formulas.toml")
needs_pango = pytest.mark.skipif(
    pdf.probe().name != "weasyprint", reason="WeasyPrint needs the system's Pango"
)
engines = pytest.mark.parametrize(
    "engine", [pytest.param("weasyprint", marks=needs_pango), "plutoprint"]
)


def write(folder: Path, engine: str) -> Path:
    """A report of one question, which is quick to print."""
    tables = synthetic_tables(n=8, sweeps=False, unreadable=(("😀字.jpg", "?"),))
    summary = summarize(tables, context=synthetic_context(questions=(5,), title=TITLE))
    placeholder_figures(folder / "figures" / "en")
    placeholder_pictures(folder / "figures", summary)
    write_report(
        summary,
        folder / "figures",
        data=(),
        templates=TEMPLATES,
        language="en",
        provenance=PROVENANCE,
        pdf_engine=Engine(engine),
        out=folder,
    )
    return folder / "report.pdf"


def embedded(page: str) -> Iterator[TTFont]:
    """The fonts in the rules for a page."""
    for data in re.findall(r"base64,([^)]*)", font_faces(page)):
        yield TTFont(io.BytesIO(base64.b64decode(data)))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The report of an engine, printed once."""
    return functools.cache(lambda engine: write(tmp_path_factory.mktemp(engine), engine))


@engines
def test_both_engines_print_the_whole_report(engine: str, printed: Callable[[str], Path]) -> None:
    reader = PdfReader(printed(engine))
    text = "".join(page.extract_text() for page in reader.pages)
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx(
        [595, 842], abs=1
    )
    for said in ("Eleven answers", "Question 5", "EfficientNet-Lite0", "Provenance"):
        assert said in text
    assert f"{engine} " in text, "the provenance names the engine"
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots", ())]
    assert sum("/Dest" in link or "/D" in link.get("/A", {}) for link in links) > 10
    assert reader.metadata is not None
    assert reader.metadata.title == TITLE


@engines
def test_the_same_input_gives_the_same_bytes(
    engine: str, printed: Callable[[str], Path], tmp_path: Path
) -> None:
    first, again = printed(engine), write(tmp_path, engine)
    assert again.read_bytes() == first.read_bytes()
    assert again.with_suffix(".html").read_bytes() == first.with_suffix(".html").read_bytes()


@engines
@pytest.mark.parametrize("machine", ["without fonts", "with other fonts"])
def test_the_machines_fonts_do_not_matter(
    engine: str, machine: str, printed: Callable[[str], Path], tmp_path: Path
) -> None:
    """Neither those that it has, nor a user's rule that puts one of them before all others."""
    settings = tmp_path / "fonts.conf"
    settings.write_text(FONTCONFIG[machine].format(cache=tmp_path), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from inputgrad.report.pdf import write_pdf;"
        "page, out, engine, title = sys.argv[1:];"
        "write_pdf(Path(page).read_text('utf-8'), Path(out), engine=engine, title=title)"
    )
    report, out = printed(engine), tmp_path / "report.pdf"
    arguments = (str(report.with_suffix(".html")), str(out), engine, TITLE)
    subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": SCRIPTS, "FONTCONFIG_FILE": str(settings)},
        capture_output=True,
        check=True,
    )
    assert out.read_bytes() == report.read_bytes()


def test_fontconfig_is_given_back_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    pdf.write_pdf("<p>", tmp_path / "x.pdf", engine="plutoprint", title="")
    assert os.environ["FONTCONFIG_FILE"] == "mine"
    monkeypatch.delenv("FONTCONFIG_FILE")
    pdf.write_pdf("<p>", tmp_path / "x.pdf", engine="plutoprint", title="")
    assert "FONTCONFIG_FILE" not in os.environ


@engines
def test_what_no_font_has_is_printed_as_its_code(
    engine: str, printed: Callable[[str], Path]
) -> None:
    text = "".join(page.extract_text() for page in PdfReader(printed(engine)).pages)
    assert r"\u5b57.jpg" in re.sub(r"\s", "", text)
    assert "字.jpg" in printed(engine).with_suffix(".html").read_text(encoding="utf-8")
    assert spelled("η fi 字😀") == "η fi \\u5b57😀"
    assert lacking("η fi 字😀 网字\u2003") == "字网"
    assert lacking("η fi") == ""


def test_the_fonts_have_the_pages_characters_and_no_ligature() -> None:
    """A page in Cyrillic brings Cyrillic along, one without it does not."""
    for face, font in zip(FACES, embedded("Щука"), strict=True):
        with TTFont(FONTS / face.file) as original:
            known = original.getBestCmap().keys()
        assert font.getBestCmap().keys() == known & set(map(ord, BASIC | set("Щука")))
        assert "liga" not in {f.FeatureTag for f in font["GSUB"].table.FeatureList.FeatureRecord}
    assert all(ord("Щ") not in font.getBestCmap() for font in embedded("pike"))


def test_the_figures_font_is_matplotlibs_own() -> None:
    chosen = findfont(FontProperties(family=STYLE["font.family"]), fallback_to_default=False)
    assert Path(chosen).samefile(FONTS / "DejaVuSans.ttf")


@engines
def test_no_clock_time_enters_the_document(engine: str, printed: Callable[[str], Path]) -> None:
    metadata = PdfReader(printed(engine)).metadata or {}
    dates = {str(value) for key, value in metadata.items() if key.endswith("Date")}
    assert dates == (set() if engine == "weasyprint" else {"20000101000000Z"})


@needs_pango
def test_weasyprint_gives_running_heads_page_numbers_and_bookmarks(
    printed: Callable[[str], Path],
) -> None:
    reader = PdfReader(printed("weasyprint"))
    pages = [page.extract_text() for page in reader.pages]
    bookmarks = [item.title for item in reader.outline if not isinstance(item, list)]
    assert bookmarks[0] == "What the networks see"
    assert any("Question 5" in title for title in bookmarks)
    first = next(i for i, text in enumerate(pages) if "Question 5" in text)
    contents = next(text for text in pages if text.startswith("Contents") or "\nContents" in text)
    entry = next(line for line in contents.splitlines() if line.startswith("Q5"))
    assert entry.split()[-1] == str(first + 1)
    assert f"{first + 1} / {len(pages)}" in pages[first]
    assert "What the networks see" in pages[first]


@needs_pango
def test_weasyprint_tags_headings_tables_and_figures(printed: Callable[[str], Path]) -> None:
    root = PdfReader(printed("weasyprint")).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    tags = list(structure(root["/StructTreeRoot"]))
    kinds = collections.Counter(tag["/S"] for tag in tags)
    assert kinds["/Document"] == kinds["/H1"] == 1
    assert min(kinds[kind] for kind in ("/H2", "/H3", "/L", "/LI", "/TH", "/TD", "/Caption")) > 0
    assert all(tag.get("/Alt") for tag in tags if tag["/S"] == "/Figure") and kinds["/Figure"]


def structure(node: Any) -> Iterator[Any]:
    """Every element of a structure tree, in the order of reading."""
    found = node.get_object()
    if isinstance(found, list):
        for child in found:
            yield from structure(child)
    elif isinstance(found, dict):
        if "/S" in found:
            yield found
        yield from structure(found.get("/K", NullObject()))


@needs_pango
@pytest.mark.parametrize("above", [240, 244, 248, 251])  # millimetres, of the page's 255
def test_a_margin_note_at_the_foot_of_a_page_is_printed_once(above: int, tmp_path: Path) -> None:
    style = "".join((TEMPLATES / name).read_text() for name in ("report.css", "print.css"))
    note = f"<h3>Not shown</h3><p>{'word ' * 50}</p><h3>Asked orally</h3><p>{'word ' * 50}</p>"
    text = f"<p>{'A sentence of the text. ' * 60}</p>"
    pdf.write_pdf(
        f"<html><head><style>{style}</style></head><body><main><section class='question'>"
        f"<div style='height: {above}mm'></div><div class='reading'>"
        f"<aside class='margin'>{note}</aside>{text}</div></section></main></body></html>",
        tmp_path / "page.pdf", engine="weasyprint", title="Page",
    )  # fmt: skip
    printed = "".join(page.extract_text() for page in PdfReader(tmp_path / "page.pdf").pages)
    assert (printed.count("Not shown"), printed.count("Asked orally")) == (1, 1)


def test_the_probe_imports_no_engine() -> None:
    code = (
        "import sys; from inputgrad.report.pdf import probe; print(probe().name);"
        "assert not {'weasyprint', 'plutoprint', 'torch'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": SCRIPTS}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in pdf.ENGINES


def test_without_pango_the_probe_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "NEEDED", pdf.NEEDED | {"absent": ("no-such-library",)})
    monkeypatch.setattr(pdf.shutil, "which", lambda name: name == "dnf")
    assert pdf.probe() == Engine("plutoprint", "sudo dnf install pango")
    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)
    assert pdf.probe() == Engine("plutoprint", pdf.ELSEWHERE)


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown PDF engine 'paper'; known: weasyprint"):
        pdf.write_pdf("<p>", tmp_path / "x.pdf", engine="paper", title="")


@pytest.mark.parametrize("name", FORMULAS)
def test_every_formula_is_drawn_with_its_latex(name: str) -> None:
    drawn = draw_formula(FORMULAS[name])
    assert drawn.svg.count("<path") == 1
    assert 0 <= drawn.depth < drawn.height
    assert 1 < drawn.width < 30
    assert draw_formula.__wrapped__(FORMULAS[name]) == drawn


def test_a_formulas_image_escapes_its_alternative_text() -> None:
    assert 'alt="a &lt; b"' in formula_image("a < b")


def test_a_formula_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="nosuchsymbol"):
        draw_formula(r"\nosuchsymbol + 1")


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0.1234, "percent", "12 %"),
        (0.0123, "percent", "1.2 %"),
        (0.9999, "percent", "> 99.9 %"),
        (0.9984, "percent", "99.8 %"),
        (1e-6, "percent", "< 0.1 %"),
        (1.0, "percent", "100 %"),
        (0.0, "percent", "0 %"),
        (12.5, "half", "12.5"),
        (12.0, "half", "12"),
        (0.012345, "real", "0.0123"),
        (1234.5, "real", "1 234"),
        (2.5e-7, "real", "2.5 × 10⁻⁷"),
        (-0.001, "rho", "0.00"),
        (-0.25, "rho", "−0.25"),
        (-0.034, "points", "−3.4"),
        (0.5, "points", "50"),
        (1 / 255, "grey", "1.00"),
        (0.25, "setting", "0.25"),
        (0.001, "setting", "0.001"),
        (50000, "whole", "50 000"),
        (2e-6, "p", "< 0.0001"),
        (0.0312, "p", "0.031"),
    ],
)
def test_numbers_are_written_as_people_do(value: float, scale: str, text: str) -> None:
    assert shown(value, scale).replace("\u202f", " ") == text


@pytest.mark.parametrize("scale", SCALES)
def test_a_missing_number_is_a_dash(scale: str) -> None:
    assert shown(None, scale) == shown(float("nan"), scale) == "–"


@given(st.floats(0, 1))
def test_a_percentage_reads_back_and_is_never_certain_by_rounding(share: float) -> None:
    text = shown(share, "percent").removesuffix("\u202f%")
    assert (text == "100") == (share == 1)
    assert (text == "0") == (share == 0)
    if not text.startswith(("<", ">")):
        assert float(text) == pytest.approx(100 * share, abs=0.51)


@given(st.floats(-1e6, 1e6))
def test_a_real_number_reads_back_to_three_digits(value: float) -> None:
    text = shown(value, "real").replace("−", "-").replace("\u202f", "")
    if "×" not in text:
        assert float(text) == pytest.approx(value, rel=0.006, abs=1e-4)


def test_the_blank_before_an_element_is_a_text_of_its_own() -> None:
    """Else WeasyPrint ends a line early where a text fits but for the blank at its end."""
    page = "<p>moves <bdi>a</bdi> map, <code>run</code>, and <em>more</em></p>\n <p>so</p>"
    apart = pdf.blanks_apart(page)
    assert apart.count("<span> </span>") == 3
    assert re.sub("<[^>]*>", "", apart) == re.sub("<[^>]*>", "", page)
