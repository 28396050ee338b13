from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from embcmp.measures import resampling as module
from embcmp.measures.classification import centroid
from embcmp.measures.labels import labels, sample
from embcmp.measures.resampling import (
    Interval,
    bootstrap,
    hit_intervals,
    is_calibrated,
    self_similarity_interval,
    sense_intervals,
)
from embcmp.measures.separation import auc, auc_macro, between, separation, within
from embcmp.measures.similarity import cosine_matrix
from tests.measures.cases import blobs, in_sentences, sample_of


def test_weights_draw_as_many_sentences_as_each_sense_has() -> None:
    codes = np.repeat([0, 1], [12, 8])
    sentences = np.arange(20) // 2
    uses = in_sentences(codes, sentences)
    weights = module._sentence_weights(uses, 200, np.random.default_rng(0))
    np.testing.assert_array_equal(weights[:, ::2], weights[:, 1::2])
    assert set(weights[:, :12:2].sum(axis=1)) == {6}
    assert set(weights[:, 12::2].sum(axis=1)) == {4}
    assert weights.mean(axis=0) == pytest.approx(np.ones(20), abs=0.25)


def test_intervals_hold_their_measures() -> None:
    x, senses = blobs((12, 20, 15), shift=1.5)
    s = cosine_matrix(x)
    found = sense_intervals(sample(s, senses, np.arange(47)))
    for measure in (within, between, separation, auc, auc_macro):
        value = measure(sample(s, senses)).value
        interval = found[measure.__name__].ci95
        assert value is not None
        assert interval is not None
        assert interval[0] < value < interval[1]


def test_means_of_single_sentences_have_the_bootstrap_interval_of_scipy() -> None:
    hits = np.random.default_rng(0).integers(0, 2, 40).astype(float)
    uses = in_sentences(np.repeat([0, 1], 20), np.arange(40))
    found = hit_intervals(hits, uses, draws=20_000)[1].ci95
    halves = (hits[:20], hits[20:])
    expected = scipy_bootstrap(
        halves,
        lambda a, b, axis: (a.mean(axis=axis) + b.mean(axis=axis)) / 2,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found == pytest.approx((expected.low, expected.high), abs=0.026)


def test_occurrences_of_a_sentence_move_together() -> None:
    x, senses = blobs((12, 12), shift=1.5)
    twice = np.repeat(x, 2, axis=0)
    both = [s for s in senses for _ in (0, 1)]
    together = sense_intervals(sample_of(twice, both, np.arange(48) // 2))["between"].ci95
    alone = sense_intervals(sample_of(x, senses, np.arange(24)))["between"].ci95
    apart = sense_intervals(sample_of(twice, both, np.arange(48)))["between"].ci95
    assert together == pytest.approx(alone, abs=1e-9)
    assert together is not None
    assert apart is not None
    assert apart[1] - apart[0] < 0.85 * (together[1] - together[0])


def test_copies_of_an_occurrence_form_no_pair() -> None:
    # all different occurrences are at right angles: any pair of copies would raise the mean
    found = self_similarity_interval(sample(np.eye(8), ["a"] * 8))
    assert found.ci95 == (0, 0)


def test_no_interval_below_five_sentences_a_sense() -> None:
    x, senses = blobs((6, 4))
    s = cosine_matrix(x)
    reason = "an interval needs 5 sentences a sense: 'b' has 4"
    uses = sample(s, senses, np.arange(10))
    assert set(sense_intervals(uses).values()) == {Interval(None, reason)}
    hits = centroid(x, uses, shuffles=1).hits
    assert hit_intervals(hits, uses)[0] == Interval(None, reason)
    assert self_similarity_interval(uses) == Interval(None, reason)
    unlabeled = self_similarity_interval(sample(s, ["unlabeled"] * 10, np.arange(10) // 3))
    assert unlabeled.reason == "an interval needs 5 sentences a sense: 'unlabeled' has 4"


def test_what_has_no_value_has_no_interval() -> None:
    s = cosine_matrix(np.ones((3, 2)))
    uses = sample(s, ["a"] * 3, np.arange(3))
    assert sense_intervals(uses)["auc"].reason == "one sense has no separation"
    assert hit_intervals(np.ones(3), uses)[0].reason
    nothing = self_similarity_interval(sample(s * np.nan, ["a"] * 3))
    assert nothing.reason == "no vectors"


@pytest.mark.parametrize(("share", "kept"), [(0.04, True), (0.1, False)])
def test_undefined_draws_are_drawn_again_up_to_five_percent(share: float, kept: bool) -> None:
    calls = []

    def statistic(weights: np.ndarray) -> np.ndarray:
        calls.append(len(weights))
        values = weights[:, 0].copy()
        values[: int(share * len(values))] = np.nan
        return values

    codes = np.repeat([0, 1], 5)
    grouped = in_sentences(codes, np.arange(10))
    found = bootstrap({"x": statistic}, grouped, 100, 0)["x"]
    assert (found.ci95 is not None) == kept
    assert calls == ([100, 4] if kept else [100])
    assert found.reason == (None if kept else "undefined in 10% of the draws")


@pytest.mark.parametrize(
    ("value", "n", "expected"),
    [(0.75, 10, True), (0.75, 9, False), (0.5, 10, False), (0.97, 10, False)],
)
def test_trust_ends_with_few_sentences_and_extreme_values(
    value: float, n: int, expected: bool
) -> None:
    senses = ["a"] * 12 + ["b"] * n + [None]
    assert is_calibrated(value, labels(senses, np.ones(len(senses), dtype=bool))) == expected


def test_depends_on_the_seed_alone() -> None:
    x, senses = blobs((8, 8))
    s = cosine_matrix(x)
    one, again, other = (
        sense_intervals(sample(s, senses, np.arange(16)), draws=50, seed=seed) for seed in (1, 1, 2)
    )
    assert one == again != other
