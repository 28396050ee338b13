from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.unlike_uses import NEAREST, unlike_uses
from embcmp.measures.use_groups import Grouping


def grouping(units: np.ndarray, sentences: np.ndarray | None = None) -> Grouping:
    numbers = np.arange(len(units)) if sentences is None else sentences
    return Grouping((None,) * len(units), numbers, units, np.ones(len(units)))


def points(n: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, 6))
    x[:, 0] += 2
    return x


def p_by_hand(similarity: np.ndarray, use: int, others: list[int], units: np.ndarray) -> float:
    """Each of the bag (the other group and the use) by its mean cosine with its nearest others."""
    bag = [*others, use]
    likeness = np.array([
        np.mean(sorted(similarity[i, j] for j in bag if units[i] != units[j])[-NEAREST:])
        for i in bag
    ])  # fmt: skip
    weights = np.array([1 / sum(units[i] == units[j] for j in bag) for i in bag])
    return float(weights[likeness <= likeness[-1] + 1e-12].sum() / weights.sum())


@pytest.mark.parametrize("second", [4, 9])
def test_p_is_the_place_of_the_use_among_the_other_group_with_it(second: int) -> None:
    """Also where a group has fewer uses than the nearest ones that are asked for."""
    similarity, units = cosine_matrix(points(12 + second), decimals=15), np.arange(12 + second)
    groups = np.repeat([0, 1], [12, second])
    lost, gained = unlike_uses(similarity, groups, grouping(units))
    first, other = list(range(12)), list(range(12, 12 + second))
    assert sorted(lost.rows) == first
    assert sorted(gained.rows) == other
    for found, reference in ((lost, other), (gained, first)):
        for row, p in zip(found.rows, found.p, strict=True):
            assert p == pytest.approx(p_by_hand(similarity, int(row), reference, units))


def test_new_uses_come_first_and_are_found() -> None:
    x = points(70)
    x[60:] = np.eye(6)[0] * -4 + np.random.default_rng(1).standard_normal((10, 6)) / 10
    groups = np.repeat([0, 1], [30, 40])
    lost, gained = unlike_uses(cosine_matrix(x), groups, grouping(np.arange(70)))
    assert set(gained.rows[:10]) == set(range(60, 70))
    assert gained.p[:10] == pytest.approx(1 / 31)
    assert np.all(np.diff(gained.p) >= 0)
    assert (gained.p_adjusted[:10] == 40 * (1 / 31) / 10).all()
    assert lost.p_adjusted.min() > 0.05


def test_p_of_uses_like_the_others_is_uniform() -> None:
    groups = np.repeat([0, 1], [19, 1])
    p = [
        unlike_uses(cosine_matrix(points(20, seed)), groups, grouping(np.arange(20)))[1].p[0]
        for seed in range(300)
    ]
    assert kstest(np.array(p) - np.random.default_rng(0).random(300) / 20, "uniform").pvalue > 0.01


@pytest.mark.parametrize("seed", range(3))
def test_uses_of_a_unit_are_not_compared_and_count_as_one(seed: int) -> None:
    x = points(18, seed)
    x[:5] = x[0] + np.random.default_rng(seed).standard_normal((5, 6)) / 5
    similarity, groups = cosine_matrix(x, decimals=15), np.repeat([0, 1], [12, 6])
    units = np.array([0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, *range(7, 13)])
    gained = unlike_uses(similarity, groups, grouping(units))[1]
    for row, p in zip(gained.rows, gained.p, strict=True):
        assert p == pytest.approx(p_by_hand(similarity, int(row), list(range(12)), units))
    assert gained.p.min() >= 1 / 8  # seven units and the use itself


def test_a_sentence_in_both_groups_is_not_its_own_neighbor() -> None:
    x = points(12, seed=4)
    x[11] = x[0]
    sentences = np.r_[np.arange(11), 0]
    similarity, groups = cosine_matrix(x), np.repeat([0, 1], 6)
    found = unlike_uses(similarity, groups, grouping(sentences, sentences))[1]
    [place] = np.flatnonzero(found.rows == 11)
    assert found.likeness[place] == pytest.approx(similarity[11, 1:6].mean(), abs=1e-9)


def test_without_uses_or_vectors_there_is_nothing() -> None:
    similarity = np.full((3, 3), np.nan)
    similarity[:2, :2] = 1
    lost, gained = unlike_uses(similarity, np.array([0, 0, 1]), grouping(np.arange(3)))
    assert len(lost.rows) == len(gained.rows) == len(gained.p_adjusted) == 0


@pytest.mark.parametrize("uses_of_a_unit", [3, 5, 7])
def test_p_is_never_above_one(uses_of_a_unit: int) -> None:
    """The sum of fractions depends on their order."""
    for n in range(uses_of_a_unit, 60):
        groups, units = np.repeat([0, 1], n), np.arange(2 * n) // uses_of_a_unit
        units[n:] += n
        for found in unlike_uses(np.ones((2 * n, 2 * n)), groups, grouping(units)):
            assert found.p == pytest.approx(1)
            assert found.p.max() <= 1
