"""Tests of differences together: single-step max-t, and the band over layers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from embcmp.measures import macro_auc
from embcmp.measures.encoder_differences import (
    Contestant,
    Difference,
    band,
    differences,
    simultaneous,
)
from embcmp.measures.encoder_differences import tested_against_controls as against_controls
from embcmp.measures.encoder_differences import tested_together as together
from embcmp.measures.jackknife import Interval, deviations, macro_interval
from embcmp.measures.labels import Floats, samples
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from embcmp.types import PairTest
from tests.measures.cases import blobs

RNG = np.random.default_rng


def contestant(shift: float, seed: int, sizes: tuple[int, ...] = (12, 12)) -> Contestant:
    x, _ = blobs(sizes, shift=shift, seed=seed)
    return Contestant(f"e{seed}", (cosine_matrix(x),))


def senses_of(sizes: tuple[int, ...]) -> list[str]:
    return blobs(sizes)[1]


USES = Grouping.separate(senses_of((12, 12)))


def by_hand(a: Floats, b: Floats, uses: Grouping) -> tuple[float, Floats, int]:
    """A difference, its deviations, and its degrees of freedom, where all uses have both."""
    first, second = samples((a, b), uses)
    one, other = macro_auc.auc_macro(first), macro_auc.auc_macro(second)
    parts = deviations(one.without - other.without, first)
    return one.value - other.value, parts, first.df


def test_one_pair_has_the_t_test() -> None:
    a, b = contestant(2, 1), contestant(1.2, 2)
    [test] = together(differences([(a, b)], USES))
    value, parts, df = by_hand(a.similarities[0], b.similarities[0], USES)
    error = float((parts**2).sum() ** 0.5)
    t95, t90, t80 = stats.t.ppf([0.975, 0.95, 0.8], df)
    assert df == 22
    assert test.difference == pytest.approx(value, abs=1e-12)
    assert test.ci95 == pytest.approx((value - t95 * error, value + t95 * error))
    assert test.ci90 == pytest.approx((value - t90 * error, value + t90 * error))
    assert test.p == test.p_adjusted == pytest.approx(2 * stats.t.sf(abs(value) / error, df))
    assert test.detectable == pytest.approx((t95 + t80) * error)
    assert (test.metric, test.senses, test.units) == ("auc_macro", 2, 24)


@pytest.mark.parametrize("tests", [2, 4])
def test_the_critical_value_is_that_of_the_multivariate_t(tests: int) -> None:
    parts = RNG(tests).standard_normal((30, tests)) + RNG(9).standard_normal((30, 1))
    df = 12
    critical, adjusted = simultaneous(parts, np.array([2.5] * tests), df)
    lengths = np.linalg.norm(parts, axis=0)
    correlation = parts.T @ parts / np.outer(lengths, lengths)
    distribution = stats.multivariate_t(shape=correlation, df=df, seed=1)
    box = {c: distribution.cdf([c] * tests, lower_limit=[-c] * tests) for c in (critical, 2.5)}
    assert box[critical] == pytest.approx(0.95, abs=0.004)
    assert adjusted == pytest.approx([1 - box[2.5]] * tests, abs=0.004)
    assert stats.t.ppf(0.975, df) < critical < stats.t.ppf(1 - 0.025 / tests, df)


def test_differences_of_three_encoders_depend_on_each_other() -> None:
    """The third is the sum of the first two: the correlation has no inverse."""
    two = RNG(0).standard_normal((20, 2))
    parts = np.column_stack([two, two.sum(axis=1)])
    critical, _ = simultaneous(parts, np.zeros(3), 18)
    draws = RNG(5).standard_normal((400_000, 20)) @ parts / np.linalg.norm(parts, axis=0)
    largest = np.abs(draws).max(axis=1) / np.sqrt(RNG(6).chisquare(18, len(draws)) / 18)
    assert critical == pytest.approx(np.quantile(largest, 0.95), abs=0.02)


def test_a_difference_named_twice_costs_nothing() -> None:
    one = RNG(0).standard_normal((20, 1))
    critical, adjusted = simultaneous(np.hstack([one, one, -one]), np.array([2.0] * 3), 18)
    assert critical == pytest.approx(stats.t.ppf(0.975, 18), abs=0.02)
    assert adjusted == pytest.approx([2 * stats.t.sf(2.0, 18)] * 3, abs=0.004)


def test_small_p_values_have_bonferronis_bound() -> None:
    parts = RNG(1).standard_normal((20, 3))
    _, adjusted = simultaneous(parts, np.array([9.0, 5.5, 0.0]), 18)
    assert adjusted[0] == pytest.approx(3 * 2 * stats.t.sf(9.0, 18))
    assert adjusted[1] == pytest.approx(3 * 2 * stats.t.sf(5.5, 18))
    assert adjusted[2] == 1


@settings(max_examples=60)
@given(
    st.integers(2, 4), st.integers(0, 2**16), st.lists(st.floats(0, 0.3), min_size=6, max_size=6)
)
def test_an_interval_excludes_0_exactly_where_adjusted_p_is_below_5_percent(
    encoders: int, seed: int, values: list[float]
) -> None:
    rng = RNG(seed)
    scores = rng.standard_normal((24, encoders))
    pairs = list(combinations(range(encoders), 2))
    made = [
        Difference(
            PairTest("auc_macro", str(a), str(b), value), (scores[:, a] - scores[:, b]) / 60, 22
        )
        for (a, b), value in zip(pairs, values, strict=False)
    ]
    for test in together(made, seed=seed):
        assert test.ci95 is not None
        assert test.p is not None
        assert test.p_adjusted is not None
        excludes_0 = test.ci95[0] > 0 or test.ci95[1] < 0
        assert excludes_0 == (test.p_adjusted < 0.05)
        assert test.p_adjusted >= test.p
        assert test.detectable is not None
        assert test.detectable > (test.ci95[1] - test.ci95[0]) / 2


def test_the_border_itself_is_decided_alike() -> None:
    """Values around c times the standard error, where interval and p could come apart."""
    parts = RNG(3).standard_normal((24, 3))
    errors = np.linalg.norm(parts, axis=0)
    critical, _ = simultaneous(parts, np.zeros(3), 20)
    for factor in (1 - 1e-9, 1 + 1e-9, 1 - 1e-4, 1 + 1e-4):
        made = [
            Difference(PairTest("auc_macro", "a", "b", value), column, 20)
            for value, column in zip((critical * errors * factor).tolist(), parts.T, strict=True)
        ]
        for test in together(made):
            assert test.ci95 is not None
            assert test.p_adjusted is not None
            assert (test.ci95[0] > 0) == (test.p_adjusted < 0.05) == (factor > 1)


def test_swapping_the_encoders_changes_the_sign_alone() -> None:
    a, b = contestant(2, 1), contestant(1.2, 2)
    [one], [other] = (together(differences([pair], USES)) for pair in ((a, b), (b, a)))
    assert one.difference is not None
    assert one.ci95 is not None
    assert other.difference == -one.difference
    assert other.ci95 == (-one.ci95[1], -one.ci95[0])
    assert (other.p, other.detectable) == (one.p, one.detectable)


def test_uses_that_both_encoders_have_are_tested() -> None:
    x, senses = blobs((12, 12), shift=2, seed=1)
    y, _ = blobs((12, 12), shift=1, seed=2)
    y[4] = np.nan
    kept = np.delete(np.arange(24), 4)
    one, other = (
        together(
            differences(
                [
                    (
                        Contestant("a", (cosine_matrix(x[r]),)),
                        Contestant("b", (cosine_matrix(y[r]),)),
                    )
                ],
                Grouping.separate([senses[i] for i in r]),
            )
        )
        for r in (np.arange(24), kept)
    )
    assert one == other
    assert one[0].units == 23


def test_rare_senses_are_left_out() -> None:
    sizes = (12, 12, 4)
    a, b = contestant(2, 1, sizes), contestant(1, 2, sizes)
    frequent = np.arange(24)
    cut = [Contestant(c.name, (c.similarities[0][np.ix_(frequent, frequent)],)) for c in (a, b)]
    [whole] = together(differences([(a, b)], Grouping.separate(senses_of(sizes))))
    [alone] = together(differences([(cut[0], cut[1])], USES))
    assert whole == alone
    assert whole.senses == 2


def test_the_mean_of_seeds_is_tested() -> None:
    """Twins that differ in seed: the mean of their AUCs, and its error."""
    a = contestant(2, 1)
    twins = [contestant(1, seed).similarities[0] for seed in (3, 4, 5)]
    [test] = together(differences([(a, Contestant("twin", tuple(twins)))], USES))
    [first, *others] = [macro_auc.auc_macro(s) for s in samples((a.similarities[0], *twins), USES)]
    mean, without = (
        np.mean([o.value for o in others]), np.mean([o.without for o in others], axis=0)
    )  # fmt: skip
    uses = samples(twins, USES)[0]
    error = float((deviations(first.without - without, uses) ** 2).sum() ** 0.5)
    assert test.difference == pytest.approx(first.value - mean)
    half = stats.t.ppf(0.975, 22) * error
    assert test.ci95 == pytest.approx((first.value - mean - half, first.value - mean + half))


def test_controls_need_no_adjustment_but_for_the_choice_of_the_best() -> None:
    made = differences([(contestant(2, 1), contestant(1, s)) for s in (2, 3, 4)], USES)
    for contestants in (1, 3):
        for d, test in zip(made, against_controls(made, contestants), strict=True):
            assert test.difference is not None
            assert test.p is not None
            assert test.ci95 is not None
            error = float((d.parts**2).sum() ** 0.5)
            half = stats.t.ppf(1 - 0.025 / contestants, 22) * error
            assert test.p == pytest.approx(2 * stats.t.sf(abs(test.difference) / error, 22))
            assert test.p_adjusted == pytest.approx(min(1, contestants * test.p))
            assert test.ci95[0] == pytest.approx(test.difference - half)


@pytest.mark.parametrize(
    ("sizes", "units", "reason"),
    [
        ((6, 4), None, "a test needs 5 sentences a sense: 'b' has 4"),
        ((10,), None, "all labeled uses with a vector have one sense"),
        ((6, 6), [0] * 12, "a test needs 5 units a sense: all labeled uses are in one unit"),
        ((6, 6), [0] * 6 + [1] * 6, "a test needs 5 units a sense: 'a' has 1"),
    ],
    ids=["few sentences", "one sense", "one unit", "units are the senses"],
)
def test_reasons(sizes: tuple[int, ...], units: list[int] | None, reason: str) -> None:
    n = sum(sizes)
    uses = Grouping(tuple(senses_of(sizes)), np.arange(n), np.array(units or range(n)), np.ones(n))
    found = differences([(contestant(2, 1, sizes), contestant(1, 2, sizes))], uses)
    [test] = together(found)
    assert (test.undefined, test.ci95, test.p, test.detectable) == (reason, None, None, None)


def test_encoders_without_any_difference_have_no_error() -> None:
    a = contestant(2, 1)
    found = differences([(a, Contestant("same", a.similarities)), (a, contestant(1, 2))], USES)
    same, other = together(found)
    assert same.difference == 0
    assert same.undefined == "leaving out a sentence never changes it, so its error is unknown"
    assert other.p == other.p_adjusted  # the only pair that is tested


def layers(number: int = 4) -> list[Floats]:
    rng = RNG(0)
    shared = rng.standard_normal((24, 12))
    made = []
    for k in range(number):
        x = shared + 0.7 * rng.standard_normal((24, 12))
        x[np.arange(24), np.repeat([0, 1], 12)] += 1 + 0.4 * k
        made.append(cosine_matrix(x))
    return made


def test_a_band_is_wider_than_each_interval_and_has_its_middle() -> None:
    made = layers()
    for cosines, part in zip(made, band(made, USES), strict=True):
        own = macro_interval(samples([cosines], USES)[0]).ci95
        assert own is not None
        assert part.ci95 is not None
        assert part.ci95[0] < own[0] < own[1] < part.ci95[1]
        middles = [sum(np.log(end / (1 - end)) for end in ends) for ends in (own, part.ci95)]
        assert middles[0] == pytest.approx(middles[1], abs=1e-9)


def test_one_layer_has_its_own_interval() -> None:
    made = layers(1)
    assert band(made, USES) == [macro_interval(samples(made, USES)[0])]


def test_equal_layers_have_equal_bands_no_wider_than_one_needs() -> None:
    [cosines] = layers(1)
    one, two, three = band([cosines] * 3, USES)
    own = macro_interval(samples([cosines], USES)[0])
    assert one == two == three
    assert one.ci95 == pytest.approx(own.ci95, abs=0.003)


def test_a_band_depends_on_the_seed_alone() -> None:
    assert band(layers(), USES) == band(layers(), USES)
    assert band(layers(), USES, seed=1) != band(layers(), USES)


def test_layers_that_have_no_error_have_no_band() -> None:
    x, _ = blobs((12, 12), shift=60)
    perfect = cosine_matrix(x)
    first, second = band([perfect, layers(1)[0]], USES)
    assert first == Interval(None, "all comparisons are right")
    assert second.ci95 is not None
    few = [s[:8, :8] for s in layers()]
    reasons = {i.reason for i in band(few, Grouping.separate(["a"] * 4 + ["b"] * 4))}
    assert len(reasons) == 1
