"""The background sentences are a varied sample: a slip in them would shift every baseline."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from embcmp.text.inflections import same_word
from embcmp.text.words import stop_words, words

RAW = files("embcmp").joinpath("data", "background.txt").read_bytes()
SENTENCES = RAW.decode("utf-8").removesuffix("\n").split("\n")
BANDS = [(5, 8), (9, 12), (13, 16), (17, 20), (21, 25)]


def lengths() -> list[int]:
    return [len(sentence.split()) for sentence in SENTENCES]


def spoken(sentence: str) -> list[str]:
    """The words alone: a comma does not make five shared words differ."""
    return [word for word in words(sentence) if re.search(r"\w", word)]


def test_there_are_400_lines_that_end_in_lf() -> None:
    assert len(SENTENCES) == 400
    assert RAW.count(b"\n") == 400
    assert RAW.endswith(b"\n")
    assert b"\r" not in RAW


def test_no_sentence_comes_twice() -> None:
    times = Counter(" ".join(sentence.casefold().split()) for sentence in SENTENCES)
    assert [sentence for sentence, n in times.items() if n > 1] == []


def test_no_two_sentences_share_five_words_in_a_row() -> None:
    home: dict[tuple[str, ...], str] = {}
    shared = []
    for sentence in SENTENCES:
        tokens = spoken(sentence)
        for start in range(len(tokens) - 4):
            five = tuple(tokens[start : start + 5])
            if home.setdefault(five, sentence) != sentence:
                shared.append((five, home[five], sentence))
    assert shared == []


def test_every_sentence_has_5_to_25_words() -> None:
    assert [s for s, n in zip(SENTENCES, lengths(), strict=True) if not 5 <= n <= 25] == []


@pytest.mark.parametrize(("shortest", "longest"), BANDS)
def test_lengths_are_spread(shortest: int, longest: int) -> None:
    assert sum(shortest <= n <= longest for n in lengths()) >= 30


def test_every_other_sentence_makes_two_halves_of_similar_lengths() -> None:
    """A correction is fitted on the one and its baseline taken on the other."""
    even, odd = sum(lengths()[::2]) / 200, sum(lengths()[1::2]) / 200
    assert abs(even - odd) < 1


def test_a_sentence_is_plain_text_from_a_capital_to_its_stop() -> None:
    plain = re.compile(r"[A-Z][A-Za-z ,'’-]*[a-z][.?!]")
    assert [sentence for sentence in SENTENCES if not plain.fullmatch(sentence)] == []


def test_single_spaces_part_the_words() -> None:
    assert [s for s in SENTENCES if s != " ".join(s.split())] == []


def test_there_are_statements_questions_and_commands() -> None:
    assert sum(sentence.endswith("?") for sentence in SENTENCES) >= 15
    assert sum(sentence.endswith(".") for sentence in SENTENCES) >= 300


def test_the_vocabulary_is_wide() -> None:
    content = {word for s in SENTENCES for word in words(s) if word.isalpha()} - stop_words()
    assert len(content) >= 900


def test_no_word_begins_more_than_a_quarter_of_the_sentences() -> None:
    ((_, most),) = Counter(spoken(sentence)[0] for sentence in SENTENCES).most_common(1)
    assert most <= 100


def test_the_word_of_the_fixtures_is_not_in_it() -> None:
    """Its own occurrences must not shape the space that they are judged in."""
    tokens = {word for sentence in SENTENCES for word in words(sentence)}
    assert sorted(word for word in tokens if same_word(word, "man")) == []
