"""The page as a whole: widths, schemes, paper, no script, accessibility, first paint.

That nothing was asked of the network and nothing failed is checked for every page that `opened`
opens.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from written_report import Written

    from conftest import Open

WIDTHS = ("phone", "tablet", "desktop")
SCHEMES = ("light", "dark")
CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || !box.height || element.closest(".skip")) return false;
  for (let around = element.parentElement; around; around = around.parentElement) {
    if (["auto", "scroll"].includes(getComputedStyle(around).overflowX)) return false;
  }
  return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 120))"""
CONTRAST = """(selector) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255).map(
      (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [text, paper] = [getComputedStyle(document.querySelector(selector)).color,
    getComputedStyle(document.body).backgroundColor].map(light);
  return (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
}"""


def walk(page: Page) -> None:
    """Go through the page once, so that what waits to be seen is there."""
    page.evaluate(
        "async () => { for (let y = 0; y < document.body.scrollHeight; y += 3000) {"
        "scrollTo(0, y); await new Promise(requestAnimationFrame); } scrollTo(0, 0); }"
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_and_the_page_scrolls_down_alone(
    width: str, script: bool, written: Written, full: Path, opened: Open
) -> None:
    for path in (written.page, full):
        found = opened(path, width, java_script_enabled=script)
        size = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert size[0] <= size[1]
        assert found.page.evaluate(CUT) == []
    found.shot(f"page-{width}-{'script' if script else 'plain'}")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_contents_follow_the_reader(scheme: str, written: Written, opened: Open) -> None:
    found = opened(written.page, color_scheme=scheme, reduced_motion="reduce")
    for section in ("q2", "q7", "limits"):
        found.page.locator(f"#contents a[href='#{section}']").click()
        current = found.page.locator("#contents [aria-current]")
        current.and_(found.page.locator(f"[href='#{section}']")).wait_for()
        assert current.count() == 1
    found.shot(f"contents-{scheme}")


def test_light_and_dark_are_readable_and_differ(written: Written, opened: Open) -> None:
    papers = []
    for scheme in SCHEMES:
        page = opened(written.page, color_scheme=scheme).page
        papers.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        for selector in ("p.lead", "nav a", ".made", ".interval", ".count", "a.see"):
            assert page.evaluate(CONTRAST, selector) >= 4.5, (scheme, selector)
        figure = page.locator("figure[id] img").first
        assert figure.evaluate("i => getComputedStyle(i).backgroundColor") == "rgb(255, 255, 255)"
    assert papers[0] != papers[1]


def test_paper_has_no_controls(written: Written, opened: Open) -> None:
    page = opened(written.page).page
    visible = "s => [...document.querySelectorAll(s)].filter(e => e.offsetParent).length"
    controls = ".viewer, .bar, .enlarge, #tip, dialog, .sort, select, input, canvas"
    assert page.evaluate(visible, controls) > 20
    page.emulate_media(media="print")
    assert page.evaluate(visible, ".viewer, .bar, .enlarge, #tip, dialog, input, canvas") == 0
    assert page.evaluate(visible, "figure[id] img, table") > 20
    mark = "getComputedStyle(document.querySelector('.sort'), '::after').content"
    assert page.evaluate(mark) == "none"


def test_without_a_script_all_is_there(written: Written, opened: Open) -> None:
    found = opened(written.page, java_script_enabled=False)
    page = found.page
    for selector in ("#pairs img", "#films img", "figure[id] img", "#more table"):
        shown = page.locator(selector)
        assert shown.count() > 5
        assert all(element.is_visible() for element in shown.all()), selector
    for selector in (".bar", "canvas", "#tip", "#rows", "button", "input"):
        assert not any(element.is_visible() for element in page.locator(selector).all()), selector
    found.shot("pairs-plain", selector="#pairs")
    found.shot("films-plain", selector="#films")


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious(
    scheme: str, width: str, written: Written, full: Path, opened: Open
) -> None:
    for path in (written.page, full):
        page = opened(path, width, color_scheme=scheme, bypass_csp=True).page
        walk(page)
        found = Axe().run(page).response["violations"]
        grave = [
            (rule["id"], rule["nodes"][0]["html"][:200], rule["nodes"][0].get("failureSummary"))
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert grave == []


def test_the_first_paint_comes_within_a_second(written: Written, opened: Open) -> None:
    """The best of three: the machine may be busy, the page never is."""
    paints = "performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)"
    times = []
    for _ in range(3):
        page = opened(written.page).page
        while not (painted := page.evaluate(paints)):
            page.wait_for_timeout(20)
        times += painted
    assert min(times) < 1000.0
