"""The controls by mouse and by keyboard: what they change is what they say."""

from __future__ import annotations

import base64
import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from inputgrad.report.numbers import shown

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from written_report import Written

    from conftest import Open


def numbers(locator: Locator) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", locator.inner_text())]


def visible(locator: Locator) -> list[Locator]:
    return [element for element in locator.all() if element.is_visible()]


def pixels(element: Locator) -> np.ndarray[Any, Any]:
    """What an image holds or a canvas shows, decoded here: (H, W, 3)."""
    uri = element.evaluate("e => e.src ?? e.toDataURL()")
    data = base64.b64decode(uri.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float)


def saved(page: Page, button: Locator) -> tuple[str, bytes]:
    """Name and content of what a button downloads."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def lines(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def slide(page: Page, slider: Locator, value: int) -> None:
    """Move a slider with the mouse, then to the very value with the arrow keys."""
    box = slider.bounding_box()
    low, high = (float(slider.get_attribute(end) or 0) for end in ("min", "max"))
    assert box is not None
    share = (value - low) / (high - low)
    page.mouse.click(box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2)
    while (at := float(slider.input_value())) != value:
        page.keyboard.press("ArrowRight" if at < value else "ArrowLeft")


@pytest.mark.parametrize("viewer", ["pairs", "films"])
def test_filters_change_the_cards_and_their_count(
    viewer: str, written: Written, opened: Open
) -> None:
    page = opened(written.page).page
    box = page.locator(f"#{viewer}")
    box.scroll_into_view_if_needed()
    count, cards, entries = box.locator(".count"), box.locator(".card"), box.locator(".entry")
    everything = cards.count()
    assert everything == 3
    assert numbers(count) == [1, everything, everything]
    assert (len(visible(cards)), len(visible(entries))) == (1, 2)
    box.locator("[data-filter=model]").select_option(label="network_1")
    shown = visible(entries)
    assert [entry.get_attribute("data-model") for entry in shown] == ["network_1"]
    first = visible(cards)[0]
    box.locator("[data-turn='1']").press("Enter")
    assert numbers(count) == [2, everything, everything]
    assert not first.is_visible()
    box.locator("[data-filter=model]").select_option("")
    classes = [card.get_attribute("data-class") for card in cards.all()]
    box.locator("[data-filter=class]").select_option(classes[-1])
    assert numbers(count) == [1, classes.count(classes[-1]), everything]
    assert visible(cards)[0].get_attribute("data-class") == classes[-1]


def test_the_difference_is_amplified_exactly(written: Written, opened: Open) -> None:
    found = opened(written.page)
    page, pairs = found.page, found.page.locator("#pairs")
    pairs.scroll_into_view_if_needed()
    entry = visible(pairs.locator(".entry"))[0]
    plain, altered = (pixels(entry.locator(f".{part} img").first) for part in ("plain", "altered"))
    assert 0 < np.abs(altered - plain).max() <= 1
    slider, canvas = pairs.locator("[name=amplification]"), entry.locator("canvas")
    for factor in (1, 50, 17):
        slide(page, slider, factor)
        entry.locator(f"canvas[data-factor='{factor}']").wait_for()
        drawn = pixels(canvas)
        assert np.abs(drawn - (127.5 + factor * (altered - plain))).max() <= 0.5
        assert str(factor) in entry.locator(".difference figcaption").inner_text()
    found.shot("pairs", selector="#pairs")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_pair_flickers_until_it_is_stopped(by: str, written: Written, opened: Open) -> None:
    page = opened(written.page).page
    pairs = page.locator("#pairs")
    pairs.scroll_into_view_if_needed()
    button, twin = pairs.locator(".flicker"), visible(pairs.locator(".altered"))[0].locator(".twin")
    assert not twin.is_visible()
    button.click() if by == "mouse" else button.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    twin.wait_for(state="visible")
    assert np.array_equal(pixels(twin), pixels(visible(pairs.locator(".plain img"))[0]))
    places = [
        element.bounding_box() for element in (twin, visible(pairs.locator(".altered img"))[0])
    ]
    assert places[0] == places[1]
    twin.wait_for(state="hidden")
    twin.wait_for(state="visible")
    button.click() if by == "mouse" else button.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert not twin.is_visible()


def test_a_film_goes_by_iterations(written: Written, opened: Open) -> None:
    found = opened(written.page)
    page, films = found.page, found.page.locator("#films")
    films.scroll_into_view_if_needed()
    slider = films.locator("[name=iteration]")
    card = visible(films.locator(".card"))[0]
    (own,) = [a for a in written.material.summary.drawn["network_0"]
              if str(a.class_index) == card.get_attribute("data-class")]  # fmt: skip
    for place, snapshot in enumerate(own.snapshots):
        slide(page, slider, place)
        frames = visible(card.locator(".frame"))
        assert len(frames) == 2
        for frame in frames:
            assert frame.get_attribute("data-iteration") == str(snapshot.iteration)
            share = shown(snapshot.probability, "percent").replace("\u202f", " ")
            said = frame.locator("figcaption").inner_text().replace("\u202f", " ")
            assert said == f"Iteration {snapshot.iteration}: probability {share}"
        assert slider.get_attribute("aria-valuetext") == str(snapshot.iteration)
    found.shot("films", selector="#films")


def test_a_table_sorts_by_any_column_and_back(full: Path, opened: Open) -> None:
    page = opened(full).page
    table = page.locator("#table-progress table")
    button = table.locator("thead th").nth(3).locator("button")
    cells = table.locator("tbody tr td:nth-of-type(3) .value")
    before = cells.evaluate_all("found => found.map(v => Number(v.dataset.value))")
    states = []
    for press in ("click", "Enter", "Space"):
        button.click() if press == "click" else button.press(press)
        states.append(cells.evaluate_all("found => found.map(v => Number(v.dataset.value))"))
    assert states == [sorted(before), sorted(before, reverse=True), before]
    assert before not in states[:2]
    button.click()
    assert table.locator("thead th").nth(3).get_attribute("aria-sort") == "ascending"


def test_a_long_table_is_searched_and_says_how_much_is_left(full: Path, opened: Open) -> None:
    page = opened(full).page
    bar = page.locator(".table-bar:has(+ #table-progress)")
    rows, search = page.locator("#table-progress tbody tr"), bar.locator("input")
    everything = rows.count()
    name = rows.first.locator("th").inner_text()
    search.fill(name)
    kept = visible(rows)
    assert 0 < len(kept) < everything
    assert all(name in row.inner_text() for row in kept)
    assert numbers(bar.locator(".count")) == [len(kept), everything]
    search.fill("")
    assert len(visible(rows)) == everything


def test_a_download_is_the_file(written: Written, opened: Open) -> None:
    page = opened(written.page).page
    button = page.locator(".table-bar:has(+ #table-attacks) .download")
    button.scroll_into_view_if_needed()
    name, content = saved(page, button)
    assert name == "adversarial.csv"
    assert content == (written.data / name).read_bytes()


def test_every_row_can_be_filtered_searched_sorted_and_saved(
    written: Written, opened: Open
) -> None:
    found = opened(written.page)
    page, rows = found.page, found.page.locator("#rows")
    rows.scroll_into_view_if_needed()
    count, sheet = rows.locator(".count"), rows.locator(".sheet tbody tr")
    rows.locator("[name=table]").select_option("adversarial")
    file = (written.data / "adversarial.csv").read_bytes()
    everything = lines(file)
    page.locator("#rows table[data-table=adversarial]").wait_for()
    assert numbers(count) == [1, 20, len(everything), len(everything)]
    assert sheet.first.locator("td").all_inner_texts() == list(everything[0].values())
    assert saved(page, rows.locator(".download")) == ("adversarial.csv", file)

    rows.locator("[data-filter=model]").select_option("network_1")
    own = [row for row in everything if row["model"] == "network_1"]
    assert numbers(count) == [1, 20, len(own), len(everything)]
    rows.locator("[data-filter=class]").select_option(own[0]["label"])
    own = [row for row in own if row["label"] == own[0]["label"]]
    assert numbers(count)[2:] == [len(own), len(everything)]
    rows.locator("[name=words]").fill(own[0]["run"])
    own = [row for row in own if own[0]["run"] in ",".join(row.values())]
    assert numbers(count)[2:] == [len(own), len(everything)]

    column = list(everything[0]).index("rms_255")
    rows.locator("thead button").nth(column).press("Enter")
    rising = sorted(own, key=lambda row: float(row["rms_255"]))
    values = [float(row.locator("td").nth(column).inner_text()) for row in sheet.all()]
    assert values == [float(row["rms_255"]) for row in rising[:20]]
    found.shot("rows", selector="#rows")
    assert lines(saved(page, rows.locator(".download"))[1]) == rising


def test_a_number_tells_its_interval_n_and_rows(written: Written, opened: Open) -> None:
    found = opened(written.page)
    page, tip = found.page, found.page.locator("#tip")
    value = page.locator("#table-attacks .value").first
    value.scroll_into_view_if_needed()
    assert not tip.is_visible()
    value.hover()
    tip.wait_for(state="visible")
    first = written.material.summary.attacks[0].iterations
    said = {
        slot: tip.locator(f"[data-slot={slot}]").inner_text()
        for slot in ("shown", "interval", "n", "exact")
    }
    assert said["n"] == str(first.n)
    assert float(said["exact"]) == pytest.approx(first.estimate)
    assert said["interval"].replace("\u202f", " ") == f"95 %: [{first.low:g}, {first.high:g}]"
    page.keyboard.press("Escape")
    assert not tip.is_visible()

    box = page.locator("#table-attacks")
    box.focus()
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('.value')"):
        page.keyboard.press("Tab")
    tip.wait_for(state="visible")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').textContent").startswith("network_1")
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tip"
    found.shot("number")
    page.keyboard.press("Enter")
    page.locator("#rows table[data-table=adversarial]").wait_for()
    assert page.locator("#rows [data-filter=model]").input_value() == "network_1"


def test_a_number_in_a_sentence_tells_the_same(written: Written, opened: Open) -> None:
    page = opened(written.page).page
    tip = page.locator("#tip")
    values = page.locator("#q5-takeaway .value")
    assert values.evaluate_all("found => found.map(v => v.tabIndex)") == [0, -1]
    values.first.focus()
    tip.wait_for(state="visible")
    first = written.material.summary.attacks[0]
    assert tip.locator("[data-slot=n]").inner_text() == str(first.fooled.n)
    page.keyboard.press("ArrowRight")
    exact = float(tip.locator("[data-slot=exact]").inner_text())
    assert exact == pytest.approx(first.fooled_png.estimate, rel=1e-5)
    page.keyboard.press("Enter")
    page.locator("#rows table[data-table=adversarial]").wait_for()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_figure_is_enlarged_and_closed(by: str, written: Written, opened: Open) -> None:
    found = opened(written.page)
    page, dialog = found.page, found.page.locator("dialog")
    figure = page.locator("#figure-adversarial_gallery")
    image, button = figure.locator("img"), figure.locator(".enlarge")
    image.click() if by == "mouse" else button.press("Enter")
    dialog.wait_for(state="visible")
    copy = dialog.locator("img")
    assert copy.get_attribute("src") == image.get_attribute("src")
    assert copy.get_attribute("alt") == image.get_attribute("alt")
    before = copy.evaluate("i => i.getBoundingClientRect().width")
    dialog.locator(".size").click()
    wide = copy.evaluate("i => i.getBoundingClientRect().width")
    assert wide == 2 * int(image.get_attribute("width") or 0)
    assert wide != before
    found.shot(f"zoom-{by}")
    dialog.locator(".close").click() if by == "mouse" else page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    if by == "keyboard":
        assert button.evaluate("b => b === document.activeElement")


def test_a_phone_shows_cards_and_single_tiles(written: Written, opened: Open) -> None:
    found = opened(written.page, "phone", has_touch=True)
    page = found.page
    cell = page.locator("#table-attacks tbody td").first
    head = page.locator("#table-attacks thead th").nth(1)
    assert not head.is_visible()
    label = cell.evaluate("c => getComputedStyle(c, '::before').content")
    assert (
        label.strip('"') == cell.get_attribute("data-label") == head.evaluate("h => h.textContent")
    )
    page.locator("#films").scroll_into_view_if_needed()
    frames = [frame.bounding_box() for frame in visible(page.locator("#films .frame"))]
    assert len({box["x"] for box in frames if box}) == 1
    figure = page.locator("#figure-adversarial_gallery .drawn")
    assert figure.evaluate("d => d.scrollWidth > d.clientWidth && d.tabIndex === 0")
    found.shot("phone-table", selector="#table-attacks")
    found.shot("phone-pairs", selector="#pairs")
