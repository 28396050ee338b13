"""Interactions of encoders with kinds of words, against scipy and an exhaustive permutation."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from embcmp.measures.inference import interactions

KINDS = np.array([0, 0, 0, 0, 1, 1, 1])
DIFFERENCES = np.array(
    [[0.1, 0.3], [0.2, 0.1], [0.15, 0.2], [0.12, 0.25], [0.4, 0.2], [0.5, 0.3], [0.3, 0.1]]
)


def welch(column: np.ndarray, kinds: np.ndarray) -> float:
    return float(stats.ttest_ind(column[kinds == 0], column[kinds == 1], equal_var=False).statistic)


def test_each_column_has_welchs_difference_and_interval() -> None:
    for column, found in enumerate(interactions(DIFFERENCES, KINDS, permutations=9)):
        values = DIFFERENCES[:, column]
        expected = stats.ttest_ind(values[KINDS == 0], values[KINDS == 1], equal_var=False)
        assert (found.column, found.one, found.other) == (column, 0, 1)
        assert found.value == pytest.approx(values[:4].mean() - values[4:].mean())
        assert found.ci95 == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_p_is_that_of_all_permutations_and_of_the_largest_statistic() -> None:
    observed = [abs(welch(c, KINDS)) for c in DIFFERENCES.T]
    every = {tuple(KINDS[list(order)]) for order in permutations(range(len(KINDS)))}
    largest = [max(abs(welch(c, np.array(kinds))) for c in DIFFERENCES.T) for kinds in every]
    for found, t in zip(interactions(DIFFERENCES, KINDS), observed, strict=True):
        exact = np.mean([x >= t - 1e-9 for x in largest])
        assert found.p_adjusted == pytest.approx(exact, abs=0.015)


def test_three_kinds_give_three_pairs_and_the_seed_decides() -> None:
    rng = np.random.default_rng(1)
    kinds = np.repeat([0, 1, 2], 6)
    values = rng.standard_normal((18, 1)) + (kinds == 2)[:, None] * 4
    found = interactions(values, kinds, seed=3, permutations=999)
    assert [(x.one, x.other) for x in found] == [(0, 1), (0, 2), (1, 2)]
    assert found[0].p_adjusted > 0.05 > max(found[1].p_adjusted, found[2].p_adjusted)
    assert found == interactions(values, kinds, seed=3, permutations=999)


def test_kinds_that_do_not_differ_are_rarely_said_to() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat([0, 1], [7, 14])
    spread = np.where(kinds == 0, 3.0, 1.0)[:, None]  # the smaller kind varies more
    rejected = [
        interactions(rng.standard_normal((21, 2)) * spread, kinds, permutations=99)[0].p_adjusted
        <= 0.05
        for _ in range(200)
    ]
    assert np.mean(rejected) <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5
