from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from embcmp.measures.inference import over_groups, ratio
from embcmp.measures.labels import Floats

RNG = np.random.default_rng(3)


def mean_of(values: Floats):  # noqa: ANN201  a statistic
    return lambda w: ratio(w @ values, w.sum(axis=1))


@pytest.mark.parametrize("m", [6, 12, 40, 600])
def test_the_jackknife_of_a_mean_is_the_t_interval(m: int) -> None:
    x = RNG.standard_normal(m)
    found = over_groups(mean_of(x), np.arange(m), undefined="")
    expected = stats.t.interval(0.95, m - 1, loc=x.mean(), scale=stats.sem(x))
    assert found.value == pytest.approx(x.mean())
    assert found.ci95 == pytest.approx(expected)
    assert found.approximate == (m < 20)


def test_an_interval_ends_where_its_measure_does() -> None:
    hits = np.array([1.0] * 9 + [0.0])
    wide = over_groups(mean_of(hits), np.arange(10), undefined="")
    assert wide.ci95 is not None
    assert wide.ci95[1] > 1
    share = over_groups(mean_of(hits), np.arange(10), undefined="", ends=(0, 1))
    assert share.ci95 == (wide.ci95[0], 1)


def test_groups_are_left_out_whole() -> None:
    x = RNG.standard_normal(90) + np.repeat(RNG.standard_normal(30), 3)  # rows of a group are alike
    found = over_groups(mean_of(x), np.repeat(np.arange(30), 3), undefined="")
    means = x.reshape(30, 3).mean(axis=1)
    expected = stats.t.interval(0.95, 29, loc=means.mean(), scale=stats.sem(means))
    assert found.ci95 == pytest.approx(expected)
    assert not found.approximate


def test_groups_of_different_size_are_jackknifed() -> None:
    groups = np.repeat(np.arange(8), [1, 2, 3, 4, 4, 3, 2, 1])
    x = RNG.standard_normal(len(groups))
    without = np.array([x[groups != g].mean() for g in range(8)])
    error = (7 / 8 * ((without - without.mean()) ** 2).sum()) ** 0.5
    found = over_groups(mean_of(x), groups, undefined="")
    half = stats.t.ppf(0.975, 7) * error
    assert found.ci95 == pytest.approx((x.mean() - half, x.mean() + half))


def test_few_groups_have_no_interval() -> None:
    found = over_groups(mean_of(np.arange(5.0)), np.arange(5), undefined="")
    assert (found.value, found.ci95) == (2, None)
    assert found.no_interval == "an interval over words needs 6: here are 5"


def test_no_value_has_its_reason() -> None:
    found = over_groups(lambda w: np.full(len(w), np.nan), np.arange(30), undefined="why")
    assert (found.value, found.undefined) == (None, "why")
    nothing = np.empty(0)
    assert over_groups(mean_of(nothing), nothing.astype(int), undefined="no row").value is None


def test_a_value_that_needs_one_of_the_groups_has_no_interval() -> None:
    def needs_the_first(w: Floats) -> Floats:
        return np.where(w[:, 0] > 0, w @ np.arange(25.0), np.nan)

    found = over_groups(needs_the_first, np.arange(25), undefined="")
    assert found.value == 300
    assert (found.ci95, found.no_interval) == (None, "undefined without one of the words")
