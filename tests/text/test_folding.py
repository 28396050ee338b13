"""Folding against the definition of canonical caseless matching, and its way back."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.text.folding import fold, inside_word


def caseless(text: str) -> str:
    """The Unicode standard's D145, over the whole string at once."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


@given(st.text().filter(lambda text: "’" not in text))
def test_is_canonical_caseless_folding(text: str) -> None:
    assert fold(text).text == caseless(text)


@given(st.text().filter(lambda text: "’" not in text))
def test_keeping_case_is_canonical_decomposition(text: str) -> None:
    assert fold(text, keep_case=True).text == unicodedata.normalize("NFD", text)


@given(st.text(), st.data())
def test_offsets_lead_back_to_the_text_that_was_folded(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    assert len(folded.offsets) == len(folded.text) + 1
    edges = [i for i, offset in enumerate(folded.offsets) if offset >= 0]
    start = data.draw(st.sampled_from(edges))
    end = data.draw(st.sampled_from([edge for edge in edges if edge >= start]))
    span = folded.original(start, end)
    assert span is not None
    assert fold(text[slice(*span)]).text == folded.text[start:end]


def test_no_span_begins_inside_a_cluster() -> None:
    assert fold("Maße").text == "masse"
    assert fold("Maße").original(0, 3) is None
    assert fold("Maße").original(0, 4) == (0, 3)
    assert fold("İn").original(1, 3) is None


def test_a_typographic_apostrophe_is_an_apostrophe() -> None:
    assert fold("o’clock").text == "o'clock"


def test_a_long_run_of_marks_takes_linear_time() -> None:
    begin = time.process_time()
    folded = fold("é" + "\u0301\u0323" * 200_000 + "É")
    assert time.process_time() - begin < 5  # normalizing such a run takes minutes
    assert folded.text.endswith("e\u0301")
    assert folded.offsets[-3:] == [400_001, -1, 400_002]


@pytest.mark.parametrize(
    ("text", "offset", "inside"),
    [
        ("ab", 0, False),
        ("ab", 2, False),
        ("ab", 1, True),
        ("a b", 1, False),
        ("a-b", 1, False),
        ("a'b", 1, False),
        ("a_b", 1, True),
        ("a1", 1, True),
        ("a\u0301 b", 1, True),  # before the mark
        ("a\u0301b", 2, True),  # after it
        ("!\u0301b", 2, False),
        ("a\u00adb", 1, True),
        ("a\u200cb", 2, True),
        ("👩\u200db", 2, False),
        ("\u0301a", 1, False),
        ("אב", 1, True),
        ("👩b", 1, False),
    ],
)
def test_inside_word(text: str, offset: int, inside: bool) -> None:
    assert inside_word(text, offset) is inside
