from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import cauchy, norm
from sklearn.decomposition import PCA

from embcmp.measures.sense_evidence import (
    ANY,
    FEWEST_USES,
    Null,
    Separation,
    combined,
    nulls,
    p_of,
    p_one_sense,
    separation,
    statistic,
)
from embcmp.measures.sense_groups import partitions
from embcmp.measures.similarity import cosine_matrix, unit
from tests.measures.cases import blobs

NULL = Null(2.0, [10, 40, 90], [-3.0, -3.5, -3.6], [0.4, 0.5, 0.6])
P = st.floats(1e-6, 0.99)


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_the_sums_of_squares(seed: int) -> None:
    x = unit(blobs((12, 8), seed=seed)[0])
    s = cosine_matrix(x, decimals=15)
    [groups] = partitions(s, [2])
    inside = sum(((x[groups == g] - x[groups == g].mean(axis=0)) ** 2).sum() for g in (0, 1))
    total = ((x - x.mean(axis=0)) ** 2).sum()
    found = separation(s)
    assert found.share == pytest.approx(1 - inside / total)
    assert found.first == pytest.approx(PCA().fit(x).explained_variance_ratio_[0])
    i, j = np.triu_indices(20, 1)
    assert found.spread == pytest.approx(1 - (x[i] * x[j]).sum(axis=1).mean())


@given(st.integers(0, 2**16))
def test_no_two_groups_explain_more_than_the_first_component(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((14, 5))
    found = separation(cosine_matrix(x))
    assert 0 < found.share <= found.first <= 1
    assert 0 < found.spread < 2


def test_the_statistic_by_hand() -> None:
    assert statistic(Separation(0.2, 0.25, 0.5), 3) == pytest.approx(np.log(0.2 * 0.5**3))
    assert statistic(Separation(0.2, 0.25, 0.5), None) == pytest.approx(np.log(5))
    assert np.isfinite(statistic(Separation(0.25, 0.25, 0.5), None))  # two different vectors


@pytest.mark.parametrize("n", [10, 11, 12, 40])
def test_uses_equally_far_from_each_other_have_a_p(n: int) -> None:
    """Ties may leave one group: then no part of the sum of squares is between groups."""
    found = separation(np.eye(n))
    assert found.share == pytest.approx(0) or found.share == pytest.approx(1 / (n - 1))
    assert all(0 < p_one_sense(np.eye(n), null) <= 1 for null in nulls().values())


def test_the_p_is_that_of_the_normal_distribution_at_a_number_of_uses() -> None:
    found = Separation(0.3, 0.4, 0.6)
    value = np.log(0.3) + 2 * np.log(0.6)
    for uses, mean, deviation in zip(*NULL[1:], strict=True):
        assert p_of(found, uses, NULL) == pytest.approx(norm.sf(value, mean, deviation))
    # 20 is halfway from 10 to 40 on a logarithmic scale, and 60 from 40 to 90
    assert p_of(found, 20, NULL) == pytest.approx(norm.sf(value, -3.25, 0.45))
    assert p_of(found, 60, NULL) == pytest.approx(norm.sf(value, -3.55, 0.55))
    assert p_of(found, 1000, NULL) == p_of(found, 90, NULL)


@given(st.floats(0.05, 0.5), st.floats(0.05, 0.5), st.floats(0.1, 1), st.floats(0.1, 1))
def test_the_further_apart_the_smaller_the_p(a: float, b: float, c: float, d: float) -> None:
    (low, high), (near, far) = sorted((a, b)), sorted((c, d))
    for null in (NULL, NULL._replace(weight=None)):
        assert p_of(Separation(high, 0.6, far), 20, null) <= p_of(
            Separation(low, 0.6, near), 20, null
        )


def test_two_senses_far_apart_have_a_smaller_p_than_one() -> None:
    one, two = (cosine_matrix(blobs((20, 20), shift=shift)[0]) for shift in (0.0, 6.0))
    for null in nulls().values():
        assert p_one_sense(two, null) < p_one_sense(one, null)


def test_the_p_does_not_depend_on_the_order_of_the_uses() -> None:
    s = cosine_matrix(blobs((12, 12))[0])
    order = np.random.default_rng(0).permutation(24)
    for null in nulls().values():
        assert p_one_sense(s[np.ix_(order, order)], null) == pytest.approx(p_one_sense(s, null))


def test_every_shipped_null_is_whole() -> None:
    measured = ["context", "lstm", "rnn", *(f"bert@{layer}" for layer in range(7))]
    assert sorted(nulls()) == sorted([*measured, ANY])
    for name, null in nulls().items():
        assert (null.weight is None) == (name == ANY)
        assert null.uses[0] == FEWEST_USES
        assert list(null.uses) == sorted(set(null.uses))
        assert len(null.uses) == len(null.mean) == len(null.deviation)
        assert np.isfinite(null.mean).all()
        assert min(null.deviation) > 0


def test_an_encoder_that_was_not_measured_is_held_to_the_strictest_null() -> None:
    strictest = nulls()[ANY]
    assert min(strictest.deviation) > 0
    assert p_of(Separation(0.4, 0.41, 0.5), 30, strictest) > 0.05


@given(P, st.integers(1, 6))
def test_equal_ps_combine_to_the_same(p: float, count: int) -> None:
    assert combined([p] * count) == pytest.approx(p, rel=1e-6)


@given(st.lists(P, min_size=2, max_size=5))
def test_a_combined_p_lies_between_the_smallest_and_the_largest(p: list[float]) -> None:
    value = combined(p)
    assert min(p) * (1 - 1e-6) <= value <= max(p) * (1 + 1e-6)
    assert combined(p[::-1]) == pytest.approx(value)
    assert value == pytest.approx(cauchy.sf(np.mean(cauchy.isf(p))), rel=1e-6)


@given(st.lists(P, min_size=1, max_size=5), P, P)
def test_a_smaller_p_makes_the_combined_one_smaller(p: list[float], a: float, b: float) -> None:
    assume(abs(a - b) > 1e-6)
    assert combined([*p, min(a, b)]) <= combined([*p, max(a, b)])


def test_a_p_near_1_does_not_outweigh_the_others() -> None:
    assert combined([0.01, 1.0]) == combined([0.01, 0.99]) == pytest.approx(0.5)
    assert combined([0.001, 1.0, 0.5]) < 0.01
    assert [combined([p]) for p in (0.0, 0.995, 1.0)] == [0.0, 0.995, 1.0]
    assert 0 < combined([0.0, 0.5]) < 1e-10
