"""Means and tests over words, against scipy and numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from embcmp.batch.over_words import metrics_by_word, paired, standings
from embcmp.errors import UsageError
from embcmp.types import Comparison, EncoderInfo, Metric, Result

INFO = EncoderInfo("", "", "made", "made", (None,), 0, 0, 0, 0, "")


def result(name: str, value: float | None, reason: str | None = None) -> Result:
    metrics = {"auc": Metric(value, undefined=None if value is not None else reason)}
    return Result(name, INFO, None, 0.0, 0.0, {}, (), np.empty((0, 0)), metrics)


def comparison(word: str, control: float | None = None, **values: float | None) -> Comparison:
    results = tuple(result(name, value, "one sense") for name, value in values.items())
    controls = None if control is None else (result("form", control),)
    return Comparison(word, (), results, controls=controls)


WORDS = "bank bark bat bear calf crane duck".split()
A = [0.9, 0.8, 0.7, 0.95, 0.85, 0.6, 0.75]
B = [0.7, 0.75, 0.72, 0.8, 0.6, 0.5, 0.7]
SEVEN = [comparison(w, 0.5, a=a, b=b) for w, a, b in zip(WORDS, A, B, strict=True)]


def test_a_leaderboard_has_the_highest_mean_first_and_its_t_interval() -> None:
    first, second, third = standings(SEVEN, "auc")
    assert [first.name, second.name, third.name] == ["a", "b", "form"]
    assert (first.words, first.summary.approximate) == (7, True)
    assert first.summary.value == pytest.approx(np.mean(A))
    expected = stats.t.interval(0.95, 6, np.mean(A), stats.sem(A))
    assert first.summary.ci95 == pytest.approx(expected, abs=1e-9)
    assert third.summary.ci95 == (0.5, 0.5)


def test_paired_tests_are_those_of_scipy_and_adjusted_over_the_pairs() -> None:
    ab, a_form = paired(SEVEN, "auc", [("a", "b"), ("a", "form")])
    d = np.subtract(A, B)
    exact = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert ab.p_sign_flip == pytest.approx(exact.pvalue)
    assert a_form.p_sign_flip == pytest.approx(2 / 2**7)
    assert ab.difference.value == pytest.approx(d.mean())
    assert ab.p == pytest.approx(stats.ttest_1samp(d, 0).pvalue)
    assert ab.ci90 == pytest.approx(stats.t.interval(0.9, 6, d.mean(), stats.sem(d)))
    assert ab.effect_size == pytest.approx(d.mean() / d.std(ddof=1))
    assert (ab.share_won, a_form.share_won) == (6 / 7, 1)
    [alone] = paired(SEVEN, "auc", [("a", "b")])
    assert alone.p_adjusted == alone.p == ab.p
    assert alone.difference.ci95 == pytest.approx(stats.t.interval(0.95, 6, d.mean(), stats.sem(d)))
    assert alone.words_needed(0.05) == np.ceil(7 * (alone.detectable / 0.05) ** 2)  # type: ignore[operator]  # a number
    assert alone.detectable == pytest.approx(
        (stats.t.ppf(0.975, 6) + stats.t.ppf(0.8, 6)) * stats.sem(d)
    )


def test_pairs_are_tested_together_by_the_largest_t() -> None:
    """Against a simulation of the multivariate t distribution by scipy."""
    pairs = [("a", "b"), ("a", "form"), ("b", "form")]
    tests = paired(SEVEN, "auc", pairs)
    d = np.array([np.subtract(A, B), np.subtract(A, 0.5), np.subtract(B, 0.5)])
    correlation = np.corrcoef(d)
    drawn = stats.multivariate_t(shape=correlation, df=6, allow_singular=True, seed=0).rvs(200_000)
    largest = np.abs(drawn).max(axis=1)
    errors = stats.sem(d, axis=1)
    critical = np.quantile(largest, 0.95)
    for test, mean, error in zip(tests, d.mean(axis=1), errors, strict=True):
        assert test.p_adjusted == pytest.approx((largest >= mean / error).mean(), abs=0.004)
        ends = mean - critical * error, mean + critical * error
        assert test.difference.ci95 == pytest.approx(ends, abs=0.05 * error)
        assert test.p is not None and test.p_adjusted is not None
        assert test.p <= test.p_adjusted <= 3 * test.p + 1e-12


def test_words_without_a_value_are_left_out_pair_by_pair() -> None:
    some = [
        comparison("bank", a=0.9, b=None),
        comparison("bark", a=0.5, b=0.25),
        comparison("bat", a=None, b=0.75),
        comparison("bear", a=0.7),
    ]
    a, b = standings(some, "auc")
    assert (a.name, a.words, a.summary.value) == ("a", 3, pytest.approx(0.7))
    assert (b.name, b.words, b.summary.value) == ("b", 2, pytest.approx(0.5))
    [test] = paired(some, "auc", [("a", "b")])
    assert (test.words, test.difference.value) == (1, 0.25)
    assert test.difference.no_interval == "an interval over words needs 6: here are 1"


def test_an_encoder_without_any_value_stands_last_with_its_reason() -> None:
    *_, last = standings([comparison(w, a=None, b=0.1) for w in WORDS], "auc")
    assert (last.name, last.words, last.summary.value) == ("a", 0, None)
    assert last.undefined == "one sense"
    [test] = paired([comparison(w, a=None, b=0.1) for w in WORDS], "auc", [("a", "b")])
    assert (test.words, test.difference.value, test.p, test.p_adjusted) == (0, None, None, None)


def test_a_repeated_name_counts_once() -> None:
    both = replace(comparison("bank", a=0.9), controls=(result("a", 0.1),))
    assert metrics_by_word([both], "auc")["a"]["bank"].value == 0.9


MANY = [
    comparison(f"word{i}", a=a, b=b)
    for i, (a, b) in enumerate(np.random.default_rng(0).random((25, 2)).tolist())
]


@settings(max_examples=20)
@given(st.permutations(MANY))
def test_no_number_depends_on_the_order_of_the_comparisons(shuffled: list[Comparison]) -> None:
    assert not standings(MANY, "auc")[0].summary.approximate
    assert standings(shuffled, "auc") == standings(MANY, "auc")
    assert paired(shuffled, "auc", [("a", "b")]) == paired(MANY, "auc", [("a", "b")])


def test_impossible_tests_are_refused() -> None:
    with pytest.raises(UsageError, match="there is no result 'c'"):
        paired(SEVEN, "auc", [("a", "c")])
    with pytest.raises(UsageError, match="two comparisons of the word 'bank'"):
        standings([*SEVEN, SEVEN[0]], "auc")


def test_words_with_labels_from_vectors_bear_on_nothing_over_words() -> None:
    marked = [replace(comparison(w, a=0.99, b=0.01), circular="vectors") for w in ("eel", "fan")]
    assert paired([*SEVEN, *marked], "auc", [("a", "b")]) == paired(SEVEN, "auc", [("a", "b")])
    assert standings([*SEVEN, *marked], "auc") == standings(SEVEN, "auc")


def test_without_other_words_they_have_means_and_no_inference() -> None:
    marked = [replace(c, circular="vectors") for c in SEVEN]
    [test] = paired(marked, "auc", [("a", "b")])
    assert (test.words, test.p, test.p_adjusted, test.p_sign_flip) == (0, None, None, None)
    assert test.difference == Metric(None, undefined="vectors")
    first = standings(marked, "auc")[0]
    assert (first.name, first.words) == ("a", 7)
    assert first.summary == Metric(pytest.approx(np.mean(A)), no_interval="vectors")  # type: ignore[arg-type]
