from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.render.text import excerpt, json_text, markdown_cell, spreadsheet_cell, visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x7f", "a␀b␡"),
        ("a\x9b31m", "a\ufffd31m"),
        ("\u202egnp.exe\u2066", "\ufffdgnp.exe\ufffd"),
        ("one\ntwo\u2028three", "one␊two\ufffdthree"),
        ("a\udcffb\ud800", "a\ufffdb\ufffd"),
        ("naïve 😀 שלום e\u0301", "naïve 😀 שלום e\u0301"),
    ],
)
def test_control_and_bidirectional_characters(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize("cell", ["=cmd|x", "+1", "-1", "@sum", " =1+1", "\t=1"])
def test_cells_that_a_spreadsheet_would_run(cell: str) -> None:
    assert spreadsheet_cell(cell) == f"'{cell}"


def test_other_cells_stay() -> None:
    assert [spreadsheet_cell(t) for t in ("man", "", "a=b")] == ["man", "", "a=b"]
    assert spreadsheet_cell("a\x1b\udcff\t\u202eb") == "a␛\ufffd\t\u202eb"


def test_json_keeps_every_character_and_can_be_written() -> None:
    text = json_text({"a\udcff": "\x1b\u202e\u2028\ud800 é"})
    assert json.loads(text.encode()) == {"a\udcff": "\x1b\u202e\u2028\ud800 é"}
    assert "é" in text


def test_markdown_is_escaped() -> None:
    assert markdown_cell("<b>|a_b|</b>") == r"\<b\>\|a\_b\|\</b\>"


@given(st.text(max_size=80), st.text(min_size=1, max_size=12), st.text(max_size=80), st.data())
def test_excerpt_keeps_the_target(before: str, form: str, after: str, data: st.DataObject) -> None:
    width = data.draw(st.integers(5, 200))
    sentence = before + form + after
    head, middle, tail = excerpt(sentence, len(before), len(before) + len(form), width)
    assert middle == visible(form)
    assert len(head) + len(middle) + len(tail) <= max(width, len(form) + 2)
    assert visible(before).endswith(head.removeprefix("…"))
    assert visible(after).startswith(tail.removesuffix("…"))
    if len(sentence) <= width:
        assert (head, tail) == (visible(before), visible(after))
