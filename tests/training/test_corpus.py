from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embcmp.errors import InputError
from embcmp.text.words import words
from embcmp.training import corpus
from embcmp.training.corpus import LEAST, LONGEST, build, lines

FILLER = [f"word{i} the w{i % 7} of word{i % 50}" for i in range(400)]


def sentences(part: corpus.Sentences, vocabulary: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(vocabulary[i] for i in ids) for ids in part]


texts = st.lists(st.text(st.sampled_from("abc ,.'S"), max_size=40), max_size=60)


@settings(deadline=None, max_examples=50)  # each builds two corpora
@given(texts, st.randoms())
def test_every_sentence_is_on_one_side_whatever_the_order(
    drawn: list[str], rng: random.Random
) -> None:
    lines = FILLER + drawn
    made = build(lines, "x")
    training = sentences(made.training, made.vocabulary)
    held_out = sentences(made.held_out, made.vocabulary)
    expected = Counter(s for line in lines if len(s := tuple(words(line))) > 1)
    assert Counter(training) + Counter(held_out) == expected
    assert not set(training) & set(held_out)

    shuffled = build(rng.sample(lines, len(lines)), "x")
    assert Counter(sentences(shuffled.training, shuffled.vocabulary)) == Counter(training)
    assert shuffled.vocabulary == made.vocabulary


@settings(deadline=None)
@given(texts)
def test_vocabulary_is_by_frequency_in_the_training_part(drawn: list[str]) -> None:
    made = build(FILLER + drawn, "x")
    counter = Counter(w for s in sentences(made.training, made.vocabulary) for w in s)
    assert made.counts.tolist() == [counter[w] for w in made.vocabulary]
    keys = [(-n, w) for n, w in zip(made.counts, made.vocabulary, strict=True)]
    assert keys == sorted(keys)
    assert made.training[0].dtype == np.int32


def test_a_tenth_is_held_out() -> None:
    made = build((f"sentence number {i}" for i in range(20_000)), "x")
    # 20,000 sentences, each with chance 1/10: the deviation is 42
    assert abs(len(made.held_out) - 2_000) < 4 * 42


def test_the_digest_is_that_of_the_tokens() -> None:
    one, two = build([*FILLER, "The End."], "x"), build([*FILLER, "the  end ."], "y")
    assert one.digest == two.digest
    assert one.digest != build([*FILLER, "the end"], "x").digest
    assert (one.description, two.description) == ("x", "y")


def test_long_lines_are_cut_and_lone_words_left_out() -> None:
    long = " ".join(["alpha", "beta"] * LONGEST) + " gamma"
    made = build([*FILLER, long, "two words", "lonely"], "x")
    lengths = Counter(len(s) for s in (*made.training, *made.held_out))
    assert lengths[LONGEST] == 2
    assert max(lengths) == LONGEST
    assert min(lengths) == 2
    assert "gamma" not in made.vocabulary
    assert "lonely" not in made.vocabulary


def test_a_corpus_that_is_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="18 words to train on are too few") as caught:
        build(["one two three"] * 6, "some.txt")
    assert f"at least {LEAST} words" in caught.value.hint
    assert caught.value.exit_code == 3


def test_nothing_held_out() -> None:
    with pytest.raises(InputError, match="too few"):
        build(["one two three"] * LEAST, "one sentence, over and over")


def test_lines_of_several_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_bytes("\ufeffOne é\r\ntwo".encode())
    two.write_bytes(b"three\n")
    assert [line.strip() for line in lines([one, two])] == ["One é", "two", "three"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"fine\nna\xefve\n", ":2: is not UTF-8 (byte 0xef)"), (b"a\0b\n", ":1: NUL bytes")],
)
def test_lines_that_are_no_text(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(lines([path]))
    assert caught.value.message == f"{path}{says}"
    assert caught.value.exit_code == 3


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.txt"):
        with pytest.raises(InputError, match=r"is a folder|there is no such file"):
            list(lines([path]))
