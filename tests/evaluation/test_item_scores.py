"""Scores of items against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, recall_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

from embcmp.evaluation.centroids import answers, any_sense, most_frequent, nearest
from embcmp.evaluation.item_scores import score, word_score
from embcmp.evaluation.lexemes import Lexeme, lexemes
from embcmp.measures.inference import over_words
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import unit
from tests.evaluation.rows import item, items

SENSES = st.lists(st.sampled_from("abc"), min_size=2, max_size=20)


def one_word(train: list[str], test: list[str]) -> Lexeme:
    rows = [*items(train), *items(test, first=100)]
    [lexeme] = lexemes(rows, len(train), 0)
    return lexeme


def by_sklearn(x: Floats, lexeme: Lexeme) -> list[str]:
    """The sense of the nearest mean of unit vectors."""
    [fold] = lexeme.folds
    labels = np.array(lexeme.labels)
    names = sorted(set(labels[fold.train]))
    means = [normalize(x[fold.train][labels[fold.train] == n]).mean(axis=0) for n in names]
    return [names[k] for k in cosine_similarity(x[fold.test], means).argmax(axis=1)]


@given(SENSES, SENSES, st.integers(0, 99))
def test_scores_equal_sklearns(train: list[str], test: list[str], seed: int) -> None:
    lexeme = one_word(train, test)
    x = np.random.default_rng(seed).standard_normal((len(train) + len(test), 5))
    truth = [lexeme.labels[i] for i in lexeme.tested]
    predicted = by_sklearn(x, lexeme)
    result = word_score(lexeme, answers(lexeme, lexeme.folds, nearest(unit(x), lexeme)))
    there = sorted(set(truth))
    macro = {"labels": there, "average": "macro", "zero_division": 0.0}
    assert result.accuracy == pytest.approx(accuracy_score(truth, predicted))
    assert result.recall == pytest.approx(recall_score(truth, predicted, **macro))
    assert result.f1 == pytest.approx(f1_score(truth, predicted, **macro))


def test_ties_share_the_answer() -> None:
    lexeme = one_word(["a", "b", "c"], ["a", "b", "c"])
    x = np.array([[1, 0], [1, 0], [-1, 0], [2, 0], [2, 0], [1, 0]], dtype=float)
    result = word_score(lexeme, answers(lexeme, lexeme.folds, nearest(unit(x), lexeme)))
    assert result.hits.tolist() == [0.5, 0.5, 0]
    assert result.recall == pytest.approx(1 / 3)
    # a and b: true .5, predicted 1.5, there 1; c: never predicted
    assert result.f1 == pytest.approx(2 / 3 * (2 * 0.5 / 2.5))


def test_any_of_several_keys_is_right_and_each_is_learned() -> None:
    rows = [*items(["a b", "c"]), *items(["b", "a c", "c"], first=5)]
    [lexeme] = lexemes(rows, 2, 0)
    x = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [1, 0.1]], dtype=float)
    shares = answers(lexeme, lexeme.folds, nearest(unit(x), lexeme))
    assert lexeme.senses == ("a", "b", "c")
    assert shares[2:].tolist() == [[0.5, 0.5, 0], [0, 0, 1], [0.5, 0.5, 0]]
    assert word_score(lexeme, shares).hits.tolist() == [0.5, 1, 0]


def test_rows_without_a_vector_are_wrong_and_train_no_centroid() -> None:
    lexeme = one_word(["a", "a", "b"], ["a", "b"])
    nan = [np.nan, np.nan]
    x = np.array([[1, 0], nan, [0, 1], nan, [0, 1]], dtype=float)
    shares = answers(lexeme, lexeme.folds, nearest(unit(x), lexeme))
    assert shares[3:].tolist() == [[0, 0], [0, 1]]
    x = np.array([nan, nan, [0, 1], [1, 0], [0, 1]], dtype=float)
    shares = answers(lexeme, lexeme.folds, nearest(unit(x), lexeme))
    assert shares[3:].tolist() == [[0, 1], [0, 1]]  # nothing is left of a


def test_a_centroid_without_a_direction_has_cosine_0() -> None:
    lexeme = one_word(["a", "a", "b"], ["a", "a"])
    x = np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 0]], dtype=float)
    shares = answers(lexeme, lexeme.folds, nearest(unit(x), lexeme))
    assert shares[3:].tolist() == [[1, 0], [0.5, 0.5]]


def test_baselines() -> None:
    lexeme = one_word(["a", "a", "b", "c"], ["a", "b", "d"])
    often = answers(lexeme, lexeme.folds, most_frequent(lexeme))
    assert often[4:].tolist() == [[1, 0, 0, 0]] * 3
    guess = answers(lexeme, lexeme.folds, any_sense(lexeme))
    assert guess[4:] == pytest.approx(np.array([[1 / 3, 1 / 3, 1 / 3, 0]] * 3))
    even = one_word(["a", "b"], ["a"])
    assert answers(even, even.folds, most_frequent(even))[2].tolist() == [0.5, 0.5]


def test_a_word_without_a_training_row_is_a_miss() -> None:
    rows = [item("man", "a", 0), item("post", "x", 1)]
    [lexeme] = lexemes(rows, 1, 0)
    assert lexeme.name == "post"
    shares = answers(lexeme, lexeme.folds, nearest(np.ones((1, 2)), lexeme))
    assert word_score(lexeme, shares).hits.tolist() == [0]


def test_words_count_once_and_rows_count_once() -> None:
    rows = [
        *items(["a", "b"], "big"), *items(["a", "b"], "small"),
        *items(["a"] * 8, "big", 9), *items(["b"] * 2, "small", 9),
    ]  # fmt: skip
    words = lexemes(rows, 4, 0)
    shares = [np.tile([1.0, 0.0], (len(w.rows), 1)) for w in words]
    metrics = score(words, shares, [0.5, None])
    assert metrics["accuracy"].value == pytest.approx(8 / 10)
    assert metrics["accuracy_by_word"].value == pytest.approx(1 / 2)
    assert metrics["mean_recall"].value == pytest.approx(1 / 2)
    assert metrics["auc"].value == 0.5
    assert [metrics[m].chance for m in ("accuracy", "accuracy_by_word", "mean_recall")] == [0.5] * 3


def test_the_interval_of_a_share_stays_between_0_and_1() -> None:
    values = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.9]
    half = stats.t.ppf(0.975, 6) * stats.sem(values)
    metric = over_words(values, ends=(0, 1))
    assert (metric.ci95, metric.approximate) == ((pytest.approx(np.mean(values) - half), 1.0), True)
    free = over_words(values).ci95
    assert free == pytest.approx((np.mean(values) - half, np.mean(values) + half))


def test_no_order_of_rows_changes_a_fold() -> None:
    rows = [*items(["a", "b"] * 10), *items(["x", "y"] * 7, "post")]
    there, back = (lexemes(some, 0, 4) for some in (rows, rows[::-1]))
    for a, b in zip(there, back, strict=True):
        ids = [
            [[some[w.rows[i]].id for i in fold.test] for fold in w.folds]
            for some, w in ((rows, a), (rows[::-1], b))
        ]
        assert ids[0] == ids[1]
