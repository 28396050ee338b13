from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from embcmp.measures.agreement import cka, rsa
from embcmp.measures.ratings import ranks
from embcmp.measures.similarity import cosine_matrix
from embcmp.types import Metric
from tests.measures.cases import blobs


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_ranks_equal_scipy(values: list[int]) -> None:
    found = ranks(np.array(values, dtype=float))
    np.testing.assert_allclose(found, rankdata(values), atol=1e-9)


@given(st.integers(7, 15), st.integers(0, 99))
def test_rsa_equals_scipy(n: int, seed: int) -> None:
    x = np.random.default_rng(seed).integers(-2, 3, (2, n, 3)) + 0.1
    a, b = map(cosine_matrix, x)
    upper = np.triu_indices(n, 1)
    rho, _ = rsa(a, b, permutations=1)
    expected = spearmanr(a[upper], b[upper]).statistic
    assert rho.value == pytest.approx(expected, abs=1e-9)


def test_mantel_p_equals_all_permutations() -> None:
    x = np.random.default_rng(4).standard_normal((2, 7, 3))
    a, b = map(cosine_matrix, x)
    upper = np.triu_indices(7, 1)
    ranked = rankdata(a[upper])
    square = np.zeros((7, 7))
    square[upper] = rankdata(b[upper])
    square += square.T
    seen = ranked @ square[upper]
    every = [ranked @ square[np.ix_(p, p)][upper] >= seen - 1e-9 for p in permutations(range(7))]
    _, found = rsa(a, b, permutations=4000)
    assert found == pytest.approx(np.mean(every), abs=0.025)


def test_an_encoder_agrees_with_itself() -> None:
    x, _ = blobs((12, 12))
    s = cosine_matrix(x)
    rho, p = rsa(s, s)
    assert rho.value == pytest.approx(1)
    assert p == pytest.approx(1 / 1001)
    assert cka(x, x).value == pytest.approx(1)


def test_agreement_uses_what_both_have() -> None:
    x, _ = blobs((12, 12))
    y = x[:, ::2].copy()
    y[3] = np.nan
    kept = np.delete(np.arange(24), 3)
    assert cka(x, y).value == pytest.approx(cka(x[kept], y[kept]).value, abs=1e-12)
    both = [rsa(cosine_matrix(x[r]), cosine_matrix(y[r])) for r in (slice(None), kept)]
    assert both[0] == both[1]


def unbiased_hsic(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741  the kernels K and L of the paper
    """Song et al. (2012), equation 5, as printed."""
    n = len(k)
    k, l = k.copy(), l.copy()  # noqa: E741  the kernels K and L of the paper
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    one = np.ones(n)
    inner = np.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
    return float(inner - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


@pytest.mark.parametrize("n", [20, 33])
def test_cka_equals_the_printed_formula(n: int) -> None:
    rng = np.random.default_rng(n)
    x, noise = rng.standard_normal((n, 50)) + 1, rng.standard_normal((n, 9))
    y = x[:, :9] + noise
    k, l = x @ x.T, y @ y.T  # noqa: E741  the kernels K and L of the paper
    expected = unbiased_hsic(k, l) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(l, l))
    assert cka(x, y).value == pytest.approx(expected, abs=1e-9)


def test_cka_of_independent_vectors_is_around_zero() -> None:
    rng = np.random.default_rng(0)
    found = [
        cka(rng.standard_normal((20, 300)), rng.standard_normal((20, 200))).value
        for _ in range(100)
    ]
    assert np.mean(np.array(found, dtype=float)) == pytest.approx(0, abs=0.05)


def test_few_occurrences_are_undefined() -> None:
    x = np.random.default_rng(0).standard_normal((19, 4))
    assert cka(x, x).undefined == "fewer than 20 occurrences with a vector in both"
    s = cosine_matrix(x[:6])
    reason = "fewer than 7 occurrences with a vector in both"
    assert rsa(s, s) == (Metric(None, undefined=reason), None)


def test_points_equally_far_apart_have_no_cka() -> None:
    x = np.random.default_rng(0).standard_normal((20, 20))
    assert cka(np.eye(20), x).undefined == "all vectors of an encoder are equally far apart"
