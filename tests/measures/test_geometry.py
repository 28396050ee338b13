from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD

from embcmp.measures.geometry import adjusted_mev, mev
from embcmp.types import Metric


def test_mev_by_hand() -> None:
    # squared singular values 4 (three times [1, 0] and one [-1, 0]) and 1
    x = np.array([[1, 0], [1, 0], [-1, 0], [1, 0], [0, 1]], np.float32)
    assert mev(x).value == pytest.approx(4 / 5, abs=1e-12)


def test_mev_takes_no_mean_off() -> None:
    x = np.random.default_rng(0).standard_normal((20, 768)) + 3
    assert mev(x).value == pytest.approx(0.905, abs=0.01)
    assert mev(x - x.mean(axis=0)).value == pytest.approx(0.069, abs=0.01)


@pytest.mark.parametrize("n", [5, 30, 100])
def test_mev_equals_the_singular_values(n: int) -> None:
    x = np.random.default_rng(n).standard_normal((n, 40)) + 0.2
    squares = np.linalg.svd(x, compute_uv=False) ** 2
    assert mev(x).value == pytest.approx(squares[0] / squares.sum(), abs=1e-9)
    svd = TruncatedSVD(1, algorithm="arpack").fit(x)
    assert mev(x).value == pytest.approx(svd.singular_values_[0] ** 2 / (x**2).sum(), abs=1e-9)


def test_adjusted_mev_takes_off_the_background_at_the_same_n() -> None:
    rng = np.random.default_rng(0)
    x, background = rng.standard_normal((6, 8)), rng.standard_normal((50, 8))
    background[3] = np.nan
    found = adjusted_mev(x, background)
    tokens = background[~np.isnan(background).any(axis=1)]
    samples = [mev(tokens[rng.permutation(49)[:6]]).value or 0 for _ in range(500)]
    assert found.value == pytest.approx((mev(x).value or 0) - np.mean(samples), abs=0.01)
    # all tokens at once leave nothing to chance
    every = adjusted_mev(x, tokens[:6], samples=3).value
    assert every == pytest.approx((mev(x).value or 0) - (mev(tokens[:6]).value or 0), abs=1e-9)


@pytest.mark.parametrize(
    ("n", "reason"), [(4, "fewer than 5 vectors"), (101, "more than 100 vectors")]
)
def test_few_and_many_are_undefined(n: int, reason: str) -> None:
    x = np.ones((n, 3))
    assert mev(x) == adjusted_mev(x, x) == Metric(None, undefined=reason)


def test_no_length_and_no_background_are_undefined() -> None:
    assert mev(np.zeros((6, 2))).undefined == "all vectors are zero"
    found = adjusted_mev(np.ones((6, 2)), np.eye(2)[[0, 1, 0]])
    assert found.undefined == "the background has 3 tokens, fewer than 6"
