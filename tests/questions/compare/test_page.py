from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from embcmp.questions.compare.json import to_object
from embcmp.questions.compare.page.page import Link, Neighbors, Word, render, to_html
from embcmp.render.page import PLOTLY_NAME, Json, script_json
from embcmp.types import Comparison, Inference, Metric
from tests.render.reading import Page, digest

# A page of a report refers to plotly's script, which is long to parse.
AMONG = Neighbors(Link("index.html", "All words"), None, None)


def page_of(comparison: Comparison | Json, projection: str = "pca") -> Page:
    json = to_object(comparison, full=True) if isinstance(comparison, Comparison) else comparison
    return Page(render(Word.of(json), projection=projection, around=AMONG))


def figures(page: Page) -> list[str]:
    return [str(a["id"]) for _, a in page.elements if "plot" in (a.get("class") or "").split()]


def test_every_sentence_is_text_with_its_target_in_bold(small: Comparison) -> None:
    html = to_html(to_object(small))
    assert "<b>Man</b>, is it cold today?" in html
    assert "Go <b>man</b> the post!" in html
    assert "␛[31m <b>man</b> �&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_hostile_text_makes_no_element_and_no_attribute(hostile_json: Json) -> None:
    tame = copy.deepcopy(hostile_json)
    for o in tame["occurrences"]:
        o["sentence"] = "a man " + "x" * len(o["sentence"])
        o["sense"] = {"<b>noun</b>": "a", None: None}.get(o["sense"], "b")
    hostile, harmless = page_of(hostile_json), page_of(tame)
    names = [(tag, sorted(attrs)) for tag, attrs in hostile.elements]
    assert names == [(tag, sorted(attrs)) for tag, attrs in harmless.elements]
    for o in hostile_json["occurrences"]:
        plain = o["sentence"].replace("\x1b", "␛").replace("\x07", "␇")
        plain = plain.replace("\u202e", "�").replace("\u202c", "�")
        assert " ".join(plain.split()) in hostile.words()
        assert plain in ["".join(u["parts"]) for u in hostile.data["uses"]]


def test_nothing_leaves_the_page(hostile_json: Json) -> None:
    page = Page(to_html(hostile_json))
    links = [a[k] for _, a in page.elements for k in ("src", "href", "action") if k in a]
    assert all(str(link).startswith("#") for link in links)
    assert "#main" in links


def test_the_policy_names_every_script_and_style_and_no_other(small: Comparison) -> None:
    page = Page(to_html(to_object(small)))
    assert page.policy["default-src"] == ["'none'"]
    assert page.policy["script-src"] == [digest(script) for script in page.scripts]
    styles = [text for tag, _, text in page.contents if tag == "style"]
    assert set(page.policy["style-src-elem"]) == {digest(style) for style in styles}
    assert page.policy["base-uri"] == page.policy["form-action"] == ["'none'"]
    assert "plotly.js v" in page.scripts[0]


def test_the_script_next_to_a_page_is_allowed_by_an_unpredictable_nonce(small: Comparison) -> None:
    page = page_of(small)
    [script] = [attrs for tag, attrs in page.elements if tag == "script" and "src" in attrs]
    assert script["src"] == PLOTLY_NAME
    nonce, *hashes = page.policy["script-src"]
    assert nonce == f"'nonce-{script['nonce']}'"
    assert hashes == [digest(script) for script in page.scripts]
    other = page_of(replace(small, word="other", occurrences=small.occurrences[::-1]))
    assert other.policy["script-src"][0] != nonce


def test_no_handler_and_no_style_attribute(hostile_json: Json) -> None:
    page = page_of(hostile_json)
    names = {name for _, attrs in page.elements for name in attrs}
    assert not {n for n in names if n.startswith("on") or n == "style"}


def test_json_in_a_script_cannot_end_it() -> None:
    text = script_json({"a": "</script><!--\u2028&"})
    assert text == '{"a":"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026"}'


def test_the_verdict_comes_first(small: Comparison) -> None:
    page = page_of(small)
    headings = [k for k, (tag, _) in enumerate(page.elements) if tag == "h2"]
    assert page.words().index("Verdict") < page.words().index(small.verdict[0])
    assert page.words().index(small.verdict[0]) < page.words().index("Similarity of the uses")
    assert len(headings) >= 6


def test_the_parts_stand_in_the_order_of_the_questions(hostile_json: Json) -> None:
    page = page_of(hostile_json)
    ids = [str(a["id"]) for tag, a in page.elements if tag == "section" and "id" in a]
    first = ["verdict", "encoders", "map", "similarity", "distributions", "sentences", "pairs"]
    assert ids[: len(first)] == first


def test_each_encoder_has_a_row_with_its_auc_and_hits(large: Comparison) -> None:
    auc = Metric(0.8, (0.7, 0.9), inference=Inference(("noun",), 0.75, (0.4, 0.85)))
    metrics = {"auc_macro": auc, "centroid": Metric(0.9)}
    bert = replace(large.results[-1], metrics=metrics)
    word = Word.of(to_object(replace(large, results=(large.results[0], bert)), full=True))
    best, static = word.answer
    assert best.auc is not None
    assert (best.auc["value"], best.auc["ci95"], best.hits) == (0.75, [0.4, 0.85], "27 of 30")
    assert best.drawing is not None
    assert best.drawing.ends is not None
    low, high = best.drawing.ends
    assert low < best.drawing.chance < best.drawing.value < high
    assert (word.scale_start, low) == (0.4, 6)
    assert (static.auc, static.note) == (None, "one vector for all uses")


def test_sentences_are_folded_if_they_are_many(large: Comparison) -> None:
    def opened(times: int) -> list[bool]:
        uses = tuple(replace(o, id=f"{k}.{o.id}") for k in range(times) for o in large.occurrences)
        r = replace(large.results[-1], similarity=np.eye(len(uses)))
        page = page_of(replace(large, occurrences=uses, results=(r,)))
        groups = [a for tag, a in page.elements if tag == "details" and a.get("class") == "group"]
        return ["open" in a for a in groups]

    assert opened(2) == [True, True]
    assert opened(3) == [False, False]


def test_skipped_rows_and_warnings_are_on_the_page(small: Comparison) -> None:
    text = page_of(small).words()
    assert "something to know" in text
    assert "man.txt:4: 'man' does not occur" in text


def test_the_cosines_are_those_of_the_comparison(small: Comparison) -> None:
    views = [e["layers"][0]["view"] for e in page_of(small).data["encoders"]]
    assert views[0]["cosines"] == [[], [1000], [1000, 1000]]
    assert views[1]["cosines"] == [[], [180], [None, None]]
    assert views[2]["cosines"] == [[], [675], [-120, 591]]


def test_uses_are_sorted_by_sense_and_their_cosines_with_them(large: Comparison) -> None:
    cosines = np.random.default_rng(0).uniform(0.1, 0.9, (30, 30)).round(3)
    cosines = np.tril(cosines, -1) + np.tril(cosines, -1).T + np.eye(30)
    result = replace(large.results[-1], similarity=cosines)
    page = page_of(replace(large, results=(result,)))
    uses = page.data["uses"]
    assert [u["sense"] for u in uses] == [0] * 15 + [1] * 15
    assert page.data["senses"] == ["noun", "verb"]
    triangle = page.data["encoders"][0]["layers"][0]["view"]["cosines"]
    ids = [int(u["id"]) - 1 for u in uses]
    for i in range(30):
        for j in range(i):
            assert triangle[i][j] == round(1000 * cosines[ids[i], ids[j]])


def test_one_vector_per_type_is_explained_and_not_drawn(large: Comparison) -> None:
    page = page_of(large)
    assert (
        page.words().count(
            "gives every use of a form the same vector, so it cannot separate senses."
        )
        == 4
    )
    drawn = figures(page)
    assert "matrix-0" in drawn
    assert not {"map-0", "bins-0"} & set(drawn)
    assert {"matrix-1", "map-1", "bins-1", "curve"} <= set(drawn)


def test_layers_of_one_encoder_stand_together(large: Comparison) -> None:
    page = page_of(large)
    bert = page.data["encoders"][1]
    assert bert["title"] == "bert@all"
    assert [layer["layer"] for layer in bert["layers"]] == [0, 1]
    assert [layer["metrics"]["auc"] for layer in bert["layers"]] == [[0.734, 0.6, 0.85]] * 2
    assert [a["data-encoder"] for tag, a in page.elements if "data-encoder" in a] == ["1"]


def test_uses_without_senses_have_a_page(small: Comparison) -> None:
    page = page_of(small)
    assert page.data["senses"] == []
    assert "Distribution of the cosines" in page.words()
    [form] = [attrs for tag, attrs in page.elements if tag == "form"]
    assert "hidden" in form
    assert list(page.data["encoders"][2]["layers"][0]["view"]["bins"]) == ["low", "high", "all"]


def test_a_missing_use_is_listed_and_is_no_point(small: Comparison) -> None:
    lstm = replace(small.results[1], missing={"3": "out of vocabulary"})
    page = page_of(replace(small, results=(lstm,)))
    assert "No vector for 1 use (3): out of vocabulary" in page.words()
    points = page.data["encoders"][0]["layers"][0]["view"]["maps"]["pca"]["points"]
    assert [p is None for p in points] == [False, False, True]


def test_two_uses_have_a_page(small: Comparison) -> None:
    bert = small.results[2]
    two = replace(
        small,
        occurrences=small.occurrences[:2],
        results=(replace(bert, similarity=bert.similarity[:2, :2], receipts=bert.receipts[:2]),),
    )
    page = page_of(two)
    assert "All pairs, the nearest first" in page.words()
    maps = page.data["encoders"][0]["layers"][0]["view"]["maps"]
    assert maps["pca"]["explained"] == [1, 0]
    assert list(
        page_of(two, projection="tsne").data["encoders"][0]["layers"][0]["view"]["maps"]
    ) == ["pca"]


def test_the_page_says_that_there_is_no_vector(small: Comparison) -> None:
    nothing = replace(
        small.results[1],
        similarity=np.full((3, 3), np.nan),
        missing=dict.fromkeys("123", "out of vocabulary"),
    )
    page = page_of(replace(small, results=(nothing,)))
    assert "fewer than two uses have a vector" in page.words()
    assert page.data["encoders"][0]["layers"][0]["view"]["maps"] == {}


def test_the_page_says_that_cosines_were_left_out(large: Comparison) -> None:
    found = to_object(large)
    for r in found["results"]:
        r["similarity"] = None
    page = page_of(found)
    assert page.words().count("the cosines of over 500 occurrences were left out") >= 4
    assert figures(page) == ["map-1", "curve"]  # the JSON has the points of the map
    assert "12 man" in page.words()
    points = page.data["encoders"][1]["layers"][0]["view"]["maps"]["pca"]["points"]
    given = found["results"][1]["map"]
    ids = [int(use["id"]) - 1 for use in page.data["uses"]]
    assert points == [given[i] for i in ids]


def test_tsne_is_added_to_the_pca(hostile_json: Json) -> None:
    layers = page_of(hostile_json, projection="tsne").data["encoders"][2]["layers"]
    assert [sorted(layer["view"]["maps"]) for layer in layers] == [["pca", "tsne"]] * len(layers)
    assert sorted(page_of(hostile_json).data["encoders"][2]["layers"][0]["view"]["maps"]) == ["pca"]


def test_the_same_comparison_is_the_same_page(hostile_json: Json) -> None:
    assert to_html(hostile_json, projection="tsne") == to_html(hostile_json, projection="tsne")


@pytest.mark.parametrize("level", ["h1", "main", "footer", "header"])
def test_landmarks(small: Comparison, level: str) -> None:
    assert [tag for tag, _ in page_of(small).elements].count(level) == 1


def test_every_table_has_a_caption_and_every_figure_a_text(hostile_json: Json) -> None:
    page = page_of(hostile_json)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") >= 5
    for _, attrs in page.elements:
        if attrs.get("role") == "img":
            assert attrs["aria-label"]
    assert len(figures(page)) == len([a for _, a in page.elements if a.get("role") == "img"])


def test_power_that_was_not_simulated_is_marked(hostile_json: Json) -> None:
    results = [
        {**r, "metrics": r["metrics"] | {"auc_macro": {**r["metrics"]["auc_macro"], "value": 0.7,
         "inference": None}}}
        for r in hostile_json["results"]
    ]  # fmt: skip
    pair = {key: hostile_json["agreement"][0][key] for key in ("a", "b")}
    test = {**hostile_json["tests"][0], **pair, "units_a_sense": 12.0, "detectable": 0.1234}
    word = Word.of({**hostile_json, "results": results})
    assert word.detectable(test) == ".123"
    assert word.detectable({**test, "units_a_sense": 9.0}) == "~.123"
    assert word.detectable({**test, "detectable": None}) == "–"
    results[-1]["metrics"]["auc_macro"]["value"] = 0.9
    word = Word.of({**hostile_json, "results": results})
    assert word.detectable({**test, "a": results[-1]["name"]}) == "~.123"
    few = {**hostile_json, "tests": [{**test, "units_a_sense": 9.0}]}
    assert "~.123" in page_of(few).words()


def test_the_page_says_that_intervals_of_layers_are_a_band(hostile_json: Json) -> None:
    said = "for an encoder with several layers a band that covers all of them at once"
    assert said in page_of(hostile_json).words()
    single = {**hostile_json, "results": hostile_json["results"][:2]}
    assert said not in page_of(single).words()


def test_the_page_says_which_count_includes_rare_senses(small: Comparison) -> None:
    said = "AUC leaves out senses that are rare; nearest sense counts them."
    uses = tuple(replace(o, sense=s) for o, s in zip(small.occurrences, "aab", strict=True))
    auc = Metric(0.9, inference=Inference(("a",), 0.6, (0.5, 0.7)))
    of_rare, of_all = (
        replace(
            small,
            occurrences=uses,
            results=tuple(replace(r, metrics={"auc_macro": m}) for r in small.results),
        )
        for m in (auc, Metric(0.9))
    )
    assert said in page_of(of_rare).words()
    assert said not in page_of(of_all).words()
