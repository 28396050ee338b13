"""Do the vectors fall into the labelled senses by themselves?"""

from __future__ import annotations

import numpy as np

from embcmp.measures.labels import Floats, Index, Senses, labels, present, undefined
from embcmp.types import Metric


def silhouette(similarity: Floats, senses: Senses) -> Metric:
    """Mean silhouette of the senses, with cosine distance 1 - cos (Rousseeuw 1987).

    For an occurrence, a is its mean distance to the others of its sense, b the smallest mean
    distance to another sense: (b - a) / max(a, b), and 0 where it is alone in its sense.

    Args:
        similarity: [n, n], NaN where undefined.
        senses: [n], None without a label.

    Returns:
        From -1 to 1; around 0 the senses overlap.
    """
    used = labels(senses, present(similarity))
    if used.undefined:
        return undefined(used.undefined)
    distance = 1 - similarity[np.ix_(used.rows, used.rows)]
    members = np.eye(len(used.senses))[used.codes]
    sums = distance @ members
    own = members.astype(bool)
    a = sums[own] / np.maximum(used.counts[used.codes] - 1, 1)
    b = np.where(own, np.inf, sums / used.counts).min(axis=1)
    larger = np.maximum(a, b)
    apart = (used.counts[used.codes] > 1) & (larger > 0)
    scores = np.divide(b - a, larger, out=np.zeros_like(a), where=apart)
    return Metric(float(scores.mean()))


def oracle_k(similarity: Floats, senses: Senses) -> tuple[Metric, Metric]:
    """`ari_oracle_k` and `v_measure_oracle_k`: clusters at the true number of senses.

    Average-linkage clustering on cosine distance, cut at the number of labelled senses, against
    the labels by the adjusted Rand index (Hubert and Arabie 1985) and the V-measure (Rosenberg
    and Hirschberg 2007). The number of senses is given away: it is an upper bound on what
    sense induction could do.

    Args:
        similarity: [n, n], NaN where undefined, rows in `canonical_order` (ties between merges
            are broken by it).
        senses: [n], None without a label.

    Returns:
        The index, at most 1 with 0 by chance, and the measure, from 0 to 1.
    """
    used = labels(senses, present(similarity))
    cosines = similarity[np.ix_(used.rows, used.rows)]
    reason = used.undefined
    if not reason and len(np.unique(cosines, axis=0)) < len(used.senses):
        reason = "fewer different vectors than senses"
    if reason:
        return undefined(reason), undefined(reason)
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    clusters = average_linkage(cosines, len(used.senses))
    agreed = (score(used.codes, clusters) for score in (adjusted_rand_score, v_measure_score))
    index, measure = (Metric(float(value)) for value in agreed)
    return index, measure


def average_linkage(similarity: Floats, k: int) -> Index:
    """[m], the clusters 0..k-1 of average linkage on 1 - similarity [m, m] (UPGMA)."""
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=k, metric="precomputed", linkage="average")
    found: Index = model.fit_predict(1 - similarity).astype(np.intp)
    return found
