from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from embcmp.questions.change.page import MOST_DRAWN, to_html
from embcmp.render.numbers import p, short
from tests.commands import Run
from tests.questions.change.made import EACH, GROUPS, hostile_changes
from tests.render.reading import Page, digest


def test_one_word_is_a_page_of_its_own_and_the_verdict_comes_first() -> None:
    page = Page(to_html(hostile_changes()))
    sections = [a.get("id") for tag, a in page.elements if tag == "section"]
    assert sections == ["verdict", "encoders", "controls", "map", "changed", "steps", "uses"]
    assert hostile_changes()["verdict"][0] in page.words()
    for o in hostile_changes()["changes"][0]["occurrences"]:
        plain = o["sentence"].replace("\x1b", "␛").replace("\x07", "␇")
        plain = plain.replace("\u202e", "�").replace("\u202c", "�")
        assert " ".join(plain.split()) in page.words()


def test_the_numbers_are_those_of_the_json() -> None:
    words = Page(to_html(hostile_changes())).words()
    for r in hostile_changes()["changes"][0]["results"][1:]:
        m = r["metrics"]
        low, high = (short(end) for end in m["prt"]["ci95"])
        row = f"{short(m['prt']['value'], 3)} [{low}, {high}] {p(m['prt']['p'])}"
        assert row in words
        for name in ("apd", "excess", "jsd"):
            assert short(m[name]["value"], 3) in words
    assert "word2vec: one vector per type." in words


def test_the_maps_and_curves_are_those_of_the_json() -> None:
    data = Page(to_html(hostile_changes())).data
    [word], [given] = data["words"], hostile_changes()["changes"]
    assert [g["name"] for g in word["groups"]] == list(GROUPS)
    for k, group in enumerate(word["groups"]):
        assert group["uses"] == [*range(k * EACH, (k + 1) * EACH)]
    assert word["maps"][0] is None
    for points, r in zip(word["maps"][1:], given["results"][1:], strict=True):
        assert [points[f"{i}"] for i in range(3 * EACH)] == r["map"]
    for curve, r in zip(word["curves"], given["results"][1:], strict=True):
        assert [value for value, *_ in curve["values"]] == [m["value"] for m in r["curve"]]


def test_uses_beyond_chance_are_told_from_those_that_are_most_unlike() -> None:
    c = deepcopy(hostile_changes())
    main = c["changes"][0]["results"][-1]
    ids = [o["id"] for o in c["changes"][0]["occurrences"]]
    main.update(lost=[], gained=ids[-12:])
    words = Page(to_html(c)).words()
    words = words[words.index("What changed") :]
    unlike = f"{GROUPS[0]}: uses most unlike those in {GROUPS[2]} None stands out beyond chance"
    gained = f"{GROUPS[2]}: uses unlike those in {GROUPS[0]} 12 gained: more unlike than expected"
    assert 0 < words.index(unlike) < words.index(gained)
    assert "2 more" in words[words.index(gained) :]


def test_shares_and_keywords_stand_by_their_group() -> None:
    c = deepcopy(hostile_changes())
    for r in c["changes"][0]["results"]:
        r["keywords"] = {name: [f"<u>word{k}</u>"] for k, name in enumerate(GROUPS)}
    main = c["changes"][0]["results"][-1]
    ids = [o["id"] for o in c["changes"][0]["occurrences"]]
    main.update(senses=[[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]], similar=ids[:2])
    page = Page(to_html(c))
    for k, name in enumerate(GROUPS):
        assert f"{name}: <u>word{k}</u>" in page.words()
    shares = page.words()[page.words().index("How large a share") :]
    assert 0 < shares.index(".25 .50 1.00") < shares.index(".75 .50 .00")
    widths = [a["width"] for tag, a in page.elements if tag == "rect"]
    assert widths[:6] == ["25.0", "50.0", "100.0", "75.0", "50.0", "0.0"]


def test_words_are_ranked_and_their_details_folded() -> None:
    c = deepcopy(hostile_changes(3, 2))
    for change, value in zip(c["changes"], (None, 0.25, 0.5), strict=True):
        change["results"][-1]["metrics"]["prt"]["value"] = value
    page = Page(to_html(c))
    assert [a["href"] for tag, a in page.elements if tag == "a"][1:] == [
        "#word-0", "#word-1", "#word-2",
    ]  # fmt: skip
    table = page.words()[page.words().index("How much each word changed") :]
    order = [table.index(word) for word in ("<u>man2</u>", "<u>man1</u>", "<u>man</u>")]
    assert order == sorted(order)
    assert len(page.data["uses"]) == 3 * 2 * EACH
    assert page.data["words"][2]["groups"][0]["uses"][0] == 2 * 2 * EACH


def test_a_page_of_many_words_has_no_figures_and_no_script_for_them() -> None:
    c = deepcopy(hostile_changes(1, 2))
    c["changes"] *= MOST_DRAWN + 1
    html = to_html(c)
    assert len(html) < 1_000_000
    page = Page(html)
    assert page.data == {"uses": [], "words": []}
    assert page.policy["script-src"] == [digest(script) for script in page.scripts]
    assert not [a for _, a in page.elements if "plot" in str(a.get("class"))]


@pytest.mark.parametrize("drop", [EACH, 3])
def test_a_group_that_is_too_small_is_a_page_with_the_reason(drop: int) -> None:
    c = deepcopy(hostile_changes(1, 2))
    reason = f"group {GROUPS[0]} has 3 uses, and 5 are needed"
    nothing = dict.fromkeys(("value", "ci95", "p", "p_adjusted", "false_discovery_rate")) | {
        "undefined": reason
    }
    for r in c["changes"][0]["results"]:
        r.update(metrics=dict.fromkeys(("prt", "apd", "excess", "jsd"), nothing), no_test=reason)
        r.update(gained=[], lost=[], senses=[], most_unlike={name: [] for name in GROUPS[:2]})
        r["map"] = r["map"][drop:]
    c["changes"][0]["occurrences"] = c["changes"][0]["occurrences"][drop:]
    page = Page(to_html(c))
    assert page.words().count(reason) == 3
    assert not [a for tag, a in page.elements if tag == "rect"]


def test_the_command_writes_the_page(run: Run, tiny_vectors: Path, tmp_path: Path) -> None:
    for name in ("old", "new"):
        lines = [f"a man of {name} number {i} is here" for i in range(6)]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    output = tmp_path / "man.html"
    groups = [f"--group={name}={tmp_path / name}.txt" for name in ("old", "new")]
    done = run(
        "change", "man", *groups, "-e", f"context:{tiny_vectors}", "--format", "html", "-o",
        str(output),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert len(Page(output.read_text(encoding="utf-8")).data["uses"]) == 12
