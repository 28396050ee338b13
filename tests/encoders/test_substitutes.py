from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from embcmp.encoders.substitutes import Substitute, is_word, most_probable

WORDS = {1: "man", 2: "boy", 4: "post"}


def test_words_by_probability_and_the_rank_of_the_original() -> None:
    scores = np.array([9, 1, 3, 8, 2], dtype=np.float32)
    p = softmax(scores.astype(np.float64))
    substitutes = most_probable(scores, WORDS, original=1, count=2)
    assert [s.word for s in substitutes.words] == ["boy", "post"]
    assert [s.probability for s in substitutes.words] == pytest.approx([p[2], p[4]], abs=1e-12)
    assert substitutes.original == Substitute("man", pytest.approx(p[1], abs=1e-12))
    assert (substitutes.rank, substitutes.candidates) == (3, 3)


@pytest.mark.parametrize("original", [None, 0, 3, 99])
def test_an_original_that_is_no_word_has_no_rank(original: int | None) -> None:
    substitutes = most_probable(np.zeros(5, dtype=np.float32), WORDS, original, count=9)
    assert (substitutes.original, substitutes.rank) == (None, None)
    assert [s.word for s in substitutes.words] == ["man", "boy", "post"]  # a tie: their order


def test_large_scores_do_not_overflow() -> None:
    substitutes = most_probable(np.array([0, 1e4, 0, 0, 1e4], dtype=np.float32), WORDS, 2, 1)
    assert substitutes.words == (Substitute("man", 0.5),)
    assert (substitutes.original, substitutes.rank) == (Substitute("boy", 0.0), 3)


@given(st.lists(st.integers(-5, 5), min_size=5, max_size=5), st.integers(0, 4))
def test_rank_agrees_with_the_list(values: list[int], original: int) -> None:
    substitutes = most_probable(np.array(values, dtype=np.float32), WORDS, original, count=3)
    p = [s.probability for s in substitutes.words]
    assert p == sorted(p, reverse=True)
    if substitutes.rank is not None:
        assert substitutes.original is not None
        assert (
            substitutes.words[substitutes.rank - 1].probability == substitutes.original.probability
        )


@pytest.mark.parametrize("text", ["man", "Männer", "man2", "कि", "cafe\u0301", "人"])
def test_words(text: str) -> None:
    assert is_word(text)


@pytest.mark.parametrize("text", ["", "1990", ".", "[MASK]", "##s", "n't", "\ufffd", "a b", "<s>"])
def test_what_is_no_word(text: str) -> None:
    assert not is_word(text)
