"""Curves over distances against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.questions.reach.curves import (
    NO_CHANGE,
    NO_USE,
    SPAN,
    by_side,
    distances,
    halfway,
    mean_curve,
    normalize,
    reach50,
)


def test_distances_leave_out_the_target() -> None:
    assert distances(2) == [-2, -1, 1, 2]


def test_shares_of_the_whole_change() -> None:
    shares = normalize(np.array([[0.1, np.nan], [0.0, 0.2]]), np.array([0.5, 0.0]))
    np.testing.assert_allclose(shares, [[0.2, np.nan], [np.nan, np.nan]])


def test_left_right_and_both_sides_by_distance() -> None:
    parts = by_side(np.array([[1.0, 2.0, 4.0, 8.0]]))  # at -2, -1, 1, 2
    assert parts["left"].tolist() == [[2, 1]]
    assert parts["right"].tolist() == [[4, 8]]
    assert parts["both"].tolist() == [[6, 9]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [([1, 0, 0], 1), ([0, 0, 1], 3), ([1, 1, 1, 1], 2), ([3, 1, 1, 1], 1), ([2.9, 1, 1, 1], 2)],
)
def test_halfway_is_the_distance_of_half_the_change(changes: list[float], expected: int) -> None:
    assert halfway(np.array([changes], dtype=float)).tolist() == [expected]


def test_half_of_no_change_is_undefined() -> None:
    assert np.isnan(halfway(np.zeros((1, 4)))).all()


@given(st.floats(1e-9, 1e6), st.integers(1, 20))
def test_a_flat_curve_is_halfway_in_the_middle(height: float, k: int) -> None:
    assert halfway(np.full((1, k), height)).tolist() == [(k + 1) // 2]


def test_means_leave_out_missing_values() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan]] * 3)
    first, second = mean_curve(values, np.arange(6))
    assert first.value == 2
    assert first.ci95 is not None
    assert 1 <= first.ci95[0] < 2 < first.ci95[1] <= 3
    assert second.value is None
    assert second.undefined
    [few] = mean_curve(values[:4, :1], np.arange(4))
    assert (few.value, few.ci95) == (2, None)
    assert few.no_interval == "an interval needs 5 sentences: here are 4"


def test_sentences_are_resampled_not_uses() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 1))
    alone = mean_curve(values, np.arange(40))[0].ci95
    copies = mean_curve(np.repeat(values, 9, axis=0), np.repeat(np.arange(40), 9))[0].ci95
    as_if = mean_curve(np.repeat(values, 9, axis=0), np.arange(360))[0].ci95
    assert alone is not None
    assert copies is not None
    assert as_if is not None
    assert copies == pytest.approx(alone, abs=1e-9)
    assert as_if[1] - as_if[0] < 0.5 * (alone[1] - alone[0])
    # the interval of a mean, by the textbook
    error = float(values.std(ddof=1) / 40**0.5)
    mean = float(values.mean())
    assert alone == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.3 * error)


def test_reach50_of_the_mean_curve() -> None:
    falling = 0.5 ** np.arange(1, SPAN + 1)
    flat = np.full(SPAN, 0.1)
    values = np.tile([*falling[::-1], *flat], (8, 1))
    found = reach50(values, np.arange(8))
    assert {side: m.value for side, m in found.items()} == {"both": 3, "left": 1, "right": 5}
    assert found["right"].ci95 == (5, 5)
    values[:, :SPAN] = 0
    found = reach50(values, np.arange(8))
    assert found["left"].undefined == NO_CHANGE
    assert found["both"].value == found["right"].value == 5
    assert reach50(values[:0], np.arange(0))["both"].undefined == NO_USE
    assert reach50(values[:3], np.arange(3))["both"].no_interval
