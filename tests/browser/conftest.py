"""The report in the system's Chromium, with real figures: what a page records is what it asked for.

Without a Chromium these tests are skipped, unless `INPUTGRAD_BROWSER=required` says that they must
run, as `.ci/run` does.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from written_report import Written, write_with_pictures

from rendered_report import TEMPLATES, render

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
REQUIRED = os.environ.get("INPUTGRAD_BROWSER") == "required"
SCREENSHOTS = TEMPLATES.parent / "screenshots"
WIDTHS = {"phone": (360, 740), "tablet": (768, 1024), "desktop": (1600, 1000)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none, unless it must run."""
    if CHROMIUM is None and not REQUIRED:
        reason = "needs Chromium: sudo apt-get install chromium"
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "INPUTGRAD_BROWSER=required, and no Chromium is on the PATH: install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report of two networks with every figure, picture and row."""
    return write_with_pictures(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every table that there is, and figures that are placeholders."""
    path = tmp_path_factory.mktemp("full") / "report.html"
    path.write_text(render()[1], encoding="utf-8")
    return path


@dataclass
class Opened:
    """A page with what it said on the console and what it asked the network for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def shot(self, name: str, *, selector: str | None = None) -> None:
        """Keep a picture of the window, or of an element."""
        SCREENSHOTS.mkdir(exist_ok=True)
        place = SCREENSHOTS / f"{name}.png"
        if selector is None:
            self.page.screenshot(path=place)
        else:
            self.page.locator(selector).first.screenshot(path=place)


Open = Callable[..., Opened]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Opens a page at a size and in a scheme; afterwards nothing was asked for, none failed."""
    contexts, pages = [], []

    def open_(path: Path, width: str = "desktop", **options: Any) -> Opened:
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        context = chromium.new_context(viewport=size, accept_downloads=True, **options)
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.set_default_timeout(120_000)  # the machine may be busy
        found.page.on(
            "console",
            lambda m: found.errors.append(m.text) if m.type in ("error", "warning") else None,
        )
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.on("request", lambda asked: found.requests.append(asked.url))
        found.page.goto(path.as_uri())
        pages.append((found, path.as_uri()))
        return found

    yield open_
    for found, address in pages:
        assert found.errors == []
        asked = {url for url in found.requests if not re.match(r"data:|blob:", url)}
        assert asked == {address}
    for context in contexts:
        context.close()
