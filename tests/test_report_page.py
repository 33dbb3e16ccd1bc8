"""The page itself: one file, well formed, safe with hostile names, readable by machines."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inputgrad.report.numbering import Numbering
from inputgrad.report.summaries.summary import QUESTIONS
from rendered_report import FIGURES, TEMPLATES, Page, render

HOSTILE = (
    "<script>alert(1)</script>.jpg",
    '"><img src=x onerror=alert(1)>.png',
    "{{ 7*7 }}{% raw %}.jpg",
    "a\u202egnp.exe",
    "x" * 300 + ".jpg",
    "tab\there\nline.jpg",
)


WANTED = [name for name in FIGURES if name != "ascent_restraints"]  # only where blurs were compared


@pytest.fixture(scope="module")
def html() -> str:
    return render()[1]


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_is_one_file_without_any_request(html: str, page: Page) -> None:
    assert not page.all("link")
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert not [tag for tag, attributes in page.elements if tag != "img" and "src" in attributes]
    assert set(re.findall(r"url\([^;]*;", html)) == {"url(data:font/woff2;"}
    assert "@import" not in html
    (policy,) = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert "default-src 'none'" in policy
    outside = [a for a in page.all("a") if a["href"].startswith("http")]
    assert all(a.get("rel") == "external" for a in outside)


def test_the_policy_allows_our_script_and_no_other(html: str) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_elements_are_closed_and_names_unique(page: Page) -> None:
    assert page.unclosed == []
    assert len(page.ids) == len(set(page.ids))


def test_every_internal_link_has_its_end(page: Page) -> None:
    ends = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert len(ends) > 30
    assert ends <= set(page.ids)


def test_the_outline_is_one_title_with_ordered_headings(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("main")) == len(page.all("nav")) == 1


def test_pictures_and_tables_are_described(page: Page) -> None:
    assert all(len(image["alt"]) > 5 for image in page.all("img"))
    tables = len(page.all("table"))
    assert tables > 15
    assert len(page.all("caption")) == tables - 1  # the control's sheet of rows has a heading
    assert all(th.get("scope") in {"col", "row", "rowgroup"} for th in page.all("th"))


def test_figures_and_tables_are_numbered_as_they_stand(page: Page) -> None:
    for kind, least in (("Figure", len(WANTED)), ("Table", 15)):
        numbers = [int(n) for n in re.findall(rf"(?m)^{kind} (\d+)\. ", page.text())]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= least
    assert "Figure ?" not in page.text()
    assert "Table ?" not in page.text()


def test_numbering_forgets_nothing_and_knows_no_more() -> None:
    numbering = Numbering()
    assert numbering.number("figure", "b") == "?"
    numbering.learn('<p id="figure-a"><p id="table-x"><p id="figure-b">')
    found = [numbering.number(*k) for k in (("figure", "a"), ("figure", "b"), ("table", "x"))]
    assert found == [1, 2, 1]


def test_no_caption_of_a_table_has_a_link(page: Page) -> None:
    """A table with its roles said may own rows alone, and a caption has no role."""
    assert not re.search(r"<caption[^>]*>(?:(?!</caption>).)*<a\b", page.html, re.S)


def test_captions_say_n_and_the_appendix_the_rules(page: Page) -> None:
    captions = re.findall(r"(?m)^Figure \d+\..*$", page.text())
    assert len(captions) == len(WANTED)
    for figure in re.findall(r'<figure id="figure-.*?</figure>', page.html, re.S):
        sign = "≤" if "data:image/svg" in figure else "="
        assert re.search(rf"\bn(?:&nbsp;|\xa0){sign}(?:&nbsp;|\xa0)17\.", figure)
    _, _, rules = page.text("appendix").partition("Figures, their files, and the rules")
    for name in WANTED:
        row = (
            rf"(?m)^{name}\n(predict|compute_saliency|attack_images|judge_images|visualize_classes)"
        )
        assert re.search(row, rules), name


def test_absent_figures_leave_a_line_and_no_broken_link() -> None:
    page = Page(render(figures=("fooling_curve",))[1])
    ends = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert ends <= set(page.ids)
    assert page.text().count("This run has nothing to draw for the figure") == len(WANTED) - 1
    assert re.search(r"(?m)^Figure 1\. Share of the photographs whose target", page.text())


def test_hostile_names_stay_text(html: str) -> None:
    reasons = tuple((name, "<b>bad</b> &amp; worse") for name in HOSTILE)
    page = Page(render(files=HOSTILE, unreadable=reasons)[1])
    assert len(page.all("script")) == html.count("<script>") == 1
    assert not [tag for tag, attributes in page.elements if "onerror" in attributes]
    assert not page.all("b")
    text = page.text("appendix")
    assert "{{ 7*7 }}{% raw %}.jpg" in text
    assert "<script>alert(1)</script>.jpg" in text
    assert "<b>bad</b> &amp; worse" in text


def test_a_hostile_model_name_stays_text() -> None:
    page = Page(render(models=("<i>m</i>", "lite2"), questions=(4, 6))[1])
    assert "<i>m</i>" in page.text("q4")
    assert len(page.all("script")) == 1


@pytest.mark.parametrize(
    "switches",
    [{}, {"first": "higher"}, {"models": ("lite0",)}, {"n": 4}, {"censored": True}, {"n": 0}],
)
def test_no_sentence_loses_its_spaces(switches: dict[str, object]) -> None:
    _, html = render(**switches)
    text = Page(re.sub(r'<img class="formula".*?>', "formula", html)).text()
    assert not re.findall(r".{20} [,.;:)].{10}|.{20}[a-z)]\.[A-Z].{10}|.{10}\( .{10}", text)
    assert "None" not in text
    assert "nan" not in re.findall(r"\b\w+\b", text)


def test_no_clock_time_stands_in_the_page(page: Page) -> None:
    assert not re.search(r"\b\d{1,2}:\d{2}\b|\b\d{4}-\d{2}-\d{2}\b", page.text())


def test_every_question_has_its_template() -> None:
    for folder in ("skeleton", "en"):
        names = sorted(path.stem for path in (TEMPLATES / folder / "questions").glob("*.html"))
        assert names == [f"q{number:02}" for number in sorted(QUESTIONS)]


def test_another_process_writes_the_same_bytes(html: str) -> None:
    code = "import rendered_report, sys; sys.stdout.write(rendered_report.render()[1])"
    folder = Path(__file__).parent
    path = os.pathsep.join([str(folder), str(folder.parent / "scripts")])
    environment = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"}
    other = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    assert other.stdout.decode() == html
