from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import recall_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from embcmp.measures.classification import centroid, nearest_neighbor
from embcmp.measures.labels import sample
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from embcmp.types import Metric
from tests.measures.cases import Case, blobs, cases, sample_of


def brute_force_hits(
    x: np.ndarray,
    senses: Sequence[str | None],
    by_centroid: bool,
    sentences: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> dict[int, float]:
    """The hit of each use, by its row."""
    units = [row / np.linalg.norm(row) for row in x.astype(float)]
    sentence = np.arange(len(x)) if sentences is None else sentences
    w = np.ones(len(x)) if weights is None else weights
    rows = [i for i, s in enumerate(senses) if s is not None and not np.isnan(units[i]).any()]
    hits = {}
    for i in rows:
        scores = {}
        for sense in {senses[j] for j in rows}:
            others = [j for j in rows if senses[j] == sense and sentence[j] != sentence[i]]
            if not others:
                continue
            if by_centroid:
                center = np.average([units[j] for j in others], axis=0, weights=w[others])
                length = np.linalg.norm(center)
                scores[sense] = round(float(units[i] @ center / length), 6) if length > 1e-9 else 0
            else:
                scores[sense] = max(round(float(units[i] @ units[j]), 6) for j in others)
        best = [sense for sense, score in scores.items() if score == max(scores.values())]
        hits[i] = 1 / len(best) if senses[i] in best else 0
    return hits


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # rows of zeros, above
@given(cases(), st.integers(0, 99))
def test_accuracies_equal_a_plain_loop(case: Case, seed: int) -> None:
    x, senses, sentences = case
    weights = np.random.default_rng(seed).choice([1, 1 / 2], len(senses))
    uses = sample(cosine_matrix(x), Grouping(tuple(senses), sentences, sentences, weights))
    for by_centroid, found in (
        (False, nearest_neighbor(uses, shuffles=2)),
        (True, centroid(x, uses, shuffles=2)),
    ):
        if found.accuracy.value is None:
            assert found.accuracy.undefined == found.macro.undefined == uses.undefined
            continue
        hits = brute_force_hits(x, senses, by_centroid, sentences, weights)
        rows = list(hits)
        expected = np.average(list(hits.values()), weights=weights[rows])
        assert found.accuracy.value == pytest.approx(expected, abs=1e-9)
        by_sense = [
            np.average([hits[i] for i in of], weights=weights[of])
            for sense in uses.senses
            for of in [[i for i in rows if senses[i] == sense]]
        ]
        assert found.macro.value == pytest.approx(np.mean(by_sense), abs=1e-9)


def test_nearest_neighbor_equals_scikit_learn() -> None:
    x, senses = blobs((9, 14, 20))
    predicted = cross_val_predict(
        KNeighborsClassifier(1, metric="cosine"), x.astype(float), senses, cv=LeaveOneOut()
    )
    found = nearest_neighbor(sample_of(x, senses))
    assert found.accuracy.value == pytest.approx(np.mean(predicted == senses), abs=1e-9)
    macro = recall_score(senses, predicted, average="macro")
    assert found.macro.value == pytest.approx(macro, abs=1e-9)


def test_chance_equals_shuffling_one_by_one() -> None:
    x, senses = blobs((4, 7))
    for by_centroid, found in (
        (False, nearest_neighbor(sample_of(x, senses))),
        (True, centroid(x, sample_of(x, senses))),
    ):
        rng = np.random.default_rng(99)
        shuffles = [
            np.mean([*brute_force_hits(x, rng.permutation(senses).tolist(), by_centroid).values()])
            for _ in range(300)
        ]
        error = np.std(shuffles) / 300**0.5 + np.std(shuffles) / 1000**0.5
        assert found.accuracy.chance == pytest.approx(np.mean(shuffles), abs=3 * error)


def test_leaving_one_out_puts_chance_below_the_share_of_the_senses() -> None:
    x, senses = blobs((5, 5), shift=0)
    chance = nearest_neighbor(sample_of(x, senses)).accuracy.chance
    assert chance == pytest.approx(4 / 9, abs=0.01)  # of nine others, four are of the own sense


def test_chance_depends_on_the_seed_alone() -> None:
    x, senses = blobs((6, 6))
    uses = sample_of(x, senses)
    one, again, other = (centroid(x, uses, seed=seed).accuracy for seed in (1, 1, 2))
    assert one == again
    assert one.value == other.value
    assert one.chance != other.chance


def test_a_sense_with_one_occurrence_is_never_right() -> None:
    x, senses = blobs((5, 1), shift=9)
    for found in (nearest_neighbor(sample_of(x, senses)), centroid(x, sample_of(x, senses))):
        assert found.accuracy.value == pytest.approx(5 / 6)
        assert found.macro.value == 0.5


def test_ties_are_shared() -> None:
    x = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
    senses = ["a", "a", "b", "c"]
    found = nearest_neighbor(sample_of(x, senses), shuffles=2)
    # the first two tie between a and b; b's only one sees a alone; the last has cosine 0 to all
    assert found.accuracy.value == pytest.approx((0.5 + 0.5 + 0 + 0) / 4)
    assert found.macro.value == pytest.approx((0.5 + 0 + 0) / 3)


def test_one_sense_is_undefined() -> None:
    x, _ = blobs((5,))
    found = centroid(x, sample_of(x, ["a"] * 5))
    assert found.accuracy == Metric(None, undefined="all labeled uses with a vector have one sense")
    assert found.macro == found.accuracy


def test_a_sentence_is_left_out_whole() -> None:
    """Each use twice: its copy, which is its nearest, must not vouch for it."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((12, 4))
    senses = ["a", "b"] * 6
    twice, both, of = np.repeat(x, 2, axis=0), np.repeat(senses, 2).tolist(), np.arange(24) // 2
    for alone, doubled in (
        (nearest_neighbor(sample_of(x, senses)),
         nearest_neighbor(sample_of(twice, both, of))),
        (centroid(x, sample_of(x, senses)), centroid(twice, sample_of(twice, both, of))),
    ):  # fmt: skip
        assert doubled.accuracy.value == alone.accuracy.value
        assert doubled.macro.value == alone.macro.value
    vouched = nearest_neighbor(sample_of(twice, both)).accuracy
    assert vouched.value == 1


def test_one_sentence_alone_has_no_other() -> None:
    x = np.eye(4)
    for found in (
        nearest_neighbor(sample_of(x, ["a", "a", "b", "b"], np.zeros(4, dtype=int))),
        centroid(x, sample_of(x, ["a", "a", "b", "b"], np.zeros(4, dtype=int))),
    ):
        assert found.accuracy.undefined == ("all labeled uses with a vector are in one sentence")
