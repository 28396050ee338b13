"""The page of senses: its maps, its groups and the table of uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.questions.senses.page import to_html
from tests.browser.conftest import Open
from tests.browser.test_pages import undisturbed
from tests.questions.senses.page_json import NAMED, hostile_senses

USES = 12
COLORS = (
    "e => e.data.filter(t => t.x.length).map(t => [t.marker.symbol, t.marker.color, t.x.length])"
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("senses") / "man.html"
    path.write_text(to_html(hostile_senses(USES)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_the_page_opens_from_the_file_system(
    open_page: Open, file: Path, width: int, scheme: str
) -> None:
    seen = open_page(file, width, scheme)
    page = seen.page
    for details in page.locator("details").all():
        details.evaluate("e => { e.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    left, right = (page.locator(f"#map-{k}").bounding_box() for k in (1, 2))
    assert (left["y"] == right["y"]) == (width == 1280)
    assert left["width"] > 250
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    plot = page.locator("#map-2 .main-svg").first
    assert plot.evaluate("e => getComputedStyle(e).backgroundColor") == paper
    undisturbed(seen, file.parent)


def test_each_encoder_has_a_row(open_page: Open, file: Path) -> None:
    rows = open_page(file).page.locator("#encoders tbody tr").all_inner_texts()
    scores = ".75 chance .12 " * 4
    assert [" ".join(row.split()) + " " for row in rows] == [
        f"word2vec model of word2vec – one vector per type {'– ' * 7}",
        f"lstm model of lstm 3 5, 4, 2 .91, .91, .91 ~.011 .62 {scores}",
        f"bert@1 model of bert@1 2 6, 6 .91, .91 .011 – {scores}",
    ]


def test_a_map_has_a_point_for_each_use_by_color_and_shape_of_its_group(
    open_page: Open, file: Path
) -> None:
    seen = open_page(file)
    colors = seen.page.evaluate("[0, 1, 2, null].map(k => theme().sense(k))")
    assert len(set(colors)) == 4
    assert seen.points("#map-1").count() == seen.points("#map-2").count() == USES
    assert seen.page.locator("#map-0").count() == 0
    blue, orange, green, gray = colors
    assert seen.page.locator("#map-2").evaluate(COLORS) == [
        ["circle", blue, 6], ["square", orange, 5], ["square-open", orange, 1],
    ]  # fmt: skip
    assert seen.page.locator("#map-1").evaluate(COLORS) == [
        ["square", orange, 5], ["circle", blue, 4], ["diamond", green, 2],
        ["asterisk-open", gray, 1],
    ]  # fmt: skip
    undisturbed(seen, file.parent)


def test_a_legend_has_the_marks_of_its_map(open_page: Open, file: Path) -> None:
    page = open_page(file).page
    legend = page.locator("figure").nth(1).locator(".key li")
    assert [text.strip() for text in legend.all_inner_texts()] == [
        "group 1 5",
        "group 2 4",
        "group 3 2",
        "no group 1",
    ]
    marks = legend.locator("svg").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    assert marks[3] == "none"
    drawn = page.locator("#map-1 .scatterlayer .trace").evaluate_all(
        "all => all.map(e => e.querySelector('.point')).filter(e => e)"
        ".map(e => getComputedStyle(e).fill)"
    )
    assert marks[:3] == drawn[:3]
    paths = legend.locator("path").evaluate_all("all => all.map(e => e.getAttribute('d'))")
    assert len(set(paths)) == 4


def test_hover_shows_each_hostile_sentence_with_its_group(open_page: Open, file: Path) -> None:
    seen = open_page(file)
    page = seen.page
    page.locator("#map-2").scroll_into_view_if_needed()
    points = seen.points("#map-2")
    order = [*range(0, USES, 2), *range(1, USES, 2)]  # by group
    for place in (0, 3, 5, 8, 11):
        label = "".join(seen.hover(points, place).split())
        use = page.evaluate("DATA.uses")[order[place]]
        assert "".join("".join(use["parts"]).split()) in label
        group, sure = ("group1", "1.00") if place < 6 else (NAMED, "1.00" if place < 11 else ".50")
        assert f"{group},confidence{sure}" in label
        assert (", between groups".replace(" ", "") in label) == (place == 11)
        assert page.locator('.hoverlayer tspan[style*="bold"]').first.text_content() == "man"
        assert page.locator("#map-1 .shapelayer path").count() == 1
        assert page.locator("#map-2 .shapelayer path").count() == 0
    page.mouse.move(0, 0)
    page.locator("#map-1 .shapelayer path").wait_for(state="detached")
    undisturbed(seen, file.parent)


def test_the_circle_is_around_the_same_use(open_page: Open, file: Path) -> None:
    seen = open_page(file)
    page = seen.page
    page.locator("#map-2").scroll_into_view_if_needed()
    seen.hover(seen.points("#map-2"), 0)
    order = page.locator("#map-1").evaluate("e => e.data.flatMap(t => t.customdata)")
    middles = [
        locator.evaluate("e => { const r = e.getBoundingClientRect();"
                         " return [r.x + r.width / 2, r.y + r.height / 2]; }")
        for locator in (page.locator("#map-1 .shapelayer path"),
                        seen.points("#map-1").nth(order.index(0)))
    ]  # fmt: skip
    assert middles[0] == pytest.approx(middles[1], abs=1.5)


def test_uses_are_filtered_by_text_and_by_group(open_page: Open, file: Path) -> None:
    seen = open_page(file)
    page = seen.page
    rows = page.locator("#rows tr:visible")
    assert rows.count() == USES
    page.get_by_label("Search").fill("JavaScript:")
    assert rows.count() == 2
    assert page.locator("#found").inner_text() == "2 of 12 uses"
    page.get_by_label("Search").fill("")
    page.locator("#shown").select_option(label="lstm: group 3")
    assert rows.locator("th").all_inner_texts() == ["<i>0</i>", "<i>2</i>"]
    page.locator("#shown").select_option(label="bert@1: between groups")
    assert rows.locator("th").all_inner_texts() == ["<i>11</i>"]
    page.locator("#groups details").first.get_by_role("button").nth(1).click()
    assert page.locator("#found").inner_text() == "6 of 12 uses"
    assert page.locator("#shown").evaluate("e => e.selectedOptions[0].label") == (
        f"bert@1: {NAMED}"
    )
    undisturbed(seen, file.parent)


def test_uses_are_sorted_by_group_with_the_least_certain_first(open_page: Open, file: Path) -> None:
    page = open_page(file).page
    head = page.locator("#uses thead th")
    head.nth(-1).get_by_role("button").click()
    last = page.locator("#rows tr td:last-child")
    first = last.all_inner_texts()
    assert [cell.split()[-1] for cell in first[:2]] == [".50", "1.00"]
    assert [NAMED in cell for cell in first] == [True] * 6 + [False] * 6
    head.nth(-2).get_by_role("button").click()
    assert page.locator("#rows tr td:nth-last-child(2)").last.inner_text() == "no group"


def test_no_hostile_text_became_an_element(open_page: Open, file: Path) -> None:
    seen = open_page(file)
    page = seen.page
    assert page.locator("img, iframe, object, [onerror], [onload], [onmouseover]").count() == 0
    assert page.locator("main i:not(dd i), main u, main script, header i").count() == 0
    for hostile in ("</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>", "␛[31m"):
        assert hostile in page.locator("#uses").inner_text()
    undisturbed(seen, file.parent)


def test_colors_follow_the_system(open_page: Open, file: Path) -> None:
    seen = open_page(file)
    light = seen.page.locator("#map-2").evaluate(COLORS)
    seen.page.emulate_media(color_scheme="dark")
    seen.page.locator("body[data-drawn='2']").wait_for()
    dark = seen.page.locator("#map-2").evaluate(COLORS)
    assert [s for s, *_ in dark] == [s for s, *_ in light]
    assert not {c for _, c, _ in dark} & {c for _, c, _ in light}
    undisturbed(seen, file.parent)
