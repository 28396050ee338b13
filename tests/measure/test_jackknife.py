from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from embcmp.measure.jackknife import Difference, auc_difference
from embcmp.measure.separation import auc
from embcmp.measure.similarity import cosine_matrix
from embcmp.measure.student import quantile_975, two_sided_p
from tests.measure.cases import blobs


@given(st.floats(-30, 30), st.integers(1, 200))
def test_student_equals_scipy(t: float, df: int) -> None:
    assert two_sided_p(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-9)
    assert quantile_975(df) == pytest.approx(stats.t.ppf(0.975, df), abs=1e-9)


def test_equals_leaving_out_one_by_one() -> None:
    x, senses = blobs((14, 22), shift=1.5)
    y, _ = blobs((14, 22), shift=1, seed=7)
    a, b = cosine_matrix(x), cosine_matrix(y)
    sentences = np.r_[np.arange(14) // 2, np.arange(22) // 2 + 50]

    def difference(kept: np.ndarray) -> float:
        pick, chosen = np.ix_(kept, kept), [senses[i] for i in kept]
        return (auc(a[pick], chosen).value or 0) - (auc(b[pick], chosen).value or 0)

    variance, n = 0.0, 0
    for ids in (np.arange(7), np.arange(50, 61)):
        without = np.array([difference(np.flatnonzero(sentences != i)) for i in ids])
        variance += (len(ids) - 1) / len(ids) * ((without - without.mean()) ** 2).sum()
        n += len(ids)
    value = difference(np.arange(36))
    half = stats.t.ppf(0.975, n - 2) * variance**0.5
    found = auc_difference(a, b, senses, sentences)
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.ci95 == pytest.approx((value - half, value + half), abs=1e-9)
    expected_p = 2 * stats.t.sf(abs(value) / variance**0.5, n - 2)
    assert found.p == pytest.approx(expected_p, abs=1e-9)
    assert found.margin == pytest.approx(half, abs=1e-9)


def test_swapping_the_encoders_changes_the_sign_alone() -> None:
    x, senses = blobs((10, 10), shift=1.5)
    y, _ = blobs((10, 10), shift=1, seed=7)
    a, b = cosine_matrix(x), cosine_matrix(y)
    one, other = (auc_difference(*pair, senses, np.arange(20)) for pair in ((a, b), (b, a)))
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
    expected = auc_difference(a[pick], b[pick], [senses[i] for i in kept], kept)
    assert auc_difference(a, b, senses, np.arange(20)) == expected


def test_reasons() -> None:
    x, senses = blobs((6, 4))
    s = cosine_matrix(x)
    few = "an interval needs 5 sentences a sense: 'b' has 4"
    assert auc_difference(s, s, senses, np.arange(10)) == Difference(
        0, reason=few, senses=2, sentences=10
    )
    found = auc_difference(s, s, ["a"] * 10, np.arange(10))
    assert found == Difference(None, reason="one sense has no separation")
    assert found.margin is None
    x, senses = blobs((6, 6))
    s = cosine_matrix(x)
    same = auc_difference(s, s, senses, np.arange(12))
    assert same.value == 0
    assert same.p is None
    assert same.reason == "no sentence changes the difference: its error is unknown"
