"""Lines end between words, and no line is too wide, whatever the script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from embcmp.render.line_breaks import cut_at_word, first, fitted, in_context, shortened, wrapped

WORDS = st.lists(st.text("abcdefg,.()", min_size=1, max_size=30), min_size=1, max_size=30)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
WIDTHS = st.integers(4, 100)


@given(WORDS, WIDTHS)
def test_every_line_is_made_of_whole_words(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    shown = " ".join(lines).split()
    assert len(shown) == len(words)
    for word, text in zip(words, shown, strict=True):
        assert text == (word if len(word) <= width else shortened(word, width))


@given(ANY, WIDTHS)
def test_no_line_is_too_wide(text: str, width: int) -> None:
    for line in wrapped(text, width):
        assert line  # a mark without its letter has no cell of its own, and is not lost
        assert cell_len(line) <= width
    assert cell_len(cut_at_word(text, width)) <= width
    assert cell_len(shortened(text, width)) <= width


@given(st.lists(WORDS, max_size=12), WIDTHS, st.integers(0, 20))
def test_sentences_fit_into_the_lines_that_there_are(
    sentences: list[list[str]], width: int, most: int
) -> None:
    texts = [" ".join(words) for words in sentences]
    lines = fitted(texts, width, most)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    known = {
        shortened(word, w) for words in sentences for word in words for w in (width, width - 2)
    }
    assert set(" ".join(lines).split()) <= known | {"…"}
    if sum(len(wrapped(text, width)) for text in texts) <= most:
        assert lines == [line for text in texts for line in wrapped(text, width)]


def test_the_longest_sentence_is_cut_first() -> None:
    assert fitted(["one two three four five six", "seven", "eight"], 9, 3) == [
        "one two …",
        "seven",
        "eight",
    ]


def test_intervals_and_p_values_stay_on_one_line() -> None:
    text = "AUC .55 [.43, .65], (+.35 and +.34, p < .001)."
    assert wrapped(text, 16) == ["AUC .55", "[.43, .65],", "(+.35 and +.34,", "p < .001)."]


def test_chinese_is_wrapped_between_characters() -> None:
    assert wrapped("这个词有两个意义 in text", 8) == ["这个词有", "两个意义", "in text"]


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [("bert:models/my-bert@6", 12, "bert:m…ert@6"), ("bert", 4, "bert"), ("男人男人", 5, "男…人")],
)
def test_names_are_cut_in_the_middle(name: str, width: int, shown: str) -> None:
    assert shortened(name, width) == shown


def test_an_ellipsis_says_that_lines_follow() -> None:
    assert first(["one two", "three"], 1, 9) == ["one two …"]
    assert first(["one two", "three"], 2, 9) == ["one two", "three"]
    assert first(["one two"], 0, 9) == []


@given(st.text("abc d男人", min_size=3, max_size=80), st.data(), st.integers(6, 60))
def test_a_sentence_in_context_is_cut_between_words(
    sentence: str, data: st.DataObject, width: int
) -> None:
    start = data.draw(st.integers(0, len(sentence) - 1))
    end = data.draw(st.integers(start + 1, len(sentence)))
    before, form, after = in_context(sentence, start, end, width)
    assert cell_len(before + form + after) <= width
    assert before in ("", "…") or sentence[:start].endswith(before.lstrip("…").lstrip())
    assert after in ("", "…") or sentence[end:].startswith(after.rstrip("…").rstrip())


def test_words_at_both_ends_stay_whole() -> None:
    sentence = "Several of the oldest trees behind the castle fell in the storm last night."
    at = sentence.index("castle")
    assert in_context(sentence, at, at + 6, 40) == ("…trees behind the ", "castle", " fell in the…")
