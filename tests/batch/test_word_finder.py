"""The one pass over a corpus finds what looking for each word finds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.batch.word_finder import WordFinder
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import find_occurrences

WORDS = (
    "man",
    "Man",
    "hot dog",
    "hot_dog",
    "café",
    "post",
    "c++",
    "++",
    "man-made",
    "men",
    "é",
    "dog",
)
PIECES = (
    "man", "Man", "MEN", "men", "mans", "manned", "hot", "dog", "dogs", "hot_dog", "hot  dog",
    "café", "cafe\u0301s", "CAFÉ", "post", "posted", "c++", "++", "man-made", "mankind",
    "man\u00adkind", "man\u0301", "é", "e\u0301", "'s", ".", " ", "_", "-", "ǆ",
)  # fmt: skip
TEXT = st.lists(st.sampled_from(PIECES), max_size=8).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda gap: gap.join(parts))
)


@pytest.mark.parametrize("match", ["word", "exact", "inflections"])
@given(text=TEXT)
def test_it_finds_what_find_occurrences_finds_for_each_word(match: str, text: str) -> None:
    row = Sentence(text, "1")
    spans_of = dict(WordFinder(WORDS, match).find(row))
    alone = {
        i: [(o.start, o.end) for o in find_occurrences([row], word, match)]
        for i, word in enumerate(WORDS)
    }
    assert spans_of == {i: spans for i, spans in alone.items() if spans}


@given(
    text=TEXT,
    word=st.sampled_from((*WORDS, "cat", None)),
    start=st.one_of(st.none(), st.integers(-1, 12)),
    length=st.integers(0, 5),
)
def test_rows_that_name_their_word_or_its_place(
    text: str, word: str | None, start: int | None, length: int
) -> None:
    row = Sentence(text, "1", word=word, start=start, end=None if start is None else start + length)
    spans_of = dict(WordFinder(WORDS, "word").find(row))
    for i, asked in enumerate(WORDS):
        alone = find_occurrences([row], asked)
        spans = [(o.start, o.end) for o in alone]
        if word is None and start is not None:  # no word is named: those that the place fits
            assert spans_of.get(i, []) == (spans if not alone.notes else [])
        elif word is None:
            assert spans_of.get(i, []) == spans
        elif spans or alone.skipped:
            assert spans_of[i] == (spans or alone.skipped[0].reason)
        else:
            assert i not in spans_of


def test_time_does_not_grow_with_the_words() -> None:
    rows = [Sentence(f"the man number {i} goes to the post", str(i)) for i in range(2000)]

    def seconds(words: list[str]) -> float:
        finder = WordFinder(words, "word")
        started = time.process_time()
        assert sum(1 for row in rows for _ in finder.find(row)) == 2000
        return time.process_time() - started

    few = min(seconds(["man"]) for _ in range(3))
    many = min(seconds(["man", *(f"word{i}" for i in range(3000))]) for _ in range(3))
    assert many < 3 * few
