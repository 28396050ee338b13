from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from embcmp.measures import delete_one, jackknife, macro_auc
from embcmp.measures.inference import t_quantile, two_sided_p
from embcmp.measures.jackknife import (
    Interval,
    auc_influence,
    auc_interval,
    is_calibrated,
    macro_interval,
    mean_interval,
    pair_variance,
    sense_interval,
    separation_interval,
    wilson,
)
from embcmp.measures.labels import Sample, labels, sample
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from tests.measures.cases import blobs


@given(st.floats(-30, 30), st.integers(1, 200))
def test_student_equals_scipy(t: float, df: int) -> None:
    assert two_sided_p(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-9)
    assert t_quantile(0.975, df) == pytest.approx(stats.t.ppf(0.975, df), abs=1e-9)


@given(st.integers(1, 60), st.data())
def test_wilson_equals_scipy(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def word(sizes: tuple[int, ...] = (9, 7), *, seed: int = 0, across: bool = False) -> Sample:
    """A word whose sentences are the units; across, two sentences a unit, of any senses."""
    x, senses = blobs(sizes, shift=1.5, seed=seed)
    n = len(senses)
    sentences = np.arange(n)
    units = np.random.default_rng(seed).permutation(n) // 2 if across else sentences
    return sample(cosine_matrix(x), Grouping(tuple(senses), sentences, units, np.ones(n)))


def jackknifed(values: np.ndarray, uses: Sample) -> tuple[float, int]:
    """The standard error from values without each unit, stratum by stratum, and its df."""
    variance = 0.0
    for stratum in set(uses.strata.tolist()):
        inside = values[uses.strata == stratum]
        n = len(inside)
        variance += (n - 1) / n * ((inside - inside.mean()) ** 2).sum()
    return variance**0.5, len(values) - len(set(uses.strata.tolist()))


def on_logit_scale(value: float, half: float) -> tuple[float, float]:
    """The delta method: the standard error of a logit is that of the share / (a (1 - a))."""
    middle, half = np.log(value / (1 - value)), half / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-np.array([middle - half, middle + half])))
    return float(low), float(high)


@pytest.mark.parametrize("across", [False, True])
def test_means_have_t_intervals_of_the_jackknife(across: bool) -> None:
    uses = word(across=across)
    assert len(uses.sizes) == (1 if across else 2)
    same = uses.codes[:, None] == uses.codes
    for interval, without, value in (
        (sense_interval(uses, same=True), *estimate(uses, same)),
        (sense_interval(uses, same=False), *estimate(uses, ~same)),
        (mean_interval(uses, same | ~same), *estimate(uses, same | ~same)),
        (
            separation_interval(uses),
            estimate(uses, same)[0] - estimate(uses, ~same)[0],
            estimate(uses, same)[1] - estimate(uses, ~same)[1],
        ),
    ):
        error, df = jackknifed(without, uses)
        half = stats.t.ppf(0.975, df) * error
        assert interval.ci95 == pytest.approx((value - half, value + half), abs=1e-9)


def estimate(uses: Sample, pairs: np.ndarray) -> tuple[np.ndarray, float]:
    found = delete_one.mean_cosine(uses, pairs)
    return found.without, found.value


@pytest.mark.parametrize("across", [False, True])
def test_auc_macro_has_a_t_interval_on_the_logit_scale(across: bool) -> None:
    uses = word(across=across)
    found = macro_auc.auc_macro(uses)
    error, df = jackknifed(found.without, uses)
    expected = on_logit_scale(found.value, stats.t.ppf(0.975, df) * error)
    assert macro_interval(uses).ci95 == pytest.approx(expected, abs=1e-9)


def test_the_variance_of_auc_is_without_what_pairs_count_twice() -> None:
    uses = word()
    found = delete_one.auc(uses)
    error, df = jackknifed(found.without, uses)
    pairs = pair_variance(auc_influence(uses), uses)
    assert 0 < pairs < error**2 / 2
    half = stats.t.ppf(0.975, df) * (error**2 - pairs) ** 0.5
    assert auc_interval(uses).ci95 == pytest.approx(on_logit_scale(found.value, half), abs=1e-9)


def test_the_variance_of_auc_is_not_below_that_of_pairs() -> None:
    """Senses that the vectors do not show: nearly all of the variance is that of pairs."""
    held = 0
    for seed in range(40):
        x = np.random.default_rng(seed).standard_normal((12, 8))
        uses = sample(cosine_matrix(x), ["a"] * 6 + ["b"] * 6)
        found = delete_one.auc(uses)
        pairs = pair_variance(auc_influence(uses), uses)
        error, df = jackknifed(found.without, uses)
        half = stats.t.ppf(0.975, df) * max(error**2 - pairs, pairs) ** 0.5
        held += error**2 - pairs < pairs
        assert auc_interval(uses).ci95 == pytest.approx(on_logit_scale(found.value, half))
    assert 0 < held < 40


def test_units_of_several_uses_have_the_variance_of_the_jackknife_alone() -> None:
    uses = word(across=True)
    found = delete_one.auc(uses)
    error, df = jackknifed(found.without, uses)
    expected = on_logit_scale(found.value, stats.t.ppf(0.975, df) * error)
    assert auc_interval(uses).ci95 == pytest.approx(expected, abs=1e-9)


def test_where_all_is_right_there_is_no_interval() -> None:
    x, senses = blobs((6, 6), shift=50)
    right = sample(cosine_matrix(x), senses)
    assert macro_interval(right) == Interval(None, "all comparisons are right")
    assert auc_interval(right) == Interval(None, "all comparisons are right")
    assert sense_interval(right, same=True).ci95 is not None
    wrong = sample(-cosine_matrix(x), senses)
    assert macro_interval(wrong) == Interval(None, "all comparisons are wrong")


def test_an_error_of_zero_is_no_error() -> None:
    same = sample(np.ones((12, 12)), ["a"] * 6 + ["b"] * 6)
    unknown = Interval(None, "leaving out a unit never changes it, so its error is unknown")
    assert macro_interval(same) == auc_interval(same) == unknown
    assert sense_interval(same, same=True) == unknown


@pytest.mark.parametrize(
    ("sizes", "units", "reason"),
    [
        ((4, 9), None, "an interval needs 5 sentences a sense: 'a' has 4"),
        ((6, 6), [0] * 12, "an interval needs 5 units a sense: all labeled uses are in one unit"),
        ((6, 6), [0] * 6 + [1] * 6, "an interval needs 5 units a sense: 'a' has 1"),
        ((6, 6), [0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 7],
         "an interval needs 5 units a sense: 'a' has 3"),
        ((12,), None, "all labeled uses with a vector have one sense"),
    ],
    ids=["few sentences", "one unit", "units are the senses", "few units", "one sense"],
)  # fmt: skip
def test_without_five_units_a_sense_there_is_no_interval(
    sizes: tuple[int, ...], units: list[int] | None, reason: str
) -> None:
    x, senses = blobs(sizes)
    n = len(senses)
    grouping = Grouping(tuple(senses), np.arange(n), np.array(units or range(n)), np.ones(n))
    uses = sample(cosine_matrix(x), grouping)
    for interval in (
        auc_interval(uses), macro_interval(uses), separation_interval(uses),
        sense_interval(uses, same=True), sense_interval(uses, same=False),
    ):  # fmt: skip
        assert interval == Interval(None, reason)


def test_a_value_that_one_unit_decides_alone_has_no_interval() -> None:
    """All sentences of b are copies of two texts, so that without one of them it has no pair."""
    x, senses = blobs((6, 6))
    sentences = np.r_[np.arange(6), [6, 6, 6, 6, 6, 7]]
    units = np.r_[np.arange(6), [6, 7, 8, 9, 10, 11]]
    uses = sample(cosine_matrix(x), Grouping(tuple(senses), sentences, units, np.ones(12)))
    assert sense_interval(uses, same=True).ci95 is not None
    only_b = (uses.codes[:, None] == 1) & (uses.codes == 1)
    assert mean_interval(uses, only_b).reason == "undefined without one of the units"


def test_intervals_are_trusted_by_the_rarest_sense_and_the_estimate() -> None:
    for units, highest in jackknife.TRUSTED:
        for number in (units, units + 1):
            uses = labels(["a"] * number + ["b"] * 3 * number, np.ones(4 * number, dtype=bool))
            assert is_calibrated(highest, uses)
        few = labels(["a"] * (units - 1) + ["b"] * 90, np.ones(units + 89, dtype=bool))
        assert not is_calibrated(highest, few) or any(
            least < units and highest <= most for least, most in jackknife.TRUSTED
        )
        assert not is_calibrated(0.999, uses)
