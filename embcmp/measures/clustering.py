"""Clusters of uses, and how well they match the labeled senses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from embcmp.measures.inference import ratio
from embcmp.measures.labels import ONE_SENSE, Flags, Floats, Index, Sample, Senses, undefined
from embcmp.types import Metric

MATCHES = ("ari", "ami", "v_measure", "b_cubed")
_SHUFFLES = 200


class GroupAgreement(NamedTuple):
    """The adjusted mutual information of two groupings: 1 if they are equal, 0 by chance."""

    a: str
    b: str
    ami: float


def silhouette(uses: Sample) -> Metric:
    """Mean silhouette coefficient of the senses, with cosine distance 1 - cos (Rousseeuw 1987).

    With a the mean distance of a use to the other uses of its sense, and b its smallest mean
    distance to the uses of another sense: (b - a) / max(a, b), and 0 for a use without another one
    of its sense. Distances within a sentence are left out, unlike in scikit-learn. The mean over
    the uses is between -1 and 1; near 0 the senses overlap.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    coefficients = silhouettes(1 - uses.similarity, uses.codes, uses.comparable, uses.weights)
    return Metric(float(uses.weights @ coefficients / uses.weights.sum()))


def silhouettes(
    distances: Floats,
    groups: Index,
    comparable: Flags | None = None,
    weights: Floats | None = None,
) -> Floats:
    """[m], the silhouette coefficient of each use (Rousseeuw 1987).

    Args:
        distances: [m, m].
        groups: [m], the group of each use, from 0; no group is empty.
        comparable: [m, m], the pairs of uses that count; all by default.
        weights: [m], how much each use counts in the mean distances; 1 by default.
    """
    m = len(groups)
    comparable = ~np.eye(m, dtype=bool) if comparable is None else comparable
    members = np.eye(groups.max() + 1)[groups]
    if weights is not None:
        members = members * weights[:, None]
    means = ratio((distances * comparable) @ members, comparable @ members)
    within = np.take_along_axis(means, groups[:, None], axis=1)[:, 0]
    others = np.where(np.eye(groups.max() + 1, dtype=bool)[groups], np.nan, means)
    nearest = np.nanmin(np.where(np.isnan(others), np.inf, others), axis=1)
    larger = np.maximum(within, nearest)
    defined = np.isfinite(larger) & (larger > 0)
    coefficients = np.zeros(m)
    coefficients[defined] = (nearest - within)[defined] / larger[defined]
    return coefficients


def oracle_k(uses: Sample) -> tuple[Metric, Metric]:
    """`ari_oracle_k` and `v_measure_oracle_k`: clusters compared with the labels.

    The uses are clustered by Ward's linkage of their unit vectors into as many clusters as there
    are labeled senses. The clusters are compared with the labels by the adjusted Rand index
    (Hubert and Arabie 1985) and the V-measure (Rosenberg and Hirschberg 2007). Since the number
    of senses is given, this is an upper bound on what word sense induction could reach. Ties
    between merges are broken by the order of the uses.

    Returns:
        The adjusted Rand index, at most 1 and 0 by chance, and the V-measure, from 0 to 1.
    """
    reason = uses.undefined
    if not reason and len(np.unique(uses.similarity, axis=0)) < len(uses.senses):
        reason = "fewer different vectors than senses"
    if reason:
        return undefined(reason), undefined(reason)
    table = contingency(uses.codes, ward(uses.similarity, len(uses.senses)))
    return Metric(adjusted_rand_index(table)), Metric(v_measure(table))


def ward(similarity: Floats, k: int) -> Index:
    """[m], the cluster 0..k-1 of each use by Ward's (1963) linkage of unit vectors."""
    from scipy.cluster.hierarchy import cut_tree

    clusters: Index = cut_tree(ward_tree(similarity), k)[:, 0].astype(np.intp)
    return clusters


def ward_tree(similarity: Floats) -> Floats:
    """[m - 1, 4], the merges of Ward's (1963) linkage of unit vectors, as SciPy writes them.

    Their Euclidean distances follow from the cosines [m, m]: the root of 2 - 2 cos.
    """
    from scipy.cluster.hierarchy import linkage

    i, j = np.triu_indices(len(similarity), 1)
    tree: Floats = linkage(np.sqrt(np.clip(2 - 2 * similarity[i, j], 0, None)), "ward")
    return tree


def matches(senses: Senses, codes: Index, seed: int) -> dict[str, Metric]:
    """Measure how well groups match the labels of uses; nothing without labels.

    `chance` is the mean over shuffles of the groups.

    Args:
        senses: the label of each of the n uses, or None.
        codes: [n], the group of each use, from 0.
        seed: seed of the shuffles.
    """
    rows = np.array([i for i, sense in enumerate(senses) if sense is not None], dtype=np.intp)
    if not len(rows):
        return {}
    labels = np.unique([str(senses[i]) for i in rows], return_inverse=True)[1]
    if labels.max() == 0:
        return {name: Metric(None, undefined=ONE_SENSE) for name in MATCHES}
    clusters = codes[rows]
    table = contingency(labels, clusters)
    rng = np.random.default_rng(seed)
    shuffled = [contingency(labels, rng.permutation(clusters)) for _ in range(_SHUFFLES)]

    def by_chance(measure: Callable[[Index], float]) -> float:
        return float(np.mean([measure(t) for t in shuffled]))

    return {
        "ari": Metric(adjusted_rand_index(table), chance=0.0),
        "ami": Metric(adjusted_mutual_information(labels, clusters), chance=0.0),
        "v_measure": Metric(v_measure(table), chance=by_chance(v_measure)),
        "b_cubed": Metric(b_cubed(table), chance=by_chance(b_cubed)),
    }


# scikit-learn has the contingency table, the adjusted Rand index and the V-measure too, and the
# tests compare them with it; importing it takes longer than all that `compare` does with labels.


def contingency(codes: Index, clusters: Index) -> Index:
    """[senses, clusters], the number of uses of each sense in each cluster."""
    table = np.zeros((codes.max() + 1, clusters.max() + 1), dtype=np.intp)
    np.add.at(table, (codes, clusters), 1)
    return table


def adjusted_rand_index(table: Index) -> float:
    """The share of pairs of uses that are together in both or in neither, corrected for chance."""

    def pairs(counts: Index) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together = pairs(table)
    by_sense, by_cluster = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = by_sense * by_cluster / pairs(table.sum(keepdims=True))
    largest = (by_sense + by_cluster) / 2
    return 1.0 if largest == expected else (together - expected) / (largest - expected)


def v_measure(table: Index) -> float:
    """Harmonic mean of homogeneity (clusters have one sense) and completeness."""
    senses, clusters = _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
    shared = senses + clusters - _entropy(table.ravel())  # mutual information
    return 1.0 if senses + clusters == 0 else float(np.clip(2 * shared / (senses + clusters), 0, 1))


def adjusted_mutual_information(codes: Index, clusters: Index) -> float:
    """The information that two groupings share, at most 1 and 0 by chance (Vinh et al. 2010)."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(codes, clusters))


def group_agreements(groups: Mapping[str, Sequence[int | None]]) -> Iterator[GroupAgreement]:
    """Yield how alike every two groupings are that have uses in common.

    Args:
        groups: by the name of a grouping, the group of each of the n uses, or None.
    """
    for (a, first), (b, second) in combinations(groups.items(), 2):
        pairs = [pair for pair in zip(first, second, strict=True) if None not in pair]
        if pairs:
            codes, clusters = np.array(pairs, dtype=np.intp).T
            yield GroupAgreement(a, b, adjusted_mutual_information(codes, clusters))


def b_cubed(table: Index) -> float:
    """The F of the mean precision and the mean recall of the uses (Bagga and Baldwin 1998).

    The precision of a use is the share of its cluster that has its sense; its recall is the share
    of its sense that is in its cluster.
    """
    uses = int(table.sum())
    precision: float = float((table**2 / np.maximum(table.sum(axis=0), 1)).sum()) / uses
    recall = float((table**2 / np.maximum(table.sum(axis=1, keepdims=True), 1)).sum()) / uses
    return float(2 * precision * recall / (precision + recall))


def _entropy(counts: Index) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
