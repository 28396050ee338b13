from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from embcmp.encoders import load_encoder
from embcmp.text.words import stop_words, words
from embcmp.types import Embeddings, Occurrence
from tests.conftest import MAN, ROOT

VECTORS = ROOT / "fixtures" / "vectors" / "word2vec.bin"
GENSIM = KeyedVectors.load_word2vec_format(VECTORS, binary=True)


def encode(sentence: str, keys: str = "", target: str = "man") -> Embeddings:
    start = sentence.lower().index(target)
    occurrence = Occurrence("1", target, sentence, start, start + len(target))
    return load_encoder(f"context:{VECTORS}{keys}").encode([occurrence])


def used(sentence: str, keys: str = "") -> list[str]:
    return list(encode(sentence, keys).receipts[0].tokens)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [(MAN[0], ["cold", "today"]), (MAN[1], ["go", "post"]), (MAN[2], ["words"])],
)
def test_the_mean_of_the_content_words(sentence: str, expected: list[str]) -> None:
    embeddings = encode(sentence)
    assert list(embeddings.receipts[0].tokens) == expected
    assert embeddings.receipts[0].text.lower() == "man"
    # The fixtures' numbers are sixteenths: a mean of two is exact.
    mean = sum(GENSIM[word].astype(np.float64) for word in expected) / len(expected)
    assert embeddings.vectors[0, 0].tolist() == mean.tolist()
    assert embeddings.vectors.dtype == np.float32


def test_the_target_plays_no_part_and_its_form_decides_nothing() -> None:
    embeddings = [encode(f"Go {form} the post!", target=form) for form in ("man", "zzz", "cold")]
    assert len({e.vectors.tobytes() for e in embeddings}) == 1


def test_another_occurrence_of_the_same_form_is_context() -> None:
    assert used("Man to man, it is cold.") == ["man", "cold"]


def test_stop_words_can_be_kept_and_punctuation_never_counts() -> None:
    assert used("He, the man, is cold...", ",stopwords=keep") == ["he", "the", "is", "cold"]
    assert {",", "."} <= set(GENSIM.key_to_index)


def test_a_word_that_stands_twice_counts_twice() -> None:
    (vector,) = encode("cold cold go man").vectors[0]
    expected = (2 * GENSIM["cold"].astype(np.float64) + GENSIM["go"]) / 3
    assert vector.tolist() == expected.astype(np.float32).tolist()


def test_the_window_is_a_distance_in_the_running_text() -> None:
    sentence = "words go, of the man is it cold today"
    assert used(sentence, ",window=3") == ["go", "cold"]
    assert used(sentence, ",window=2") == []
    assert used(sentence, ",window=100") == used(sentence) == ["words", "go", "cold", "today"]
    assert used(sentence, ",window=1,stopwords=keep") == ["the", "is"]


def test_a_clitic_of_the_target_is_a_word_of_its_own() -> None:
    assert used("The man's post") == ["post"]


def test_accents_are_composed() -> None:
    assert used(unicodedata.normalize("NFD", "man, a CAFÉ")) == ["café"]


@pytest.mark.parametrize(
    ("sentence", "keys", "why"),
    [
        ("He is a man.", "", "there is no content word besides the target"),
        ("man!", ",stopwords=keep", "there is no word besides the target"),
        ("go is a man", ",window=2", "there is no content word in a window of 2 around the target"),
        (
            "A blorple man",
            "",
            "no content word besides the target is among the 21 words of word2vec.bin",
        ),
        (
            "blorple man",
            ",stopwords=keep,window=3",
            "no word in a window of 3 around the target is among the 21 words of word2vec.bin",
        ),
    ],
)
def test_why_there_is_no_vector(sentence: str, keys: str, why: str) -> None:
    embeddings = encode(sentence, keys)
    assert embeddings.missing == {"1": why}
    assert np.isnan(embeddings.vectors).all()
    assert embeddings.receipts[0].tokens == ()


def test_a_vector_does_not_depend_on_the_other_sentences() -> None:
    occurrences = [
        Occurrence(str(i), "man", sentence, start, start + 3)
        for i, sentence in enumerate([*MAN, "A blorple man"])
        for start in [sentence.lower().index("man")]
    ]
    seen: list[tuple[int, int]] = []
    encoder = load_encoder(f"context:{VECTORS}")
    together = encoder.encode(occurrences, lambda done, total: seen.append((done, total)))
    alone = [encoder.encode([occurrence]).vectors[0] for occurrence in reversed(occurrences)]
    assert together.vectors[0].tobytes() == np.concatenate(alone[::-1]).tobytes()
    assert seen[-1] == (4, 4)
    assert encoder.encode([]).vectors.shape == (1, 0, 4)


def test_the_info_of_the_encoder() -> None:
    info = load_encoder(f"context:{VECTORS},window=5,stopwords=drop").info
    assert not info.per_type
    assert info.name == f"context:{VECTORS},window=5"
    assert (info.family, info.model, info.layers) == ("context", "word2vec.bin", (None,))
    assert (info.dim, info.parameters) == (4, 84)
    assert info.bytes == info.own_bytes == VECTORS.stat().st_size


def test_what_changes_a_vector_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    def fingerprint(spec: str) -> str:
        return load_encoder(spec).info.fingerprint

    context = f"context:{VECTORS}"
    prints = [f"word2vec:{VECTORS}", context, f"{context},window=5", f"{context},stopwords=keep"]
    assert len({fingerprint(spec) for spec in prints}) == 4
    assert fingerprint(context) == fingerprint(f"{context},window=all,stopwords=drop")
    before = fingerprint(context)
    monkeypatch.setattr("embcmp.encoders.context.stop_words", lambda _: frozenset({"the"}))
    assert fingerprint(context) != before


def test_stop_words_are_sorted_single_words_as_the_tokenizer_gives_them() -> None:
    lines = Path(ROOT, "embcmp", "data", "stopwords.txt").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert all(words(line) == [line] for line in lines)
    assert stop_words() == set(lines)
    assert not stop_words() & {"man", "go", "post", "cold", "today", "words", "bank", "time"}


def test_function_words_of_running_text_are_dropped() -> None:
    text = "I won't, can't and shan't say whether she's theirs; they'd've been what you’re not of."
    assert [word for word in words(text) if word not in stop_words() and word.isalnum()] == ["say"]
