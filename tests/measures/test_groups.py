from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from embcmp.measures.inference import over_groups
from embcmp.measures.labels import Floats
from embcmp.measures.weighted_pairs import ratio

RNG = np.random.default_rng(3)


def mean_of(values: Floats):  # noqa: ANN201  a statistic
    return lambda w: ratio(w @ values, w.sum(axis=1))


def test_the_jackknife_of_a_mean_is_the_t_interval() -> None:
    x = RNG.standard_normal(12)
    found = over_groups(mean_of(x), np.arange(12), undefined="")
    expected = stats.t.interval(0.95, 11, loc=x.mean(), scale=stats.sem(x))
    assert found.value == pytest.approx(x.mean())
    assert found.ci95 == pytest.approx(expected)
    assert found.approximate


def test_a_t_interval_ends_where_its_measure_does() -> None:
    hits = np.array([1.0] * 9 + [0.0])
    wide = over_groups(mean_of(hits), np.arange(10), undefined="")
    assert wide.ci95 is not None
    assert wide.ci95[1] > 1
    share = over_groups(mean_of(hits), np.arange(10), undefined="", ends=(0, 1))
    assert share.ci95 == (wide.ci95[0], 1)


def test_many_groups_are_drawn_whole() -> None:
    x, groups = RNG.standard_normal(90), np.repeat(np.arange(30), 3)
    x += np.repeat(RNG.standard_normal(30), 3)  # rows of a group are alike
    found = over_groups(mean_of(x), groups, undefined="", draws=4000)
    means = x.reshape(30, 3).mean(axis=1)
    expected = stats.bootstrap(
        (means,), np.mean, method="percentile", n_resamples=4000, rng=1
    ).confidence_interval
    assert found.ci95 == pytest.approx(tuple(expected), abs=0.05)
    assert not found.approximate
    rows = stats.bootstrap((x,), np.mean, method="percentile", rng=1).confidence_interval
    assert found.ci95 is not None
    assert found.ci95[1] - found.ci95[0] > 1.2 * (rows.high - rows.low)


def test_few_groups_have_no_interval() -> None:
    found = over_groups(mean_of(np.arange(5.0)), np.arange(5), undefined="")
    assert (found.value, found.ci95) == (2, None)
    assert found.no_interval == "an interval over words needs 6: here are 5"


def test_no_value_has_its_reason() -> None:
    found = over_groups(lambda w: np.full(len(w), np.nan), np.arange(30), undefined="why")
    assert (found.value, found.undefined) == (None, "why")
    nothing = np.empty(0)
    assert over_groups(mean_of(nothing), nothing.astype(int), undefined="no row").value is None


def test_draws_without_a_value_are_left_out_or_leave_no_interval() -> None:
    def seldom(w: Floats) -> Floats:
        return np.where(w[:, 0] > 3, np.nan, w @ np.arange(25.0))

    def often(w: Floats) -> Floats:
        return np.where(w[:, 0] > 1, np.nan, w @ np.arange(25.0))

    groups = np.arange(25)
    assert over_groups(seldom, groups, undefined="").ci95 is not None
    found = over_groups(often, groups, undefined="")
    assert found.ci95 is None
    assert (found.no_interval or "").endswith("of the draws")


def test_the_same_seed_gives_the_same_interval() -> None:
    x = RNG.standard_normal(40)
    a, b, c = (over_groups(mean_of(x), np.arange(40), undefined="", seed=s) for s in (1, 1, 2))
    assert a == b != c
