from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, percentileofscore

from embcmp.measures.inference import (
    benjamini_yekutieli,
    false_discovery_rates,
    holm,
    percentile,
)
from embcmp.measures.permutation import MOST_DRAWS, over_words

P = st.lists(st.floats(0, 1), max_size=12)


@given(P)
def test_benjamini_yekutieli_equals_scipy(p: list[float]) -> None:
    expected = false_discovery_control(p, method="by") if p else []
    assert benjamini_yekutieli(p) == pytest.approx(list(expected), abs=1e-9)


@given(P)
def test_false_discovery_rates_equal_scipy(p: list[float]) -> None:
    expected = false_discovery_control(p, method="bh") if p else []
    assert false_discovery_rates(p) == pytest.approx(list(expected), abs=1e-9)


@pytest.mark.parametrize(("words", "adjustable"), [(1, True), (96, True), (97, False)])
def test_rates_are_estimated_where_the_smallest_p_could_not_pass(
    words: int, adjustable: bool
) -> None:
    p = [1 / (MOST_DRAWS + 1), *[0.9] * (words - 1)]
    smallest, *_ = false_discovery_control(p, method="by")
    assert (smallest < 0.05) == adjustable
    first, *_, untested = over_words([*p, None])
    rate = false_discovery_control(p)[0]
    assert first == ((pytest.approx(smallest), None) if adjustable else (None, pytest.approx(rate)))
    assert untested == (None, None)


@given(P)
def test_holm_equals_stepping_down(p: list[float]) -> None:
    found, worst = [0.0] * len(p), 0.0
    for rank, i in enumerate(np.argsort(p, kind="stable")):
        worst = max(worst, (len(p) - rank) * p[i])
        found[i] = min(1.0, worst)
    assert holm(p) == pytest.approx(found, abs=1e-12)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_a_test_without_a_p_counts_for_none() -> None:
    assert holm([0.02, None, 0.03]) == [pytest.approx(0.04), None, pytest.approx(0.04)]
    assert benjamini_yekutieli([None]) == [None]


@pytest.mark.parametrize(
    ("value", "others", "expected"),
    [
        (0.3, (0.1, 0.2, None), 100),
        (0.1, (0.1, 0.2), 25),
        (None, (0.1,), None),
        (0.1, (None,), None),
    ],
)
def test_a_percentile_counts_the_values_that_are_smaller(
    value: float | None, others: tuple[float | None, ...], expected: float | None
) -> None:
    assert percentile(value, others) == expected
    if expected is not None and value is not None:
        known = [other for other in others if other is not None]
        assert expected == percentileofscore(known, value, kind="mean")
