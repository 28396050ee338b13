from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from embcmp.measures.inference import over_words, sign_flip
from embcmp.types import Metric

DIFFERENCES = st.lists(st.integers(-50, 50).map(lambda d: d / 100), min_size=2, max_size=12)


@given(DIFFERENCES)
def test_sign_flip_equals_scipy_up_to_twelve_words(differences: list[float]) -> None:
    expected = stats.permutation_test(
        (np.array(differences),),
        lambda d, axis: np.abs(d.sum(axis=axis)).round(9),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="greater",
        vectorized=True,
    ).pvalue
    assert sign_flip(differences) == pytest.approx(min(expected, 1), abs=1e-9)


def test_sign_flip_by_hand() -> None:
    # of the eight patterns, + + + and - - - reach 6
    assert sign_flip([1, 2, 3]) == 2 / 8
    assert sign_flip([-1, 2, 3]) == 4 / 8
    assert sign_flip([0, 0]) == 1
    assert sign_flip([]) is None


def test_more_words_are_sampled_by_seed() -> None:
    differences = np.random.default_rng(0).standard_normal(14) + 0.4
    signs = 1 - 2 * (np.arange(2**14)[:, None] >> np.arange(14) & 1)
    exact = (np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean()
    found = [sign_flip(differences.tolist(), seed=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert found[0] == pytest.approx(exact, abs=4 * (exact / 9999) ** 0.5)
    assert sign_flip([1.0] * 40) == pytest.approx(1 / 10_000)


def test_summary_by_the_number_of_words() -> None:
    x = np.random.default_rng(0).standard_normal(25)
    assert over_words([]) == Metric(None, undefined="no word has a value")
    few = over_words(x[:5].tolist())
    assert few.value == pytest.approx(x[:5].mean(), abs=1e-12)
    assert few.no_interval == "an interval over words needs 6: here are 5"
    t = over_words(x[:19].tolist())
    expected = stats.t.interval(0.95, 18, x[:19].mean(), stats.sem(x[:19]))
    assert t.ci95 == pytest.approx(expected, abs=1e-9)
    assert t.approximate
    many = over_words(x.tolist())
    expected = stats.t.interval(0.95, 24, x.mean(), stats.sem(x))
    assert many.ci95 == pytest.approx(expected, abs=1e-9)
    assert not many.approximate
