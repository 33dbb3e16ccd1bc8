"""How the report reads: counted, and bounded."""

from __future__ import annotations

import json

import pytest

from inputgrad.report.reading import NUMBER, Page, pages_of, read_page
from rendered_report import render

SHARE_OF_CROWDED = 0.05  # of the sentences of the main part may hold more than two numbers


def test_sentences_are_split_and_their_numbers_counted() -> None:
    found = read_page(
        "<main><p>In <bdi>SqueezeNet 1.1</bdi> 3 of 18 fall. It is 0.62, "
        '<a href="#q2">Question 2</a> says. <em>Why?</em> For 1, 2 and 3 things.</p>'
        "<h2>4 5 6</h2><table><tr><td><p>7 8 9</p></td></tr></table></main>"
        '<section id="methods"><p>With 1, 2, 3 and 4.</p></section>'
    )
    assert [len(NUMBER.findall(sentence)) for sentence in found.sentences] == [2, 1, 0, 3]
    assert found.crowded == ["For 1, 2 and 3 things."]


def test_captions_are_counted_by_their_figure_and_tables_by_their_body() -> None:
    found = read_page(
        '<figure id="figure-a"><figcaption>One two.<span class="made">n = 3.</span></figcaption>'
        f'</figure><div id="table-b"><table><caption>{"word " * 36}</caption>'
        "<thead><tr><th>x</th><th>y</th></tr></thead>"
        "<tbody><tr><th>1</th><td>2</td></tr><tr><th>1</th><td>2</td></tr></tbody></table></div>"
    )
    assert found.captions["figure-a"] == "One two."
    assert found.long_captions == {"table-b": 36}
    assert [(table.name, table.rows, table.columns) for table in found.tables] == [
        ("table-b", 2, 2)
    ]


def test_pages_under_half_full_are_named_but_for_those_before_a_part() -> None:
    anchors = {"q1": 1, "part-adversarial": 3, "methods": 5}
    pages = pages_of((0.9, 0.3, 0.4, 1.0, 0.2, 0.1), anchors, parts=("part-adversarial",))
    assert pages[1] == Page(2, 0.3, main=True, before_a_part=True)
    found = read_page("<p>Nothing.</p>")
    found.pages = pages
    assert (found.main_pages, found.hollow) == (4, [3, 5])
    assert json.loads(found.to_json())["pages of the main part"] == 4


@pytest.mark.parametrize("switches", [{}, {"censored": True}, {"n": 4}, {"first": "higher"}])
def test_the_reports_own_sentences_and_captions_are_short(switches: dict[str, object]) -> None:
    found = read_page(render(**switches)[1])
    assert len(found.sentences) > 200
    assert len(found.crowded) <= SHARE_OF_CROWDED * len(found.sentences), found.crowded
    assert found.long_captions == {}
    assert all(table.columns <= 8 and table.rows <= 14 for table in found.tables if table.main)
