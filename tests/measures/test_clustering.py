from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    silhouette_score,
    v_measure_score,
)

from embcmp.measures.clustering import (
    adjusted_rand_index,
    b_cubed,
    contingency,
    matches,
    oracle_k,
    silhouette,
    v_measure,
)
from embcmp.measures.labels import sample
from embcmp.measures.similarity import cosine_matrix
from tests.measures.cases import Case, blobs, cases, sample_of


@given(cases())
def test_silhouette_equals_scikit_learn(case: Case) -> None:
    x, senses, _ = case
    s = cosine_matrix(x)
    found = silhouette(sample(s, senses))
    rows = [i for i, sense in enumerate(senses) if sense and not np.isnan(s[i, i])]
    if found.value is not None:
        distance = 1 - s[np.ix_(rows, rows)]
        expected = silhouette_score(distance, [senses[i] for i in rows], metric="precomputed")
        assert found.value == pytest.approx(expected, abs=1e-9)


def test_silhouette_leaves_out_distances_within_a_sentence() -> None:
    """By hand: uses 0 and 1 of sense a are in one sentence, and so are use 2 of a and 3 of b."""
    s = np.eye(5)
    for (i, j), cosine in {
        (0, 1): 0.99, (0, 2): 0.8, (1, 2): 0.6, (2, 3): 0.99, (0, 3): 0.1, (1, 3): 0.3,
        (0, 4): 0.5, (1, 4): 0.1, (2, 4): 0.4, (3, 4): 0.9,
    }.items():  # fmt: skip
        s[i, j] = s[j, i] = cosine
    coefficients = [
        (0.7 - 0.2) / 0.7,  # own: use 2 at .2; other: mean of .9 and .5
        (0.8 - 0.4) / 0.8,
        (0.6 - 0.3) / 0.6,  # own: mean of .2 and .4; other: use 4 alone
        (0.8 - 0.1) / 0.8,  # other: uses 0 and 1 alone
        (2 / 3 - 0.1) / (2 / 3),
    ]
    found = silhouette(sample(s, list("aaabb"), np.array([0, 0, 1, 1, 2])))
    assert found.value == pytest.approx(np.mean(coefficients))


def test_indices_by_hand() -> None:
    """Two uses of sense a in one cluster; the third, and all of b, in the other."""
    angles = np.radians([0, 1, 80, 81, 82, 83])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    ari, v = oracle_k(sample_of(x, list("aaabbb")))
    # 4 pairs agree of 6 in senses and 7 in clusters, 6 * 7 / 15 would by chance
    assert ari.value == pytest.approx((4 - 2.8) / (6.5 - 2.8))
    senses, clusters = entropy(1 / 2, 1 / 2), entropy(1 / 3, 2 / 3)
    shared = senses + clusters - entropy(1 / 3, 1 / 6, 1 / 2)
    assert v.value == pytest.approx(2 * shared / (senses + clusters))


def entropy(*shares: float) -> float:
    return -sum(p * log(p) for p in shares)


@pytest.mark.parametrize("seed", range(5))
def test_clusters_and_indices_equal_those_of_scikit_learn(seed: int) -> None:
    x, senses = blobs((6, 9, 12), shift=2.5, seed=seed)
    s = cosine_matrix(x)
    vectors = x / np.linalg.norm(x, axis=1, keepdims=True)
    clusters = AgglomerativeClustering(3, linkage="ward").fit_predict(vectors)
    ari, v = oracle_k(sample(s, senses))
    assert ari.value == pytest.approx(adjusted_rand_score(senses, clusters), abs=1e-9)
    assert v.value == pytest.approx(v_measure_score(senses, clusters), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
def test_indices_of_any_labelings_equal_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    codes, clusters = np.array(pairs).T
    table = contingency(codes, clusters)
    expected = adjusted_rand_score(codes, clusters), v_measure_score(codes, clusters)
    assert adjusted_rand_index(table) == pytest.approx(expected[0], abs=1e-9)
    assert v_measure(table) == pytest.approx(expected[1], abs=1e-9)


def test_senses_far_apart_are_found() -> None:
    x, senses = blobs((6, 9), shift=30)
    assert [m.value for m in oracle_k(sample_of(x, senses))] == pytest.approx([1, 1])


def test_fewer_different_vectors_than_senses_have_no_clusters() -> None:
    x = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    reasons = {m.undefined for m in oracle_k(sample_of(x, list("aabbcc")))}
    assert reasons == {"fewer different vectors than senses"}


def test_b_cubed_by_hand() -> None:
    """Senses aab ab in clusters 1 and 2.

    Precision: a 2/3, a 2/3, b 1/3, and a 1/2, b 1/2; recall: a 2/3, a 2/3, b 1/2, a 1/3, b 1/2.
    """
    precision, recall = (
        (2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5,
        (2 / 3 * 2 + 1 / 2 * 2 + 1 / 3) / 5,
    )
    expected = 2 * precision * recall / (precision + recall)
    assert b_cubed(np.array([[2, 1], [1, 1]])) == pytest.approx(expected)
    assert b_cubed(np.array([[3, 0], [0, 2]])) == 1


@pytest.mark.parametrize("seed", range(5))
def test_matches_of_groups_and_labels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, codes = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    senses = [None if i < 5 else "abc"[label] for i, label in enumerate(labels)]
    found = matches(senses, codes, seed)
    used = labels[5:], codes[5:]
    assert found["ari"].value == pytest.approx(adjusted_rand_score(*used))
    assert found["ami"].value == pytest.approx(adjusted_mutual_info_score(*used))
    assert found["v_measure"].value == pytest.approx(v_measure_score(*used))
    shuffled = [v_measure_score(used[0], rng.permutation(used[1])) for _ in range(500)]
    assert found["v_measure"].chance == pytest.approx(np.mean(shuffled), abs=0.02)
    assert found["ari"].chance == found["ami"].chance == 0


def test_without_two_senses_nothing_matches() -> None:
    assert matches([None] * 4, np.array([0, 1, 0, 1]), 0) == {}
    one = matches(["a", "a", None, "a"], np.array([0, 1, 0, 1]), 0)
    assert {m.undefined for m in one.values()} == {"all labeled uses with a vector have one sense"}
