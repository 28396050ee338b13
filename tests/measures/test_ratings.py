from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from embcmp.measures import ratings

ROWS = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(0, 4), st.integers(0, 3)), min_size=3, max_size=30
)


def plain(n: int) -> np.ndarray:
    return np.ones((1, n))


@given(ROWS)
def test_correlations_equal_scipy_on_the_rows_as_often_as_they_weigh(
    rows: list[tuple[int, int, int]],
) -> None:
    x, y, w = np.array(rows, dtype=float).T
    x = x / 20
    copies = [np.repeat(v, w.astype(int)) for v in (x, y)]
    for ours, theirs in ((ratings.pearson, stats.pearsonr), (ratings.spearman, stats.spearmanr)):
        found = ours(x, y, w[None])[0]
        if len(copies[0]) < 2 or any(np.ptp(c) == 0 for c in copies):
            assert np.isnan(found)
        else:
            assert found == pytest.approx(theirs(*copies).statistic, abs=1e-9)


@given(ROWS)
def test_auc_equals_sklearn_on_the_rows_as_often_as_they_weigh(
    rows: list[tuple[int, int, int]],
) -> None:
    x, y, w = np.array(rows, dtype=float).T
    same = y > 1
    found = ratings.auc(x, same, w[None])[0]
    scores, labels = (np.repeat(v, w.astype(int)) for v in (x, same))
    if len(set(labels.tolist())) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(labels, scores))


def test_many_weightings_at_once_are_each_by_itself() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 40)).round(1)
    w = rng.integers(0, 4, (5, 40)).astype(float)
    for how in (ratings.pearson, ratings.spearman):
        assert how(x, y, w) == pytest.approx([how(x, y, one[None])[0] for one in w])


def test_equal_numbers_correlate_with_nothing() -> None:
    x = np.full(10, 0.1) * 3  # whose sum is not ten times one of them
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(ratings.pearson(x, np.arange(10.0), plain(10))[0])
        assert np.isnan(ratings.spearman(np.arange(10.0), x, plain(10))[0])
