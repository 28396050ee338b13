"""The page of a reach: curves, tables and tests, from its JSON alone."""

from __future__ import annotations

from copy import deepcopy

import pytest

from embcmp.questions.reach.json import to_object
from embcmp.questions.reach.page import to_html
from embcmp.questions.reach.reach import reach
from embcmp.render.page import Json
from tests.hostile.texts import HOSTILE
from tests.questions.encoders import Made
from tests.questions.reach.test_reach import DIM, around, uses
from tests.render.reading import Page, assert_nothing_runs


@pytest.fixture(scope="module")
def found() -> Json:
    near = Made(around(lambda d: 0.5 ** abs(d)), dim=DIM, name="rnn", layers=(None,))
    far = Made(around(lambda d: 0.95 ** abs(d)), dim=DIM, name="lstm", layers=(None,))
    flat = Made(lambda o: [1.0], dim=1, name="word2vec", layers=(None,), per_type=True)
    return to_object(reach(uses(8), [near, far, flat], draws=5))


def test_curves_tables_and_tests(found: Json) -> None:
    page = Page(to_html(found))
    text = page.words()
    assert "8 occurrences in 8 sentences, 8 with ten words on both sides" in text
    lines = [a for tag, a in page.elements if tag == "polyline"]
    assert len(lines) == 3 * 2 + 3  # two sides of each curve, and the key
    shares = found["results"][1]["curve"]
    at = f"{shares['-1']:.3f}".removeprefix("0")
    assert f"lstm, 1 left: {shares['-1']:.2f}".replace("0.", ".") in text
    assert at in text
    assert "one vector per type" in text
    assert "rnn - lstm" in text
    headings = [tag for tag, _ in page.elements if tag == "h2"]
    assert len(headings) == 2


def test_twins_have_the_color_of_their_encoder_and_are_dashed(found: Json) -> None:
    twinned = deepcopy(found)
    twin = deepcopy(twinned["results"][1])
    twinned["results"].append({**twin, "name": "lstm,weights=random", "untrained_twin_of": "lstm"})
    page = Page(to_html(twinned))
    groups = [a["class"] for tag, a in page.elements if tag == "g"]
    assert groups == ["curve-0", "curve-1", "curve-2", "curve-1 dashed"] * 2  # and the key


def test_gradients_have_a_picture_for_each_part(found: Json) -> None:
    derived = deepcopy(found)
    derived.update(by="gradient", replace=None)
    norms = {"1": {"frobenius": 0.5, "spectral": 0.9, "positions": 4}}
    more = norms | {"2": {"frobenius": 0.0, "spectral": 0.0, "positions": 2}}
    for r, jacobian in zip(
        derived["results"],
        ({"output": norms}, {"output": more, "memory": norms}, None),
        strict=True,
    ):
        r.update(jacobian=jacobian, change_of_all=None)
    text = Page(to_html(derived)).words()
    assert "The recurrent Jacobian of the output" in text
    assert "The recurrent Jacobian of the memory" in text
    assert "steps rnn lstm 1 0.5 (0.9) 0.5 (0.9) 2 – 0 (0)" in text
    assert "all, 1 - cosine" not in text


def test_short_sentences_have_no_summary(found: Json) -> None:
    text = Page(to_html({**found, "long_occurrences": 0})).words()
    assert "No occurrence has ten words on both sides." in text


def test_no_value_anywhere(found: Json) -> None:
    empty = deepcopy(found)
    for r in empty["results"]:
        r["curve"] = dict.fromkeys(r["curve"])
        r["intervals"] = dict.fromkeys(r["intervals"])
    assert "–" in Page(to_html(empty)).words()


def test_hostile_text_stays_text(found: Json) -> None:
    hostile = deepcopy(found)
    for o, sentence in zip(hostile["occurrences"], HOSTILE, strict=False):
        o["sentence"] = sentence
    hostile["word"] = hostile["results"][0]["name"] = HOSTILE[0]
    hostile["warnings"] = list(HOSTILE)
    hostile["skipped"] = [{"source": s, "reason": s} for s in HOSTILE]
    hostile["manifest"] = dict.fromkeys(HOSTILE, HOSTILE[1])
    page = Page(to_html(hostile))
    assert_nothing_runs(page)
