from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import cos, sin
from pathlib import Path
from typing import Any

from embcmp.questions.senses.json import to_object
from embcmp.questions.senses.page import to_html
from embcmp.questions.senses.senses import senses
from embcmp.types import Occurrence
from tests.commands import Run
from tests.questions.encoders import Made, uses
from tests.questions.senses.page_json import NAMED, hostile_senses, result
from tests.render.reading import Page, digest


def test_the_verdict_comes_first_and_the_parts_follow() -> None:
    page = Page(to_html(hostile_senses()))
    ids = [a["id"] for tag, a in page.elements if tag == "section"]
    assert ids == ["verdict", "encoders", "map", "groups", "uses"]
    words = page.words()
    assert words.index("More than one sense in <b>all</b> uses") < words.index("a <i>copy</i>")


def test_hostile_text_makes_no_element_and_no_attribute() -> None:
    text = re.compile(r"[<>&\"'%{}=/]")
    tame = _mapped(hostile_senses(), lambda value: text.sub("x", value))
    hostile, harmless = Page(to_html(hostile_senses())), Page(to_html(tame))
    names = [(tag, sorted(attrs)) for tag, attrs in hostile.elements]
    assert names == [(tag, sorted(attrs)) for tag, attrs in harmless.elements]
    for o in hostile_senses()["occurrences"]:
        plain = o["sentence"].replace("\x1b", "␛").replace("\x07", "␇")
        plain = plain.replace("\u202e", "�").replace("\u202c", "�")
        assert " ".join(plain.split()) in hostile.words()
        assert plain in ["".join(use["parts"]) for use in hostile.data["uses"]]


def _mapped(value: object, function: Callable[[str], str]) -> Any:  # noqa: ANN401  as JSON is
    if isinstance(value, dict):
        return {function(key): _mapped(inner, function) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, function) for inner in value]
    return function(value) if isinstance(value, str) else value


def test_the_policy_names_every_script_and_style_and_nothing_leaves_the_page() -> None:
    page = Page(to_html(hostile_senses()))
    assert page.policy["default-src"] == ["'none'"]
    assert page.policy["script-src"] == [digest(script) for script in page.scripts]
    links = [a[k] for _, a in page.elements for k in ("src", "href", "action") if k in a]
    assert links == ["#main"]
    names = {name for _, attrs in page.elements for name in attrs}
    assert not {n for n in names if n.startswith("on") or n == "style"}


def test_groups_with_the_same_uses_have_the_same_mark() -> None:
    static, lstm, bert = Page(to_html(hostile_senses())).data["encoders"]
    assert static["groups"] == [{"name": "no group", "mark": None}]
    assert static["points"] is None
    assert bert["groups"] == [{"name": "group 1", "mark": 0}, {"name": NAMED, "mark": 1}]
    assert [g["mark"] for g in lstm["groups"]] == [1, 0, 2, None]
    assert [g["name"] for g in lstm["groups"]] == ["group 1", "group 2", "group 3", "no group"]


def test_a_group_is_matched_once_by_most_of_its_uses() -> None:
    s = hostile_senses()
    s["results"][1] = result("lstm", 12, [[0, 2, 4, 6, 1, 3, 5], [7, 9], [8, 10, 11]])
    lstm = Page(to_html(s)).data["encoders"][1]
    assert [g["mark"] for g in lstm["groups"]] == [0, 1, 2]


def test_every_use_has_its_place_in_every_encoder() -> None:
    _, lstm, bert = Page(to_html(hostile_senses())).data["encoders"]
    assert [place for place, *_ in bert["places"]] == [0, 1] * 6
    assert bert["places"][-2:] == [[0, 1.0, False], [1, 0.5, True]]
    assert [place for place, *_ in lstm["places"]] == [2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1, 3]


def test_a_group_says_what_it_is() -> None:
    words = Page(to_html(hostile_senses())).words()
    described = words[words.index("Groups bert@1: 2 groups") :]
    assert described.index(NAMED) < described.index("Between groups: 1 use")
    for part in ("6 uses, stability .91", "<u>ship</u>, word2", "<b>Man</b> (4 here, 1 elsewhere)"):
        assert part in described


def test_nothing_grouped_is_a_page_with_reasons() -> None:
    s = hostile_senses()
    reason = "8 different uses with a vector; groups need 10"
    for r in s["results"][1:]:
        nobody = {id_: {"group": None, "confidence": None} for id_ in r["assigned"]}
        r.update(groups=[], k=None, undefined=reason, assigned=nobody, metrics={})
        r["evidence"]["p"] = None
    page = Page(to_html({**s, "agreement": []}))
    assert [a["id"] for tag, a in page.elements if tag == "section"][-2:] == ["map", "uses"]
    assert page.words().count(reason) == 4
    assert page.data["encoders"][2]["points"] is not None


def test_known_senses_have_their_figures_and_what_is_like_none_is_no_group() -> None:
    def vector(o: Occurrence) -> tuple[float, ...] | None:
        noise = 0.1 * sin(37 * int(o.id.strip("kn")))
        means = {"a": (1, noise, 0), "b": (noise, 1, 0), "c": (0, noise, 1)}
        return means.get(o.sentence.split()[-1])

    def its_uses(prefix: str, topics: str) -> list[Occurrence]:
        texts = [f"man {prefix}{i} {topic}" for i, topic in enumerate(topics)]
        return [Occurrence(f"{prefix}{i}", "man", s, 0, 3) for i, s in enumerate(texts)]

    known = [replace(o, sense=o.sentence[-1]) for o in its_uses("k", "ab" * 20)]
    json = to_object(senses(its_uses("n", "aabbccx"), [Made(vector, dim=3)], known=known))
    page = Page(to_html(json))
    [made] = page.data["encoders"]
    outside = [{"name": name, "mark": None} for name in ("like no known sense", "no group")]
    assert made["groups"][2:] == outside
    assert [place for place, *_ in made["places"]] == [0, 0, 1, 1, 2, 2, 3]
    assert made["places"][4][1] > 0.9
    words = page.words()
    assert "method accuracy like none detection" in words
    assert "centroid 1.00" in words
    assert "chance .50 2 1.00" in words
    assert "Up to 5 % of the uses of a known sense" in words
    assert "stability" not in words


def test_scores_without_a_value_are_named_once() -> None:
    none = {"value": None, "chance": None, "undefined": "all labeled uses have one sense"}
    metrics = dict.fromkeys(("ari", "ami", "v_measure", "b_cubed"), none)
    s = hostile_senses()
    s["results"][2]["metrics"] = metrics
    words = Page(to_html(s)).words()
    assert words.count("No scores: all labeled uses have one sense.") == 1


def test_what_senses_returns_is_a_page() -> None:
    def vector(o: Occurrence) -> tuple[float, ...]:
        angle = int(o.id) % 2 * 1.5 + int(o.id) / 50
        return (cos(angle), sin(angle), 0.2 * cos(3 * angle))

    given = [replace(o, sentence=f"{o.sentence}, the ship sails") for o in uses([None] * 12)]
    json = to_object(senses(given, [Made(vector, dim=3)]))
    [made] = Page(to_html(json)).data["encoders"]
    assert len(made["groups"]) == json["results"][0]["k"] == 2
    assert [place for place, *_ in made["places"]] == [0, 1] * 6
    assert made["points"] == json["results"][0]["map"]


def test_the_command_writes_the_page(
    run: Run, man_file: Path, tiny_vectors: Path, tmp_path: Path
) -> None:
    output = tmp_path / "man.html"
    done = run(
        "senses", "man", "-s", str(man_file), "-e", f"context:{tiny_vectors}",
        "--format", "html", "-o", str(output),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert len(Page(output.read_text(encoding="utf-8")).data["uses"]) == 3
