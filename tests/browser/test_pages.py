from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from embcmp.questions.compare.page.page import to_html
from embcmp.render.page import Json
from tests.browser.conftest import Open, Seen

PAGES = ("index.html", "a.html", "single.html")


def undisturbed(seen: Seen, folder: Path) -> None:
    """Nothing left the folder, nothing was complained of, nothing popped up."""
    outside = [u for u in seen.requests if not u.startswith((folder.as_uri(), "data:", "blob:"))]
    assert (outside, seen.complaints, seen.dialogs) == ([], [], [])


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1280, "light")])
def test_a_page_opens_from_the_file_system(
    open_page: Open, site: Path, name: str, width: int, scheme: str
) -> None:
    seen = open_page(site / name, width, scheme)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.locator(".plot .main-svg").count() >= 2
    undisturbed(seen, site)


def test_hover_shows_each_hostile_sentence_as_text(
    open_page: Open, site: Path, hostile_json: Json
) -> None:
    seen = open_page(site / "single.html")
    target = "#map-2"
    seen.page.locator(target).scroll_into_view_if_needed()
    points = seen.points(target)
    data = seen.page.evaluate("DATA")
    drawn = [k for s in (0, 1) for k, u in enumerate(data["uses"]) if u["sense"] == s]
    assert points.count() == len(drawn) == len(hostile_json["occurrences"])
    for place in range(0, len(drawn), 2):
        label = seen.hover(points, place)
        shown = "".join(label.split())
        sentences = ["".join("".join(u["parts"]).split()) for u in data["uses"]]
        assert any(s in shown for s in sentences), label
        bold = seen.page.locator('.hoverlayer tspan[style*="bold"]').first
        assert bold.text_content() == "man"
        assert bold.evaluate("e => getComputedStyle(e).fontWeight") == "700"
    tags = seen.page.evaluate(
        "[...new Set([...document.querySelectorAll('.hoverlayer *')].map(e => e.localName))].sort()"
    )
    assert set(tags) <= {"g", "path", "text", "tspan", "rect"}
    undisturbed(seen, site)


def test_no_hostile_text_became_an_element(open_page: Open, site: Path) -> None:
    seen = open_page(site / "single.html")
    page = seen.page
    assert page.locator("img, iframe, object, [onerror], [onload], [onmouseover]").count() == 0
    assert page.locator("a").evaluate_all("links => links.map(a => a.getAttribute('href'))") == [
        "#main",
        "#layers",
    ]
    assert page.locator("main script, header script").count() == 0
    text = page.locator("#sentences").inner_text()
    for hostile in ("</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>", "␛[31m"):
        assert hostile in text
    undisturbed(seen, site)


def test_pointing_at_a_cell_shows_its_two_sentences(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html")
    page = seen.page
    page.locator("#matrix-2").scroll_into_view_if_needed()
    box = page.locator("#matrix-2 .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.2)
    reading = page.locator("#reading-2")
    reading.locator("bdi").nth(1).wait_for()
    assert reading.locator("b").all_text_contents() == ["man", "man"]
    undisturbed(seen, site)


def test_senses_are_chosen_by_mouse_and_by_keyboard(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html")
    page = seen.page
    box = page.locator("input[name=sense]").first
    assert page.locator("#sentences li:visible").count() == 18
    box.focus()
    page.keyboard.press("Space")
    page.locator("#chosen", has_text="9 of 18 uses shown").wait_for()
    assert page.locator("#sentences li:visible").count() == 9
    assert seen.points("#map-2").count() == 9
    assert page.locator("#map-2").evaluate("e => e.data[0].x.length") == 0
    assert page.locator("#matrix-2").evaluate("e => e.data[0].z.length") == 9
    box.click()
    assert page.locator("#sentences li:visible").count() == 18
    assert page.locator("#chosen").inner_text() == ""
    undisturbed(seen, site)


def test_all_senses_can_be_deselected(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html")
    page = seen.page
    page.get_by_role("button", name="none").click()
    assert page.locator("#chosen").inner_text() == "0 of 18 uses shown"
    assert page.locator("#sentences li:visible, .pairs li:visible").count() == 0
    assert seen.points("#map-2").count() == 0
    page.get_by_role("button", name="all", exact=True).click()
    assert seen.points("#map-2").count() == 18
    undisturbed(seen, site)


def test_a_figure_is_saved_as_svg(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html")
    figure = seen.page.locator("#map-2")
    figure.scroll_into_view_if_needed()
    figure.hover()
    with seen.page.expect_download() as download:
        figure.locator(".modebar-btn").click()
    assert download.value.suggested_filename == "embcmp.svg"
    assert download.value.path().read_text(encoding="utf-8").startswith("<svg")
    undisturbed(seen, site)


def test_the_layer_that_is_chosen_is_drawn(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html")
    page = seen.page
    before = page.locator("#matrix-2").evaluate("e => e.data[0].z[1][0]")
    page.locator("select[data-encoder]").select_option("0")
    after = page.locator("#matrix-2").evaluate("e => e.data[0].z[1][0]")
    triangle = page.evaluate("DATA.encoders[2].layers.map(l => l.view.cosines[1][0] / 1000)")
    assert (before, after) == (triangle[-1], triangle[0])
    assert page.locator("[data-name='2']").first.inner_text().endswith("@0")
    undisturbed(seen, site)


def test_cosines_have_one_scale_of_colors_until_the_reader_chooses(
    open_page: Open, site: Path
) -> None:
    seen = open_page(site / "a.html")
    page = seen.page
    ends = (
        "ids => ids.map((id) => document.getElementById(id).data[0]).map((t) => [t.zmin, t.zmax])"
    )
    ids = ["matrix-0", "matrix-1", "matrix-2"]
    static, context, bert = page.evaluate(ends, ids)
    assert static == context == bert
    assert bert[1] == 1
    lowest = page.locator("#matrix-2").evaluate(
        "e => Math.min(...e.data[0].z.flat().filter(Number))"
    )
    assert bert[0] <= lowest
    page.locator("#scale-choice").select_option("own")
    static, _, own = page.evaluate(ends, ids)
    assert static != own  # all cosines of a static encoder are 1
    assert own[0] == pytest.approx(lowest)
    undisturbed(seen, site)


def test_tsne_is_chosen(open_page: Open, site: Path) -> None:
    seen = open_page(site / "single.html")
    seen.page.locator("#map-choice").select_option("tsne")
    assert seen.page.locator("#share-2").inner_text() == "t-SNE"
    tsne = seen.page.evaluate("DATA.encoders[2].layers.at(-1).view.maps.tsne.points")
    drawn = seen.page.locator("#map-2").evaluate("e => e.data.flatMap(t => t.x)")
    assert sorted(drawn) == sorted(x for x, _ in tsne)
    undisturbed(seen, site)


def test_a_long_id_leaves_its_sentence_the_width_of_a_phone(
    open_page: Open, site: Path, hostile_json: Json, tmp_path: Path
) -> None:
    uses = hostile_json["occurrences"]
    long = [{**use, "id": f"homographs.tsv:{1000 + k}"} for k, use in enumerate(uses)]
    receipts = [
        {**r, "id": long[k]["id"]} for k, r in enumerate(hostile_json["results"][0]["receipts"])
    ]
    results = [{**r, "receipts": receipts, "missing": {}} for r in hostile_json["results"]]
    page = tmp_path / "long.html"
    page.write_text(to_html({**hostile_json, "occurrences": long, "results": results}))
    seen = open_page(page, 380)
    sentence = seen.page.locator(".uses bdi").first.bounding_box()
    assert sentence is not None
    assert sentence["width"] > 300


def test_words_are_filtered_by_word_and_by_sense(open_page: Open, site: Path) -> None:
    seen = open_page(site / "index.html")
    page = seen.page
    page.get_by_label("Word or sense").fill("SPRI")
    assert page.locator("#rows tr:visible th").all_inner_texts() == ["spring"]
    assert page.locator("#found").inner_text() == "1 of 3 words"
    page.get_by_label("Word or sense").fill("noun")
    assert page.locator("#rows tr:visible").count() == 3
    page.get_by_label("Word or sense").fill("nowhere")
    assert page.locator("#rows tr:visible").count() == 0
    undisturbed(seen, site)


def test_tables_are_sorted_by_mouse_and_by_keyboard(open_page: Open, site: Path) -> None:
    seen = open_page(site / "index.html")
    page = seen.page
    table = page.locator("#words table")
    names = table.locator("tbody th")
    head = table.locator("thead th").last
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names.all_inner_texts() == ["spring", "<i>bank</i>", "man"]
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert names.all_inner_texts() == ["man", "<i>bank</i>", "spring"]
    table.locator("thead th").first.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert names.all_inner_texts() == ["<i>bank</i>", "man", "spring"]
    undisturbed(seen, site)


def test_what_has_no_value_stays_at_the_end(open_page: Open, site: Path) -> None:
    seen = open_page(site / "index.html")
    table = seen.page.locator("#leaders table").first
    head = table.locator("thead th").nth(1).get_by_role("button")
    for _ in range(2):
        head.click()
        assert "one vector per type" in table.locator("tbody tr").last.inner_text()


def test_a_page_leads_to_the_next_one(open_page: Open, site: Path) -> None:
    seen = open_page(site / "index.html")
    seen.page.get_by_role("link", name="<i>bank</i>").click()
    seen.page.locator("body[data-drawn]").wait_for()
    assert seen.page.locator("h1").inner_text() == "<i>bank</i>"
    seen.page.get_by_role("link", name="spring").click()
    assert seen.page.locator("h1").inner_text() == "spring"
    seen.page.get_by_role("link", name="All words").click()
    assert seen.page.url == (site / "index.html").as_uri()
    undisturbed(seen, site)


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_is_in_force(open_page: Open, site: Path, name: str) -> None:
    seen = open_page(site / name)
    seen.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          const holder = document.createElement("div");
          holder.innerHTML = "<img src='https://example.invalid/x' onerror='window.ran = true'>";
          document.body.append(holder);
          const link = document.createElement("a");
          link.href = "javascript:void (window.ran = true)";
          document.body.append(link);
          link.click();
          const other = document.createElement("script");
          other.src = "plotly.min.js";
          document.body.append(other);
        }"""
    )
    fetched = seen.page.evaluate(
        "fetch('https://example.invalid/').then(() => 'sent', () => 'refused')"
    )
    seen.page.wait_for_timeout(200)
    assert (fetched, seen.page.evaluate("window.ran")) == ("refused", None)
    refusals = [c for c in seen.complaints if "Content Security Policy" in c]
    assert len(refusals) >= 5
    assert not [u for u in seen.requests if "example.invalid" in u and not refusals]


def test_colors_follow_the_system(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html", scheme="light")
    page = seen.page
    paper = "getComputedStyle(document.body).backgroundColor"
    plot = "getComputedStyle(document.querySelector('#map-2 .main-svg')).backgroundColor"
    light = page.evaluate(paper)
    assert page.evaluate(plot) == light
    page.emulate_media(color_scheme="dark")
    page.locator("body[data-drawn='2']").wait_for()
    dark = page.evaluate(paper)
    assert dark != light
    assert page.evaluate(plot) == dark
    undisturbed(seen, site)


def test_print_unfolds_explanations_and_hides_buttons(open_page: Open, site: Path) -> None:
    seen = open_page(site / "a.html", scheme="dark")
    page = seen.page
    assert not page.locator("#receipts table").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#receipts table").is_visible()
    assert page.locator("#receipts table").bounding_box()["height"] > 300
    assert not page.locator("#choice").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    before = page.locator("#map-2").bounding_box()
    assert len(page.pdf()) > 100_000
    assert page.locator("#map-2").bounding_box() == before
    assert page.locator("#map-2").evaluate("e => e.style.cssText") == ""
    undisturbed(seen, site)


def test_the_first_stop_of_the_keyboard_leads_to_the_content(open_page: Open, site: Path) -> None:
    page = open_page(site / "a.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(open_page: Open, site: Path, scheme: str) -> None:
    """WCAG 2.2: 4.5 to 1 for text, on the page and on what is raised from it."""
    page = open_page(site / "index.html", scheme=scheme).page

    def luminance(variable: str) -> float:
        value = page.evaluate(f"theme().{variable}").lstrip("#")
        parts = [int(value[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for name, behind in product(("ink", "soft", "accent"), ("paper", "raised")):
        low, high = sorted((luminance(name), luminance(behind)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (name, behind)
