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

    The uses are clustered by average linkage on cosine distance into as many clusters as there
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
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    clusters = average_linkage(uses.similarity, len(uses.senses))
    rand_index = adjusted_rand_score(uses.codes, clusters)
    v_measure = v_measure_score(uses.codes, clusters)
    return Metric(float(rand_index)), Metric(float(v_measure))


def average_linkage(similarity: Floats, k: int) -> Index:
    """[m], the cluster 0..k-1 of each use by average linkage (UPGMA) on 1 - similarity [m, m]."""
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=k, metric="precomputed", linkage="average")
    clusters: Index = model.fit_predict(1 - similarity).astype(np.intp)
    return clusters
