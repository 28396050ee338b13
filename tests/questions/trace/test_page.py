"""The page of a trace: its numbers, its shades, and nothing that a sentence could run."""

from __future__ import annotations

import re

from embcmp import Occurrence
from embcmp.questions.trace.json import to_html, to_object
from embcmp.questions.trace.trace import trace
from tests.hostile.texts import HOSTILE
from tests.questions.trace.test_trace import hand
from tests.render.reading import Page, assert_nothing_runs


def test_a_row_a_token_and_a_table_a_direction() -> None:
    use = Occurrence("1", "man", "a man is blorple", 2, 5)
    page = Page(to_html(to_object(trace(hand(), use.sentence, use))))
    text = page.words()
    assert "token forget input output memory state carry" in text
    # memory .4 after the edge, then f * .4 + .4 in each unit; the first word keeps all of its own
    assert re.search(
        r"<s> \.38 ±\.12 \.50 ±\.00 \.75 ±\.00 \.57 \.40 a \.38 .* 1\.00 man · is ·", text
    )
    assert "blorple unknown" in text
    assert text.count("<s>") == text.count("</s>") == 2
    shades = [
        a["class"] for tag, a in page.elements if tag == "td" and "heat" in (a.get("class") or "")
    ]
    assert shades[:3] == ["heat-4", "heat-5", "heat-8"]  # .375, .5 and .75


def test_one_direction_has_one_table() -> None:
    page = Page(to_html(to_object(trace(hand(sides=("forward",)), "a man is"))))
    assert "Forward" in page.words()
    assert "Backward" not in page.words()


def test_the_variant_of_the_cell_has_a_note() -> None:
    page = Page(to_html(to_object(trace(hand(), "a man is", cell="sheet"))))
    assert "W_c and b_c set to the trained candidate's W_i" in page.words()


def test_hostile_sentences_are_text_and_no_script_may_run() -> None:
    for sentence in HOSTILE:
        start = sentence.index("man")
        use = Occurrence("1", "man", sentence, start, start + 3)
        page = Page(to_html(to_object(trace(hand(), sentence, use))))
        assert_nothing_runs(page)
        assert [a["href"] for _, a in page.elements if "href" in a] == ["#main"]
        assert not re.search("[\x1b\u202e]", page.text)
