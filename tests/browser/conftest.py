"""Pages in Debian's chromium, opened from the file system, with no network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embcmp.batch.report.pages import write_report
from embcmp.questions.compare.page.page import to_html
from embcmp.render.page import Json
from tests.batch.saved import write_batch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ABSENT = "chromium is not installed: make browser does that on Debian"
REQUIRED = "CI" in os.environ and sys.platform == "linux"  # elsewhere there is no Debian
TAMED = ("man", "<i>bank</i>", "spring")


@dataclass
class Seen:
    """A page in the browser, and what it did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def points(self, target: str) -> Locator:
        """The points of a map."""
        return self.page.locator(f"{target} .scatterlayer .point")

    def hover(self, points: Locator, place: int) -> str:
        """Point at one of them; the text of the label that comes up."""
        box = points.nth(place).bounding_box()
        assert box is not None
        self.page.mouse.move(0, 0)
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        label = self.page.locator(".hoverlayer .hovertext").first
        label.wait_for()
        return label.text_content() or ""


Open = Callable[..., Seen]


def pytest_runtest_setup() -> None:
    """Skip this folder's tests where there is no browser, but not in CI on Linux."""
    if shutil.which("chromium") is None and not REQUIRED:
        pytest.skip(ABSENT)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail(f"{ABSENT}, and in CI on Linux no test of a page may be skipped")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        launched = p.chromium.launch(executable_path=chromium)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def page(browser: Browser) -> Page:
    """The page that all tests use, one after the other.

    A browser keeps what it made of plotly's script, which takes a second, for as long as a page is
    there, and a new document in it is as fresh as a new page.
    """
    return browser.new_context(offline=True).new_page()


@pytest.fixture
def open_page(page: Page) -> Iterator[Open]:
    """Open a file as a reader would, at a width and in light or dark.

    A test has one page: the next file takes the place of the one before. Unless it is `still` its
    figures are waited for.
    """
    seen = Seen(page)
    heard: dict[str, Callable[..., object]] = {
        "request": lambda r: seen.requests.append(r.url),
        "console": lambda m: seen.complaints.append(f"{m.type}: {m.text}"),
        "pageerror": lambda e: seen.complaints.append(str(e)),
        "dialog": lambda d: (seen.dialogs.append(d.message), d.dismiss()),
    }
    for event, hear in heard.items():
        page.on(event, hear)  # type: ignore[call-overload]  # each by its name

    def opened(
        path: Path, width: int = 1280, scheme: str = "light", *, still: bool = False
    ) -> Seen:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, media="screen")  # type: ignore[arg-type]  # light or dark
        page.mouse.move(0, 0)
        page.goto(path.as_uri())
        if not still:
            page.locator("body[data-drawn]").wait_for()
        return seen

    yield opened
    page.goto("about:blank")
    for event, hear in heard.items():
        page.remove_listener(event, hear)


@pytest.fixture(scope="session")
def site(hostile_json: Json, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of three words, and beside it the same word in one file."""
    folder = tmp_path_factory.mktemp("site")
    words = []
    for file, word, auc in zip("abc", TAMED, (0, 0.25, 0.5), strict=True):
        comparison = {**deepcopy(hostile_json), "word": word}
        comparison["results"][-1]["metrics"]["auc_macro"]["value"] = auc
        words.append((file, comparison))
    report = write_report(write_batch(folder / "out", words)).parent
    page = to_html(hostile_json, projection="tsne")
    (report / "single.html").write_text(page, encoding="utf-8")
    return report
