"""No NaN, no exception, bounds, reasons, and no dependence on order, for every measure."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings

from embcmp.measures.agreement import cka, rsa
from embcmp.measures.classification import centroid, nearest_neighbor
from embcmp.measures.clustering import oracle_k, silhouette
from embcmp.measures.encoder_differences import Contestant, differences
from embcmp.measures.encoder_differences import tested_together as together
from embcmp.measures.geometry import adjusted_mev, mev
from embcmp.measures.jackknife import (
    auc_interval,
    macro_interval,
    mean_interval,
    sense_interval,
    separation_interval,
)
from embcmp.measures.labels import sample
from embcmp.measures.probe import probe
from embcmp.measures.separation import auc, auc_macro, between, separation, within
from embcmp.measures.similarity import (
    adjusted_self_similarity,
    baseline,
    cosine_matrix,
    relative_self_similarity,
    self_similarity,
)
from embcmp.types import Metric
from tests.measures.cases import Case, blobs, cases, grouped, permuted

ONE = (0, 1)
BOUNDS = {
    "adjusted_self_similarity": (-2, 2),
    "relative_self_similarity": (-math.inf, 1),
    "separation": (-2, 2),
    "auc": ONE,
    "auc_macro": ONE,
    "nearest_neighbor": ONE,
    "centroid": ONE,
    "centroid_macro": ONE,
    "v_measure_oracle_k": ONE,
    "mev": ONE,
    "probe": ONE,
}
ORDER_BREAKS_TIES = {"ari_oracle_k", "v_measure_oracle_k"}


def other(x: np.ndarray) -> np.ndarray:
    """What another encoder makes of the same occurrences."""
    return x[:, :2] * np.float32(3) + np.float32(0.5)


def measures(case: Case) -> Mapping[str, Metric]:
    x, senses, sentences = case
    s = cosine_matrix(x)
    grouping = grouped(case)
    uses = sample(s, grouping)
    nearest, center = nearest_neighbor(uses, shuffles=3), centroid(x, uses, shuffles=3)
    ari, v = oracle_k(uses)
    own, base = (
        self_similarity(s, grouping),
        baseline(x, sentences, [str(sense) for sense in senses]),
    )
    return {
        "self_similarity": own,
        "baseline": base,
        "adjusted_self_similarity": adjusted_self_similarity(own, base),
        "relative_self_similarity": relative_self_similarity(own, base),
        "mev": mev(x),
        "adjusted_mev": adjusted_mev(x, x, samples=3),
        "within": within(uses),
        "between": between(uses),
        "separation": separation(uses),
        "auc": auc(uses),
        "auc_macro": auc_macro(uses),
        "nearest_neighbor": nearest.accuracy,
        "centroid": center.accuracy,
        "centroid_macro": center.macro,
        "silhouette": silhouette(uses),
        "ari_oracle_k": ari,
        "v_measure_oracle_k": v,
        "probe": probe(x, grouping),
        "rsa": rsa(s, cosine_matrix(other(x)), grouping)[0],
        "cka": cka(x, other(x)),
    }


@given(cases())
def test_a_value_is_finite_and_in_bounds_or_has_a_reason(case: Case) -> None:
    for name, metric in measures(case).items():
        assert (metric.value is None) == bool(metric.undefined), name
        if metric.value is not None:
            low, high = BOUNDS.get(name, (-1, 1))
            assert low - 1e-9 <= metric.value <= high + 1e-9, name
            assert metric.chance is None or 0 <= metric.chance <= 1, name


@given(permuted())
def test_order_does_not_matter(both: tuple[Case, Case]) -> None:
    before, after = map(measures, both)
    for name in before.keys() - ORDER_BREAKS_TIES:
        assert after[name].undefined == before[name].undefined, name
        assert after[name].value == pytest.approx(before[name].value, abs=1e-9), name


@settings(max_examples=40)
@given(permuted(most=30))
def test_inference_takes_any_input_in_any_order(both: tuple[Case, Case]) -> None:
    found = []
    for case in both:
        s, grouping = cosine_matrix(case[0]), grouped(case)
        uses = sample(s, grouping)
        everything = sample(s, grouping.unlabeled)
        intervals = [
            sense_interval(uses, same=True),
            sense_interval(uses, same=False),
            separation_interval(uses),
            auc_interval(uses),
            macro_interval(uses),
            mean_interval(everything, np.ones_like(everything.similarity, dtype=bool)),
        ]
        for interval in intervals:
            assert (interval.ci95 is None) == bool(interval.reason)
            assert interval.ci95 is None or interval.ci95[0] <= interval.ci95[1]
        pair = Contestant("a", (s,)), Contestant("b", (cosine_matrix(other(case[0])),))
        [test] = together(differences([pair], grouping))
        assert (test.ci95 is None) == (test.p is None) == bool(test.undefined)
        found.append([*(interval.ci95 for interval in intervals), test.ci95])
    for before, after in zip(*found, strict=True):
        assert after == (before and pytest.approx(before, abs=1e-9))


@pytest.mark.parametrize(
    "case",
    [
        (np.full((6, 4), np.nan, np.float32), list("aaabbb"), np.arange(6)),
        (np.ones((24, 4), np.float32), list("ab") * 12, np.arange(24)),
        (np.zeros((24, 4), np.float32), list("ab") * 12, np.arange(24)),
        (np.ones((1, 4), np.float32), ["a"], np.arange(1)),
        (np.eye(24, dtype=np.float32), [None] * 24, np.arange(24)),
        (blobs((12, 1))[0], ["a"] * 12 + ["b"], np.arange(13)),
    ],
    ids=["all-missing", "identical", "zero", "one", "unlabeled", "single"],
)
def test_degenerate_input(case: Case) -> None:
    for name, metric in measures(case).items():
        assert (metric.value is None) == bool(metric.undefined), name
        assert metric.value is None or math.isfinite(metric.value), name


def test_identical_vectors_have_no_measures_of_senses() -> None:
    found = measures((np.ones((24, 4), np.float32), list("ab") * 12, np.arange(24)))
    assert found["auc"].value == found["auc_macro"].value == 0.5
    assert found["nearest_neighbor"].value == found["centroid"].value == 0.5
    assert found["separation"].value == found["silhouette"].value == 0
    assert found["ari_oracle_k"].undefined == "fewer different vectors than senses"
    assert found["rsa"].undefined == "all cosines are equal"
    assert found["cka"].undefined == "all vectors of an encoder are equally far apart"
