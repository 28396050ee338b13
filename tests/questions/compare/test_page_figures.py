from __future__ import annotations

import numpy as np
import pytest

from embcmp.questions.compare.page.figures import distribution, extremes, triangle

COSINES = np.array(
    [
        [1.0, 0.9, 0.1, 0.2],
        [0.9, 1.0, 0.3, 0.8],
        [0.1, 0.3, 1.0, 0.4],
        [0.2, 0.8, 0.4, 1.0],
    ]
)
SENSES = ["a", "a", "b", "b"]


def test_the_triangle_is_in_thousandths() -> None:
    holed = COSINES.copy()
    holed[3, 1] = np.nan
    assert triangle(holed) == [[], [900], [100, 300], [200, None, 400]]


def test_each_distribution_adds_up_to_all_of_its_pairs() -> None:
    found = distribution(COSINES, SENSES)
    assert found is not None
    assert (found["low"], found["high"]) == (0.1, 0.9)
    assert sum(found["same"]) == pytest.approx(100)
    assert found["same"][-1] == found["same"][12] == 50  # .9 and .4
    assert [share for share in found["other"] if share] == [25] * 4


def test_one_sense_has_one_distribution_and_no_pair_none() -> None:
    found = distribution(COSINES, ["a"] * 4)
    assert found is not None
    assert sum(found["all"]) == pytest.approx(100, abs=0.1)
    assert distribution(COSINES[:1, :1], ["a"]) is None


def test_equal_cosines_are_one_bin() -> None:
    found = distribution(np.ones((3, 3)), [None] * 3)
    assert found is not None
    assert [share for share in found["all"] if share] == [100]


def test_few_pairs_are_one_list() -> None:
    [(title, pairs)] = extremes(COSINES, SENSES)
    assert title == "All pairs, the nearest first"
    assert [c for _, _, c in pairs] == [0.9, 0.8, 0.4, 0.3, 0.2, 0.1]
    assert pairs[0][:2] == (0, 1)


def test_pairs_against_the_senses_are_listed() -> None:
    lists = dict(extremes(COSINES, SENSES, most=1))
    assert lists == {
        "Nearest": [(0, 1, 0.9)],
        "Farthest": [(0, 2, 0.1)],
        "Nearest of different senses": [(1, 3, 0.8)],
        "Farthest of one sense": [(2, 3, 0.4)],
    }


def test_pairs_without_a_label_or_a_cosine() -> None:
    holed = COSINES.copy()
    holed[0, 1] = holed[1, 0] = np.nan
    lists = dict(extremes(holed, ["a", None, "a", "b"], most=1))
    assert lists["Nearest"] == [(1, 3, 0.8)]
    assert lists["Nearest of different senses"] == [(2, 3, 0.4)]
    assert lists["Farthest of one sense"] == [(0, 2, 0.1)]
