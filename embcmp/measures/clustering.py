"""Do the vectors fall into the labelled senses by themselves?"""

from __future__ import annotations

import numpy as np

from embcmp.measures.labels import Floats, Index, Sample, undefined
from embcmp.types import Metric


def silhouette(uses: Sample) -> Metric:
    """Mean silhouette of the senses, with cosine distance 1 - cos (Rousseeuw 1987).

    For a use, a is its mean distance to the others of its sense, b the smallest mean distance to
    another sense: (b - a) / max(a, b), and 0 where it is alone in its sense. From -1 to 1; around
    0 the senses overlap.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    from sklearn.metrics import silhouette_score

    score = silhouette_score(1 - uses.similarity, uses.codes, metric="precomputed")
    return Metric(float(score))


def oracle_k(uses: Sample) -> tuple[Metric, Metric]:
    """`ari_oracle_k` and `v_measure_oracle_k`: clusters at the true number of senses.

    Average-linkage clustering on cosine distance, cut at the number of labelled senses, against
    the labels by the adjusted Rand index (Hubert and Arabie 1985) and the V-measure (Rosenberg
    and Hirschberg 2007). The number of senses is given away: it is an upper bound on what
    sense induction could do. Ties between merges are broken by the order of the uses.

    Returns:
        The index, at most 1 with 0 by chance, and the measure, from 0 to 1.
    """
    reason = uses.undefined
    if not reason and len(np.unique(uses.similarity, axis=0)) < len(uses.senses):
        reason = "fewer different vectors than senses"
    if reason:
        return undefined(reason), undefined(reason)
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    clusters = average_linkage(uses.similarity, len(uses.senses))
    agreed = (score(uses.codes, clusters) for score in (adjusted_rand_score, v_measure_score))
    index, measure = (Metric(float(value)) for value in agreed)
    return index, measure


def average_linkage(similarity: Floats, k: int) -> Index:
    """[m], the clusters 0..k-1 of average linkage on 1 - similarity [m, m] (UPGMA)."""
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=k, metric="precomputed", linkage="average")
    found: Index = model.fit_predict(1 - similarity).astype(np.intp)
    return found
