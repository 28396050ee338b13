from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.text.alignment import Alignment, align, window


def test_pieces_of_the_second_occurrence() -> None:
    sentence = "a man is a manly man"
    offsets = [(0, 1), (2, 5), (6, 8), (9, 10), (11, 14), (14, 16), (17, 20)]
    assert align(sentence, offsets, 17, 20) == Alignment(6, 7, "man")
    assert align(sentence, offsets, 2, 5) == Alignment(1, 2, "man")
    assert align(sentence, offsets, 11, 16) == Alignment(4, 6, "manly")


def test_a_piece_that_reaches_beyond_the_target_is_refused() -> None:
    assert align("mankind", [(0, 7)], 0, 3) == ("the tokenizer's pieces span 'mankind', not 'man'")


def test_a_piece_that_stops_short_is_refused() -> None:
    assert align("hot dogs", [(0, 3), (4, 7)], 0, 8) == (
        "the tokenizer's pieces span 'hot dog', not 'hot dogs'"
    )


def test_leading_space_of_byte_level_tokenizers_is_allowed() -> None:
    assert align("a man", [(0, 1), (1, 5)], 2, 5) == Alignment(1, 2, "man")


@pytest.mark.parametrize("unseen", ["\ufeff", "\u200b", "\u200b ", " \u200e"])
def test_invisible_characters_before_a_word_are_allowed(unseen: str) -> None:
    """SentencePiece takes these characters for a space, and a space for a part of the word."""
    sentence, start = f"a{unseen}man", 1 + len(unseen)
    offsets = [(0, 1), (1, start + 3)]
    assert align(sentence, offsets, start, start + 3) == Alignment(1, 2, "man")


def test_zero_width_offsets_find_nothing() -> None:
    assert align("a man", [(0, 0), (2, 2)], 2, 5) == "the tokenizer made no piece for the word"


@pytest.mark.parametrize(
    ("sentence", "offsets", "form"),
    [
        ("a cafe\u0301!", [(0, 1), (2, 6), (7, 8)], "cafe\u0301"),  # the accent was stripped
        ("a cafe\u0301s", [(0, 1), (2, 6), (7, 8)], "cafe\u0301s"),
        ("ma\u00adn", [(0, 4)], "ma\u00adn"),  # a soft hyphen
        ("a man\u200d ", [(0, 1), (2, 5)], "man\u200d"),  # a joiner at the end
    ],
)
def test_characters_that_a_tokenizer_strips_belong_to_the_word(
    sentence: str, offsets: list[tuple[int, int]], form: str
) -> None:
    start = sentence.index(form)
    found = align(sentence, offsets, start, start + len(form))
    assert isinstance(found, Alignment)
    assert found.text == form


def test_offsets_that_count_what_was_stripped_are_refused() -> None:
    """As SentencePiece's did with control characters (huggingface/tokenizers#663)."""
    sentence = "T\x10his is a test"
    shifted = [(0, 4), (4, 7), (7, 9), (9, 14)]  # one short from the second letter on
    assert align(sentence, shifted, 11, 15) == "the tokenizer's pieces span 'a tes', not 'test'"


@given(
    st.lists(st.text("ab \u0301é😀", min_size=1, max_size=4), min_size=1, max_size=12), st.data()
)
def test_pieces_align_with_any_stretch_of_the_sentence(
    texts: list[str], data: st.DataObject
) -> None:
    sentence = "".join(texts)
    ends = [sum(map(len, texts[: i + 1])) for i in range(len(texts))]
    offsets = list(zip([0, *ends[:-1]], ends, strict=True))
    first = data.draw(st.integers(0, len(texts) - 1))
    last = data.draw(st.integers(first + 1, len(texts)))
    start, end = offsets[first][0], offsets[last - 1][1]
    found = align(sentence, offsets, start, end)
    assert found == Alignment(first, last, sentence[start:end].strip())


@given(st.integers(1, 400), st.data())
def test_window_holds_the_target_and_uses_all_room(limit: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 1000))
    first = data.draw(st.integers(0, count - 1))
    last = data.draw(st.integers(first + 1, min(count, first + limit)))
    a, b = window(count, first, last, limit)
    assert 0 <= a <= first < last <= b <= count
    assert b - a == min(count, limit)
    left, right = first - a, b - last
    if a > 0 and b < count:  # neither edge is in reach: both sides get the same
        assert abs(left - right) <= 1
