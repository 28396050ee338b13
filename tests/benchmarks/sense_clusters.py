"""Methods that group the uses of a word, and criteria for the number of groups."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN, AffinityPropagation, KMeans
from sklearn.metrics import silhouette_samples

from embcmp.measures.clustering import adjusted_rand_index, contingency
from embcmp.measures.sense_groups import suggested
from embcmp.measures.similarity import cosine_matrix

Floats = NDArray[np.float64]
Groups = NDArray[np.intp]
Partition = Callable[[Floats, Sequence[int]], list[Groups]]
KS = range(2, 9)
RARE = 5  # a sense with fewer uses is left out
DIMENSIONS = 10  # of the vectors after PCA
DRAWS = 5  # subsamples of the stability, and references of the gap


def principal(x: Floats, dimensions: int = DIMENSIONS) -> Floats:
    """The uses [n, at most dimensions] on their first principal components."""
    centered = x - x.mean(axis=0)
    left, values, _ = np.linalg.svd(centered, full_matrices=False)
    scores: Floats = (left * values)[:, :dimensions]
    return scores


def centroids(x: Floats, groups: Groups) -> Floats:
    """The mean of each group [groups, dim]."""
    return np.stack([x[groups == g].mean(axis=0) for g in np.unique(groups)])


def hierarchical(linkage_method: str, metric: str) -> Partition:
    """Groups of the uses by a linkage, cut at each k."""

    def cut(x: Floats, ks: Sequence[int]) -> list[Groups]:
        tree = linkage(x, linkage_method, metric)
        return [fcluster(tree, k, "maxclust").astype(np.intp) for k in ks]

    return cut


ward = hierarchical("ward", "euclidean")


def k_means(x: Floats, ks: Sequence[int]) -> list[Groups]:
    """Groups by k-means, which starts at the centroids of Ward's groups."""
    starts = [centroids(x, groups) for groups in ward(x, ks)]
    return [KMeans(len(s), init=s, n_init=1).fit_predict(x).astype(np.intp) for s in starts]


def hdbscan(x: Floats) -> Groups:
    """Groups of five uses or more; a use outside them joins the nearest."""
    groups: Groups = HDBSCAN(min_cluster_size=RARE, copy=True).fit_predict(x)
    inside = groups >= 0
    if not inside.any():
        return np.zeros(len(x), dtype=np.intp)
    distances = ((x[:, None] - centroids(x[inside], groups[inside])) ** 2).sum(axis=2)
    return np.where(inside, groups, distances.argmin(axis=1))


def affinity(x: Floats) -> Groups:
    """Affinity propagation of cosines, with the smallest as the preference: few groups."""
    cosines = x @ x.T
    fitted = AffinityPropagation(
        affinity="precomputed", preference=cosines.min(), damping=0.9, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it does not converge, all are in one group
        groups: Groups = fitted.fit_predict(cosines)
    return groups


def correlation(x: Floats) -> Groups:
    """Correlation clustering: uses join where their cosine is above the mean, by local moves."""
    gains = x @ x.T
    gains -= gains[np.triu_indices(len(x), 1)].mean()
    np.fill_diagonal(gains, 0)
    groups = np.arange(len(x))
    for _ in range(20):
        before = groups.copy()
        for i in range(len(x)):
            groups[i] = np.bincount(groups, gains[i], len(x)).argmax()
        if (groups == before).all():
            break
    return groups


class Method(NamedTuple):
    """A method that takes the number of groups, and what it groups."""

    groups: Partition
    view: Callable[[Floats], Floats] = np.asarray


METHODS = {
    "Ward": Method(ward),
    "average": Method(hierarchical("average", "cosine")),
    "k-means": Method(k_means),
    "Ward, PCA": Method(ward, principal),
    "k-means, PCA": Method(k_means, principal),
}
SHIPPED = "shipped"
OWN_K: dict[str, Callable[[Floats], Groups]] = {
    SHIPPED: lambda x: suggested(cosine_matrix(x)),
    "HDBSCAN": hdbscan,
    "HDBSCAN, PCA": lambda x: hdbscan(principal(x)),
    "affinity": affinity,
    "correlation": correlation,
}


def ari(one: Groups, other: Groups) -> float:
    """The adjusted Rand index; scikit-learn's takes most of the time with so few uses."""
    return adjusted_rand_index(contingency(one, other))


def within(x: Floats, groups: Groups) -> float:
    """The sum of squared distances to the centroids."""
    numbers = np.unique(groups, return_inverse=True)[1]
    return float(((x - centroids(x, groups)[numbers]) ** 2).sum())


def silhouettes(x: Floats, groups: Groups) -> Floats:
    """The silhouette of each use (Rousseeuw 1987), by cosines where the vectors are unit."""
    metric = "cosine" if np.allclose((x**2).sum(axis=1), 1) else "euclidean"
    values: Floats = silhouette_samples(x, groups, metric=metric)
    return values


def by_silhouette(x: Floats, _: Method, parts: Sequence[Groups]) -> int:
    """The k of the largest mean silhouette."""
    return int(np.argmax([silhouettes(x, groups).mean() for groups in parts]))


def by_one_error(x: Floats, _: Method, parts: Sequence[Groups]) -> int:
    """The smallest k whose mean silhouette is within a standard error of the largest."""
    values = np.array([silhouettes(x, groups) for groups in parts])
    means = values.mean(axis=1)
    error = values[means.argmax()].std(ddof=1) / np.sqrt(len(x))
    return int((means >= means.max() - error).argmax())


def by_gap(x: Floats, method: Method, parts: Sequence[Groups]) -> int:
    """The first k whose gap is not exceeded by more than an error (Tibshirani et al. 2001).

    The references are uniform in the box of the principal components.
    """
    mean = x.mean(axis=0)
    left, values, axes = np.linalg.svd(x - mean, full_matrices=False)
    scores, rng = left * values, np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        made = mean + rng.uniform(scores.min(axis=0), scores.max(axis=0), scores.shape) @ axes
        drawn.append([np.log(within(made, g)) for g in method.groups(made, KS)])
    references = np.array(drawn)
    gaps = references.mean(axis=0) - [np.log(within(x, groups)) for groups in parts]
    errors = references.std(axis=0) * np.sqrt(1 + 1 / DRAWS)
    enough = gaps[:-1] >= gaps[1:] - errors[1:]
    return int(enough.argmax()) if enough.any() else len(KS) - 1


def by_stability(x: Floats, method: Method, parts: Sequence[Groups]) -> int:
    """The k whose groups are most alike (ARI) in subsamples of four fifths of the uses."""
    rng, values = np.random.default_rng(0), []
    for _ in range(DRAWS):
        rows = rng.choice(len(x), max(4 * len(x) // 5, max(KS) + 1), replace=False)
        regrouped = method.groups(x[rows], KS)
        values.append([ari(p[rows], a) for p, a in zip(parts, regrouped, strict=True)])
    return int(np.mean(values, axis=0).argmax())


def by_bic(x: Floats, _: Method, parts: Sequence[Groups]) -> int:
    """The k of the best BIC of spherical Gaussians with one variance (Pelleg and Moore 2000)."""
    n, scores = len(x), []
    dim = np.linalg.matrix_rank(x - x.mean(axis=0))
    for groups in parts:
        sizes = np.unique(groups, return_counts=True)[1]
        deviance = n * dim * np.log(within(x, groups) / (n * dim)) - 2 * sizes @ np.log(sizes / n)
        scores.append(deviance + len(sizes) * (dim + 1) * np.log(n))
    return int(np.argmin(scores))


CRITERIA = {
    "silhouette": by_silhouette,
    "silhouette - 1 error": by_one_error,
    "gap": by_gap,
    "stability": by_stability,
    "BIC": by_bic,
    "always 2": lambda *_: 0,
}
