"""Groups of uses without labels: k-means, how many groups, and how stable they are.

All functions take the cosines of unit vectors. Squared Euclidean distances, to which k-means
refers, follow from them: 2 - 2 cos. docs/notes/senses.md compares methods.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from embcmp.measures.clustering import silhouettes, ward_tree
from embcmp.measures.inference import ratio
from embcmp.measures.labels import Floats, Index

MOST_GROUPS = 8  # that are tried
SUBSAMPLES = 50

_ITERATIONS = 100


class Stability(NamedTuple):
    """How far groups come back when half of the sentences are grouped anew.

    Attributes:
        groups: [k], the mean Jaccard index of each group and the most similar new one; NaN for a
            group of one use, or without a use in any subsample.
        uses: [n], the share of subsamples with a use that place it in that new group; NaN for a
            use that was in no subsample.
    """

    groups: Floats
    uses: Floats


def partitions(similarity: Floats, ks: Iterable[int]) -> list[Index]:
    """Group uses by k-means, which starts at the groups of Ward's (1963) linkage.

    Args:
        similarity: [n, n] cosines without NaN.
        ks: the numbers of groups to make, at most n.

    Returns:
        [n] for each k, the group of each use: 0 is the largest, and of equal ones that of the
        first use. Uses that are equal, or equally far from each other, make fewer groups.
    """
    from scipy.cluster.hierarchy import fcluster

    tree = ward_tree(similarity)
    return [_largest_first(_k_means(similarity, fcluster(tree, k, "maxclust"))) for k in ks]


def _k_means(similarity: Floats, start: Index) -> Index:
    """Move uses to the nearest mean vector until none moves (Lloyd 1982)."""
    groups = np.unique(start, return_inverse=True)[1]
    for _ in range(_ITERATIONS):
        shares = np.eye(groups.max() + 1)[groups]
        shares /= shares.sum(axis=0)
        to_means = similarity @ shares  # products with the mean vectors [n, k]
        squared_lengths = (shares * to_means).sum(axis=0)
        nearest = (2 * to_means - squared_lengths).argmax(axis=1)
        if np.array_equal(nearest, groups) or len(np.unique(nearest)) < shares.shape[1]:
            break
        groups = nearest
    return groups


def _largest_first(groups: Index) -> Index:
    _, first, codes, sizes = np.unique(groups, True, True, True)
    ranks: Index = np.lexsort((first, -sizes)).argsort()
    return ranks[codes]


def suggested(similarity: Floats) -> Index:
    """Group uses into the suggested number of groups, from two to MOST_GROUPS.

    It is the smallest number whose mean silhouette is within a standard error of the largest.

    Args:
        similarity: [n, n] cosines without NaN, of three uses or more.

    Returns:
        [n], the group of each use, as from `partitions`.
    """
    tried = partitions(similarity, range(2, min(MOST_GROUPS, len(similarity) - 1) + 1))
    values = np.array([silhouettes(1 - similarity, groups) for groups in tried])
    means = values.mean(axis=1)
    error = values[means.argmax()].std(ddof=1) / np.sqrt(len(similarity))
    return tried[int((means >= means.max() - error).argmax())]


def suggested_of_known(similarity: Floats, fewest: int = 10) -> Index:
    """[n], the groups that `suggested` makes of the uses that have a vector.

    Args:
        similarity: [n, n] cosines, NaN for uses without a vector.
        fewest: with fewer vectors, or with equal ones alone, there are no groups.

    Returns:
        -1 for a use that is in no group.
    """
    groups = np.full(len(similarity), -1, dtype=np.intp)
    rows = np.flatnonzero(np.isfinite(np.diag(similarity)))
    cosines = similarity[np.ix_(rows, rows)]
    if len(rows) >= fewest and cosines.min() < 1:
        groups[rows] = suggested(cosines)
    return groups


def stability(similarity: Floats, groups: Index, sentences: Index, seed: int) -> Stability:
    """Measure how far groups come back in subsamples of half of the sentences.

    A subsample is grouped anew, into as many groups as its uses came from. Each group is compared
    with the new one of the largest Jaccard index (Hennig 2007, by subsets, without replacement).

    Args:
        similarity: [n, n] cosines without NaN.
        groups: [n], the group of each use, from 0.
        sentences: [n], the number of each use's sentence, two or more; its uses are drawn together.
        seed: seed of the subsamples.
    """
    rng = np.random.default_rng(seed)
    numbers = np.unique(sentences)
    k = int(groups.max()) + 1
    members = groups[:, None] == np.arange(k)  # [n, k]
    jaccards: list[Floats] = []
    together, drawn = np.zeros(len(groups)), np.zeros(len(groups))
    for _ in range(SUBSAMPLES):
        half = rng.choice(numbers, max(2, len(numbers) // 2), replace=False)
        rows = np.flatnonzero(np.isin(sentences, half))
        [regrouped] = partitions(similarity[np.ix_(rows, rows)], [len(np.unique(groups[rows]))])
        old, new = members[rows], regrouped[:, None] == np.arange(regrouped.max() + 1)
        shared = old.T.astype(float) @ new  # [k, new groups]
        sizes = old.sum(axis=0)
        index = shared / (sizes[:, None] + new.sum(axis=0) - shared)
        jaccards.append(np.where(sizes, index.max(axis=1), np.nan))
        drawn[rows] += 1
        together[rows] += index.argmax(axis=1)[groups[rows]] == regrouped
    draws = np.isfinite(jaccards).sum(axis=0).astype(float)
    draws[members.sum(axis=0) < 2] = 0  # one use is always like itself
    return Stability(ratio(np.nansum(jaccards, axis=0), draws), ratio(together, drawn))
