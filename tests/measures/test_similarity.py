from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics.pairwise import cosine_similarity

from embcmp.measures.similarity import (
    BFLOAT16_DECIMALS,
    adjusted_self_similarity,
    baseline,
    cosine_matrix,
    relative_self_similarity,
    self_similarity,
)
from embcmp.types import Metric
from tests.measures.cases import Case, cases

VECTORS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 12), st.integers(1, 9)),
    elements=st.floats(-8, 8, width=16),
)


@given(VECTORS)
def test_cosines_equal_scikit_learn(x: np.ndarray) -> None:
    found = cosine_matrix(x)
    directed = np.abs(x).sum(axis=1) > 0
    expected = cosine_similarity(x.astype(np.float64)).round(6)
    both = directed[:, None] & directed[None, :]
    np.testing.assert_allclose(found[both], expected[both], rtol=0, atol=1.0000001e-6)
    assert np.isnan(found[~both]).all()


@given(VECTORS)
def test_matrix_is_symmetric_bounded_and_one_on_its_diagonal(x: np.ndarray) -> None:
    found = cosine_matrix(x)
    np.testing.assert_array_equal(found, found.T)
    assert np.nanmax(np.abs(found), initial=0) <= 1
    assert set(np.diag(found)[~np.isnan(np.diag(found))]) <= {1.0}


def test_identical_vectors_have_exactly_one() -> None:
    row = np.random.default_rng(0).standard_normal(300).astype(np.float32)
    assert (cosine_matrix(np.stack([row] * 5)) == 1.0).all()


def test_a_missing_row_is_undefined_beside_every_other() -> None:
    x = np.array([[1, 0], [np.nan, np.nan], [1, 1]], dtype=np.float32)
    found = cosine_matrix(x)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()
    assert found[0, 2] == pytest.approx(0.707107, abs=0)


def test_self_similarity_by_hand() -> None:
    # unit vectors at 0, 60 and 90 degrees: cosines 1/2, 0 and (root 3)/2
    x = np.array([[1, 0], [0.5, 3**0.5 / 2], [0, 1]], dtype=np.float32)
    value = self_similarity(cosine_matrix(x)).value
    assert value == pytest.approx((0.5 + 0 + 3**0.5 / 2) / 3, abs=1e-6)


def test_self_similarity_passes_over_what_is_missing() -> None:
    x = np.array([[1, 0], [np.nan, np.nan], [1, 0]], dtype=np.float32)
    assert self_similarity(cosine_matrix(x)) == Metric(1.0)
    reason = "fewer than two uses with a vector"
    assert self_similarity(cosine_matrix(x[:2])) == Metric(None, undefined=reason)
    assert self_similarity(cosine_matrix(x[1:2])) == Metric(None, undefined=reason)


def test_bfloat16_cosines_are_rounded_to_three_decimals() -> None:
    x = np.array([[1, 0], [1, 1]], dtype=np.float32)
    assert cosine_matrix(x, decimals=BFLOAT16_DECIMALS)[0, 1] == 0.707


@given(cases(most=10), st.data())
def test_baseline_equals_a_plain_loop(case: Case, data: st.DataObject) -> None:
    x, _, sentences = case
    words = data.draw(st.lists(st.sampled_from("pqr"), min_size=len(x), max_size=len(x)))
    norms = np.linalg.norm(x.astype(float), axis=1)
    there = [i for i in range(len(x)) if norms[i] > 0]  # a NaN is not above 0
    pairs = [
        x[i].astype(float) @ x[j].astype(float) / norms[i] / norms[j]
        for i in there
        for j in there
        if words[i] != words[j] and sentences[i] != sentences[j]
    ]
    found = baseline(x, sentences, words)
    assert (found.value is None) == (not pairs)
    if pairs:
        assert found.value == pytest.approx(np.mean(pairs), abs=1e-9)


def test_self_similarity_beside_the_baseline() -> None:
    s, b = Metric(0.7), Metric(0.4)
    assert adjusted_self_similarity(s, b).value == pytest.approx(0.3)
    assert relative_self_similarity(s, b).value == pytest.approx(0.5)
    missing = Metric(None, undefined="why")
    for adjusted in (adjusted_self_similarity, relative_self_similarity):
        assert adjusted(missing, b) == adjusted(s, missing) == missing
    reason = "the baseline is 1: all words have one direction"
    assert relative_self_similarity(s, Metric(1.0)).undefined == reason
