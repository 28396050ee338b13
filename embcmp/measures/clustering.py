"""Clusters of uses, and how well they match the labeled senses."""

from __future__ import annotations

import numpy as np

from embcmp.measures.inference import ratio
from embcmp.measures.labels import Floats, Index, Sample, undefined
from embcmp.types import Metric


def silhouette(uses: Sample) -> Metric:
    """Mean silhouette coefficient of the senses, with cosine distance 1 - cos (Rousseeuw 1987).

    With a the mean distance of a use to the other uses of its sense, and b its smallest mean
    distance to the uses of another sense: (b - a) / max(a, b), and 0 for a use without another one
    of its sense. Distances within a sentence are left out, unlike in scikit-learn. The mean over
    the uses is between -1 and 1; near 0 the senses overlap.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    members = np.eye(len(uses.senses))[uses.codes] * uses.weights[:, None]
    distances = ratio(
        ((1 - uses.similarity) * uses.comparable) @ members, uses.comparable @ members
    )
    own = np.take_along_axis(distances, uses.codes[:, None], axis=1)[:, 0]
    others = np.where(np.eye(len(uses.senses), dtype=bool)[uses.codes], np.nan, distances)
    nearest = np.nanmin(np.where(np.isnan(others), np.inf, others), axis=1)
    larger = np.maximum(own, nearest)
    defined = np.isfinite(larger) & (larger > 0)
    coefficients = np.divide(nearest - own, larger, out=np.zeros_like(own), where=defined)
    return Metric(float(uses.weights @ coefficients / uses.weights.sum()))


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
    """[m], the cluster 0..k-1 of each use by Ward's (1963) linkage of unit vectors.

    Their Euclidean distances follow from the cosines [m, m]: the root of 2 - 2 cos.
    """
    from scipy.cluster.hierarchy import cut_tree, linkage

    i, j = np.triu_indices(len(similarity), 1)
    distances = np.sqrt(np.clip(2 - 2 * similarity[i, j], 0, None))
    clusters: Index = cut_tree(linkage(distances, "ward"), k)[:, 0].astype(np.intp)
    return clusters


# scikit-learn has these two, and the tests compare them with it; but importing it takes longer than
# everything else that `compare` does with labels.


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


def _entropy(counts: Index) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
