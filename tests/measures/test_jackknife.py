from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from embcmp.measures.inference import quantile_975, two_sided_p
from embcmp.measures.jackknife import Difference, auc_difference, auc_influence, pair_variance
from embcmp.measures.labels import sample, samples
from embcmp.measures.separation import auc
from embcmp.measures.similarity import cosine_matrix
from tests.measures.cases import blobs, coded, in_sentences


@given(st.floats(-30, 30), st.integers(1, 200))
def test_student_equals_scipy(t: float, df: int) -> None:
    assert two_sided_p(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-9)
    assert quantile_975(df) == pytest.approx(stats.t.ppf(0.975, df), abs=1e-9)


def test_equals_leaving_out_one_by_one() -> None:
    """Two occurrences a sentence; one sentence of the rarer sense holds the other, too."""
    x, senses = blobs((14, 22), shift=1.5)
    y, _ = blobs((14, 22), shift=1, seed=7)
    a, b = cosine_matrix(x), cosine_matrix(y)
    codes = np.repeat([0, 1], (14, 22))
    sentences = np.r_[np.arange(14) // 2, np.arange(22) // 2 + 7]
    sentences[-1] = 6
    jackknifed = 0.0
    for ids in (np.arange(7), np.arange(7, 18)):
        without = []
        for left_out in ids:
            weights = np.ones(18)
            weights[ids] = len(ids) / (len(ids) - 1)
            weights[left_out] = 0
            without.append(np.subtract(*(by_pairs(m, codes, sentences, weights) for m in (a, b))))
        jackknifed += (len(ids) - 1) / len(ids) * ((without - np.mean(without)) ** 2).sum()
    influence = auc_influence(coded(a, codes)) - auc_influence(coded(b, codes))
    pairs = pair_variance(influence, in_sentences(codes, sentences))
    assert 0 < pairs < jackknifed / 2
    value = (auc(sample(a, senses)).value or 0) - (auc(sample(b, senses)).value or 0)
    error = (jackknifed - pairs) ** 0.5
    half = stats.t.ppf(0.975, 18 - 2) * error
    found = auc_difference(*samples((a, b), senses, sentences))
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.ci95 == pytest.approx((value - half, value + half), abs=1e-9)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(value) / error, 18 - 2), abs=1e-9)


def by_pairs(
    similarity: np.ndarray, codes: np.ndarray, sentences: np.ndarray, weights: np.ndarray
) -> float:
    """AUC with a weight for each sentence, a pair of pairs at a time."""
    same, other = [], []
    for i, j in combinations(range(len(codes)), 2):
        u, v = sentences[[i, j]]
        weight = weights[u] if u == v else weights[u] * weights[v]
        (same if codes[i] == codes[j] else other).append((similarity[i, j], weight))
    (s, w), (o, v) = np.array(same).T, np.array(other).T
    wins = np.heaviside(s[:, None] - o, 0.5)
    return float(w @ wins @ v / w.sum() / v.sum())


def test_its_variance_is_never_below_that_of_pairs_alone() -> None:
    """Of no use, both: nearly all of the variance is that of pairs."""
    rng = np.random.default_rng(5)
    senses = ["a"] * 6 + ["b"] * 6
    codes = np.repeat([0, 1], 6)
    grouped = in_sentences(codes, np.arange(12))
    held = 0
    for _ in range(40):
        a, b = (cosine_matrix(rng.standard_normal((12, 8)).astype(np.float32)) for _ in "ab")
        influence = auc_influence(coded(a, codes)) - auc_influence(coded(b, codes))
        pairs = pair_variance(influence, grouped)
        ci95 = auc_difference(*samples((a, b), senses, np.arange(12))).ci95
        least = stats.t.ppf(0.975, 10) * pairs**0.5
        assert ci95 is not None
        margin = (ci95[1] - ci95[0]) / 2
        assert margin >= least - 1e-12
        held += margin == pytest.approx(least, abs=1e-9)
    assert 0 < held < 40


def test_swapping_the_encoders_changes_the_sign_alone() -> None:
    x, senses = blobs((10, 10), shift=1.5)
    y, _ = blobs((10, 10), shift=1, seed=7)
    a, b = cosine_matrix(x), cosine_matrix(y)
    first, second = samples((a, b), senses, np.arange(20))
    one, other = auc_difference(first, second), auc_difference(second, first)
    assert one.value is not None
    assert other.value == -one.value
    assert other.p == one.p


def test_uses_the_occurrences_that_both_encoders_have() -> None:
    x, senses = blobs((10, 10), shift=1.5)
    y, _ = blobs((10, 10), shift=1, seed=7)
    y[4] = np.nan
    kept = np.delete(np.arange(20), 4)
    a, b = cosine_matrix(x), cosine_matrix(y)
    pick = np.ix_(kept, kept)
    expected = auc_difference(*samples((a[pick], b[pick]), [senses[i] for i in kept], kept))
    assert auc_difference(*samples((a, b), senses, np.arange(20))) == expected


def test_reasons() -> None:
    x, senses = blobs((6, 4))
    s = cosine_matrix(x)
    few = "an interval needs 5 sentences a sense: 'b' has 4"
    assert auc_difference(*samples((s, s), senses, np.arange(10))) == Difference(
        0, reason=few, senses=2, sentences=10
    )
    found = auc_difference(*samples((s, s), ["a"] * 10, np.arange(10)))
    assert found == Difference(None, reason="one sense has no separation")
    x, senses = blobs((6, 6))
    s = cosine_matrix(x)
    same = auc_difference(*samples((s, s), senses, np.arange(12)))
    assert same.value == 0
    assert same.p is None
    assert same.reason == "no sentence changes the difference: its error is unknown"
