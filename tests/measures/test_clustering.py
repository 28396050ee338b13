from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score, silhouette_score, v_measure_score

from embcmp.measures.clustering import adjusted_rand, oracle_k, silhouette, v_measure
from embcmp.measures.similarity import cosine_matrix
from tests.measures.cases import Case, blobs, cases


@given(cases())
def test_silhouette_equals_scikit_learn(case: Case) -> None:
    x, senses, _ = case
    s = cosine_matrix(x)
    found = silhouette(s, senses)
    rows = [i for i, sense in enumerate(senses) if sense and not np.isnan(s[i, i])]
    if found.value is not None:
        distance = 1 - s[np.ix_(rows, rows)]
        expected = silhouette_score(distance, [senses[i] for i in rows], metric="precomputed")
        assert found.value == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20))
def test_indices_equal_scikit_learn(rows: list[tuple[int, int]]) -> None:
    true, found = np.array(rows).T
    table = np.eye(4)[true].T @ np.eye(4)[found]
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(true, found), abs=1e-9)
    if len(set(true)) > 1:
        assert v_measure(table) == pytest.approx(v_measure_score(true, found), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_clusters_equal_those_of_scipy(seed: int) -> None:
    x, senses = blobs((6, 9, 12), shift=2.5, seed=seed)
    s = cosine_matrix(x)
    tree = linkage(squareform(1 - s, checks=False), "average")
    clusters = fcluster(tree, 3, "maxclust")
    ari, v = oracle_k(s, senses)
    assert ari.value == pytest.approx(adjusted_rand_score(senses, clusters), abs=1e-9)
    assert v.value == pytest.approx(v_measure_score(senses, clusters), abs=1e-9)


def test_senses_far_apart_are_found() -> None:
    x, senses = blobs((6, 9), shift=30)
    assert [m.value for m in oracle_k(cosine_matrix(x), senses)] == pytest.approx([1, 1])


def test_fewer_different_vectors_than_senses_have_no_clusters() -> None:
    x = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    reasons = {m.undefined for m in oracle_k(cosine_matrix(x), list("aabbcc"))}
    assert reasons == {"fewer different vectors than senses"}
