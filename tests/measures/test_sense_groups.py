from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from embcmp.measures import sense_groups
from embcmp.measures.clustering import silhouettes
from embcmp.measures.sense_groups import MOST_GROUPS, partitions, stability, suggested
from embcmp.measures.similarity import cosine_matrix, unit
from tests.measures.cases import blobs

SEEDS = st.integers(0, 2**16)


def noise(seed: int, n: int = 30, dim: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, dim))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("k", [2, 3, 5])
def test_groups_are_those_of_scikit_learn_from_the_same_start(seed: int, k: int) -> None:
    x = unit(noise(seed))
    start = AgglomerativeClustering(k, linkage="ward").fit_predict(x)
    centroids = np.stack([x[start == g].mean(axis=0) for g in range(k)])
    expected = KMeans(k, init=centroids, n_init=1, tol=0).fit_predict(x)
    [groups] = partitions(cosine_matrix(x, decimals=15), [k])
    assert adjusted_rand_score(groups, expected) == 1


@given(SEEDS)
def test_groups_do_not_depend_on_the_order_of_the_uses(seed: int) -> None:
    s = cosine_matrix(noise(seed, 16))
    order = np.random.default_rng(seed).permutation(16)
    moved = s[np.ix_(order, order)]
    for one, other in zip(partitions(s, [2, 4]), partitions(moved, [2, 4]), strict=True):
        assert adjusted_rand_score(one[order], other) == 1
    assert adjusted_rand_score(suggested(s)[order], suggested(moved)) == 1


@given(SEEDS)
def test_groups_are_numbered_from_the_largest(seed: int) -> None:
    for k, groups in enumerate(partitions(cosine_matrix(noise(seed, 12)), range(1, 7)), 1):
        sizes = np.bincount(groups)
        first = [int((groups == g).argmax()) for g in range(k)]
        assert len(sizes) == k
        assert list(zip(-sizes, first, strict=True)) == sorted(zip(-sizes, first, strict=True))


def test_uses_without_a_difference_are_one_group() -> None:
    s = np.ones((12, 12))
    assert [groups.max() for groups in partitions(s, [1, 2, 3])] == [0, 0, 0]
    assert suggested(s).max() == 0


@pytest.mark.parametrize("n", [3, 4, 12, 30])
def test_uses_equally_far_from_each_other_make_at_most_as_many_groups_as_asked(n: int) -> None:
    for k, groups in enumerate(partitions(np.eye(n), range(1, 4)), 1):
        assert groups.max() < k
    assert len(suggested(np.eye(n))) == n


def test_copies_are_together() -> None:
    x = np.repeat(noise(0, 3, 5), [4, 3, 2], axis=0)
    for groups in partitions(cosine_matrix(x), [3, 6]):
        assert groups.tolist() == [0] * 4 + [1] * 3 + [2] * 2


@given(SEEDS, st.integers(2, 5))
def test_silhouettes_equal_those_of_scikit_learn(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(k), rng.integers(0, k, 15 - k)])
    distances = 1 - cosine_matrix(noise(seed, 15))
    expected = silhouette_samples(distances, groups, metric="precomputed")
    assert silhouettes(distances, groups) == pytest.approx(expected, abs=1e-9)


def test_silhouettes_are_0_where_there_is_no_other_group() -> None:
    assert silhouettes(1 - np.eye(4), np.zeros(4, dtype=np.intp)).tolist() == [0] * 4


@pytest.mark.parametrize("k", [2, 3, 4, 6, MOST_GROUPS])
def test_the_number_of_groups_far_apart_is_found(k: int) -> None:
    x, labels = blobs(tuple(range(10, 10 + k)), shift=12.0, seed=k)
    groups = suggested(cosine_matrix(x))
    assert groups.max() + 1 == k
    assert adjusted_rand_score(labels, groups) == 1
    assert groups[-1] == 0  # the last blob is the largest


def test_the_suggested_number_is_the_smallest_within_an_error_of_the_best() -> None:
    numbers = []
    for seed in range(30):
        x = unit(blobs((12, 12, 12), dim=6, shift=2.0, seed=seed)[0])
        s = cosine_matrix(x)
        tried = partitions(s, range(2, MOST_GROUPS + 1))
        values = [silhouette_samples(x, groups, metric="cosine") for groups in tried]
        best = max(values, key=np.mean)
        least = best.mean() - best.std(ddof=1) / np.sqrt(36)
        expected = next(g for g, v in zip(tried, values, strict=True) if v.mean() >= least)
        assert suggested(s).tolist() == expected.tolist()
        numbers.append(expected.max() + 1)
    assert len(set(numbers)) > 1


def test_three_uses_have_two_groups() -> None:
    assert suggested(cosine_matrix(np.array([[1, 0], [1, 0.1], [0, 1.0]]))).tolist() == [0, 0, 1]


def test_groups_far_apart_come_back() -> None:
    x, _ = blobs((15, 10, 8), shift=12.0)
    s = cosine_matrix(x)
    groups = suggested(s)
    found = stability(s, groups, np.arange(33), seed=0)
    assert found.groups.tolist() == [1, 1, 1]
    assert found.uses.tolist() == [1] * 33


def test_groups_of_noise_come_back_less_often() -> None:
    s = cosine_matrix(noise(0, 40, 20))
    [groups] = partitions(s, [4])
    found = stability(s, groups, np.arange(40), seed=0)
    assert (found.groups < 0.75).all()
    assert ((found.uses >= 0) & (found.uses <= 1)).all()
    assert found.uses.mean() < 0.9


def test_jaccard_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses 0 and 1 and use 2 are apart, whatever is drawn; the groups are 0, 1 2 and, far off, 3.

    Each sentence has all four uses twice, so that half of the two sentences is one of them.
    """
    angles = np.radians([0, 1, 40, 180])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    s = cosine_matrix(np.concatenate([x] * 4))
    groups = np.tile(np.array([2, 0, 0, 1]), 4)
    monkeypatch.setattr(sense_groups, "SUBSAMPLES", 3)
    found = stability(s, groups, np.repeat(np.arange(4), 4), seed=0)
    # anew: 0 1 | 2 | 3. The group 1 2 shares one of two uses with either; 0 shares one of two
    assert found.groups == pytest.approx([1 / 2, 1, 1 / 2])
    together = found.uses.reshape(4, 4)
    assert set(np.unique(together)) <= {0.0, 1.0}
    assert (together[:, [0, 3]] == 1).all()
    assert (together[:, 1] + together[:, 2] == 1).all()


def test_the_uses_of_a_sentence_are_drawn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sense_groups, "SUBSAMPLES", 1)
    x, _ = blobs((8, 8))
    s = cosine_matrix(x)
    sentences = np.repeat(np.arange(8), 2)
    found = stability(s, partitions(s, [2])[0], sentences, seed=1)
    drawn = np.isfinite(found.uses).reshape(8, 2)
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert drawn.sum() == 8


def test_a_group_that_is_never_drawn_has_no_stability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sense_groups, "SUBSAMPLES", 1)
    x, _ = blobs((9, 1), shift=12.0)
    s = cosine_matrix(x)
    groups = np.array([0] * 9 + [1])
    left_out = [stability(s, groups, np.arange(10), seed).groups for seed in range(10)]
    assert any(np.isnan(values[1]) for values in left_out)
    assert all(values[0] <= 1 for values in left_out)


def test_a_group_of_one_use_has_no_stability() -> None:
    x = np.array([[1.0, 0.1 * i, 0] for i in range(6)] + [[0, 0, 1.0]])
    groups = np.array([0] * 6 + [1])
    first, alone = stability(cosine_matrix(x), groups, np.arange(7), 0).groups
    assert first > 0.9
    assert np.isnan(alone)


@settings(max_examples=20)
@given(SEEDS)
@example(25160)  # a group of one use
def test_a_seed_gives_the_same_stability_again(seed: int) -> None:
    s = cosine_matrix(noise(seed, 14))
    [groups] = partitions(s, [3])
    one, other = (stability(s, groups, np.arange(14), seed) for _ in range(2))
    assert np.array_equal(one.groups, other.groups, equal_nan=True)
    assert np.array_equal(one.uses, other.uses, equal_nan=True)
    alone = np.bincount(groups) == 1
    assert (np.isnan(one.groups) == alone).all()  # one use is always like itself
    assert ((one.groups > 0) & (one.groups <= 1))[~alone].all()
