"""The page of a change: its maps by group, its curve, and the words that are folded."""

from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.questions.change.page import to_html
from tests.browser.conftest import Open
from tests.browser.test_pages import undisturbed
from tests.questions.change.made import EACH, GROUPS, hostile_changes

TRACES = "e => e.data.map(t => [t.marker.symbol, t.marker.color, t.x.length])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("change")
    (made / "one.html").write_text(to_html(hostile_changes()), encoding="utf-8")
    (made / "two.html").write_text(to_html(hostile_changes(2, 2)), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", ["one.html", "two.html"])
def test_the_page_opens_on_a_phone(open_page: Open, folder: Path, name: str) -> None:
    seen = open_page(folder / name, 360, "dark")
    for details in seen.page.locator("details").all():
        details.evaluate("e => { e.open = true; }")
    seen.page.locator(".plot .main-svg").first.wait_for()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    undisturbed(seen, folder)


def test_a_map_has_a_point_for_each_use_by_color_and_shape_of_its_group(
    open_page: Open, folder: Path
) -> None:
    seen = open_page(folder / "one.html")
    page = seen.page
    colors = page.evaluate("[0, 1, 2].map(k => theme().sense(k))")
    assert page.locator("#map-0-0").count() == 0
    shapes = ("circle", "square", "diamond")
    for k in (1, 2):
        assert seen.points(f"#map-0-{k}").count() == 3 * EACH
        traces = page.locator(f"#map-0-{k}").evaluate(TRACES)
        assert traces == [[s, c, EACH] for s, c in zip(shapes, colors, strict=True)]
    assert page.locator("#curve-0 .scatterlayer .trace .point").count() == 2 * 2
    ticks = page.locator("#curve-0 .xtick").all_text_contents()
    assert ticks == [GROUPS[1][:15] + "…", GROUPS[2]]
    undisturbed(seen, folder)


def test_hover_shows_a_hostile_sentence_with_its_group(open_page: Open, folder: Path) -> None:
    seen = open_page(folder / "one.html")
    page = seen.page
    page.locator("#map-0-2").scroll_into_view_if_needed()
    uses = page.evaluate("DATA.uses")
    for place in (0, EACH + 1, 2 * EACH + 4):
        label = "".join(seen.hover(seen.points("#map-0-2"), place).split())
        assert "".join("".join(uses[place]["parts"]).split()) in label
        assert "".join(f"{GROUPS[place // EACH]}, <b>letter</b>".split()) in label
        assert page.locator("#map-0-1 .shapelayer path").count() == 1
    assert page.locator("img, iframe, object, main script, main u").count() == 0
    undisturbed(seen, folder)


def test_uses_are_filtered_by_text_and_by_group(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "one.html").page
    rows = page.locator("#rows tr:visible")
    page.locator("#shown").select_option(label=GROUPS[1])
    assert rows.count() == EACH
    page.get_by_label("Search").fill("JavaScript:")
    assert page.locator("#found").inner_text() == f"2 of {3 * EACH} uses"


def test_a_word_is_drawn_when_its_details_are_opened(open_page: Open, folder: Path) -> None:
    seen = open_page(folder / "two.html")
    page = seen.page
    assert page.locator(".main-svg").count() == 0
    page.locator("#words a").nth(1).click()
    page.locator("#map-1-2 .main-svg").first.wait_for()
    assert seen.points("#map-1-2").count() == 2 * EACH
    assert page.locator("#map-0-2 .main-svg").count() == 0
    undisturbed(seen, folder)
