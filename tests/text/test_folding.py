"""Folding against the definition of canonical caseless matching, and its way back."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.text.folding import fold, inside_word
from embcmp.text.words import placed_words


def caseless(text: str) -> str:
    """The Unicode standard's D145, over the whole string at once."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


# What is folded besides: kinds of apostrophe and hyphen, width, what is not seen, the dotted I.
BESIDES = re.compile("[`´’‘‛ʼʻʹ′˽ˈ՚ꞌ\u02bd\u2010\u2011\u2043\ufe00-\ufe0f\ufe63\uff00-\uffef\u3000"
                     "\u00ad\u034f\u200c\u200d\u2060-\u2064\ufeffİ\u0307\u20a9"
                     "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")  # fmt: skip
PLAIN = st.text().filter(lambda text: BESIDES.search(unicodedata.normalize("NFD", text)) is None)


@given(PLAIN)
def test_is_canonical_caseless_folding(text: str) -> None:
    assert fold(text).text == caseless(text)


@given(PLAIN)
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
    assert fold("İn").text == "in"
    assert fold("İn").original(1, 2) == (1, 2)


def test_a_typographic_apostrophe_is_an_apostrophe() -> None:
    assert fold("o’clock").text == "o'clock"


ALIKE = [
    "'’‘´ʼ＇",
    "-\u2010\u2011",
    "iİ",
    "aａ",
    ["é", "e\u0301"],
    ["", "\u00ad", "\u2060", "\ufe0f"],
]


@given(st.lists(st.sampled_from(ALIKE), max_size=12), st.data())
def test_spellings_that_differ_in_folded_characters_alone_are_one(
    kinds: list[list[str]], data: st.DataObject
) -> None:
    one, other = (
        "x" + "".join(data.draw(st.sampled_from(list(kind))) for kind in kinds) for _ in range(2)
    )
    assert fold(one).text == fold(other).text
    assert [word for word, _ in placed_words(one)] == [word for word, _ in placed_words(other)]


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


def test_a_backtick_is_an_apostrophe_within_a_word_alone() -> None:
    text = "At one o`clock he said ``no''."
    assert [word for word, _ in placed_words(text)] == (
        "at one o ' clock he said ` ` no ' ' .".split()
    )
