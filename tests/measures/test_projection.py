from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from embcmp.measures.projection import pca, tsne
from embcmp.measures.similarity import cosine_matrix, unit


def vectors(n: int, dim: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32) + 0.5


def exact(x: np.ndarray) -> np.ndarray:
    """Cosines that are not rounded, so that the oracle can be met closely."""
    u = unit(x)
    return u @ u.T


@given(n=st.integers(3, 40), dim=st.integers(2, 50), seed=st.integers(0, 1000))
def test_it_is_the_pca_of_the_unit_vectors(n: int, dim: int, seed: int) -> None:
    x = vectors(n, dim, seed)
    oracle = PCA(2, svd_solver="full").fit(unit(x))
    expected = oracle.transform(unit(x))
    found = pca(exact(x))
    for axis in range(2):
        sign = np.sign(found.points[:, axis] @ expected[:, axis])
        np.testing.assert_allclose(found.points[:, axis], sign * expected[:, axis], atol=1e-6)
    assert found.explained == pytest.approx(oracle.explained_variance_ratio_, abs=1e-9)


def test_the_largest_score_of_each_axis_is_positive() -> None:
    points = pca(exact(vectors(12, 5, 3))).points
    assert (points[np.abs(points).argmax(axis=0), [0, 1]] > 0).all()


def test_rounded_cosines_move_no_point_visibly() -> None:
    x = vectors(30, 20, 1)
    np.testing.assert_allclose(pca(cosine_matrix(x)).points, pca(exact(x)).points, atol=1e-4)


def test_a_missing_row_is_left_out() -> None:
    x = vectors(6, 4, 0)
    holed = x.copy()
    holed[2] = np.nan
    found = pca(cosine_matrix(holed)).points
    assert np.isnan(found[2]).all()
    others = [0, 1, 3, 4, 5]
    np.testing.assert_allclose(found[others], pca(cosine_matrix(x[others])).points, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2])
def test_few_points_lie_on_one_axis(n: int) -> None:
    found = pca(exact(vectors(n, 4, 0)))
    assert found.points.shape == (n, 2)
    assert np.abs(found.points[:, 1]).max() < 1e-7
    assert found.explained is not None
    assert found.explained[0] == pytest.approx(n - 1)


def test_equal_vectors_lie_on_one_point() -> None:
    found = pca(np.ones((4, 4)))
    assert (found.points == 0).all()
    assert found.explained == (0, 0)


def test_no_vector_is_no_point() -> None:
    found = pca(np.full((3, 3), np.nan))
    assert np.isnan(found.points).all()
    assert found.explained is None


def test_tsne_keeps_groups_together_and_is_repeatable() -> None:
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((2, 10)) * 4
    labels = np.repeat([0, 1], 15)
    cosines = cosine_matrix((centers[labels] + rng.standard_normal((30, 10))).astype(np.float32))
    found = tsne(cosines, seed=1)
    assert found is not None
    nearest = np.linalg.norm(found.points[:, None] - found.points, axis=2)
    np.fill_diagonal(nearest, np.inf)
    assert (labels[nearest.argmin(axis=1)] == labels).all()
    again = tsne(cosines, seed=1)
    assert again is not None
    np.testing.assert_array_equal(found.points, again.points)


def test_tsne_of_four_is_none_and_of_a_missing_row_nan() -> None:
    assert tsne(exact(vectors(4, 3, 0))) is None
    x = vectors(8, 3, 0)
    x[5] = np.nan
    found = tsne(cosine_matrix(x))
    assert found is not None
    assert np.isnan(found.points).all(axis=1).tolist() == [k == 5 for k in range(8)]
