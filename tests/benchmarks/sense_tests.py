"""Tests of one sense against two for the vectors of a word's uses.

Every test takes unit vectors [n, dim] and gives a score, the larger the more evidence for two
senses, and a nominal p. The null is one Gaussian, for the dip a uniform distribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tests.benchmarks.sense_clusters import ari, principal

Floats = NDArray[np.float64]
DRAWS = 100  # from a null
STARTS = 6  # of k-means
SPLITS = 10  # into halves for the dip


def centered_gram(x: Floats) -> Floats:
    """The scalar products [..., n, n] of vectors [..., n, dim] around their mean."""
    x = x - x.mean(axis=-2, keepdims=True)
    return x @ np.swapaxes(x, -1, -2)


def two_groups(gram: Floats) -> tuple[Floats, Floats]:
    """The best of two-means from several starts, for each of a batch of samples.

    Args:
        gram: scalar products [batch, n, n] of centered vectors.

    Returns:
        1 for the uses of one group and 0 for the others [batch, n], and the share of the sum of
        squares that lies between the groups [batch]: 1 - the cluster index of SigClust.
    """
    n = gram.shape[1]
    side = np.random.default_rng(0).standard_normal((n, STARTS))
    for _ in range(3):  # towards the directions in which the uses vary most
        side = gram @ side
    side = (side > 0).astype(gram.dtype)
    for _ in range(12):
        sums, ones = gram @ side, np.clip(side.sum(axis=1, keepdims=True), 1, n - 1)
        norm, others = (side * sums).sum(axis=1, keepdims=True), n - ones
        nearer = 2 * sums * (1 / ones + 1 / others) > norm / ones**2 - norm / others**2
        side = nearer.astype(gram.dtype)
    ones = np.clip(side.sum(axis=1), 1, n - 1)
    between = (side * (gram @ side)).sum(axis=1) * (1 / ones + 1 / (n - ones))
    best = between.argmax(axis=1)
    share = between.max(axis=1) / np.trace(gram, axis1=1, axis2=2)
    return np.take_along_axis(side, best[:, None, None], axis=2)[..., 0], share


def silhouette(gram: Floats, side: Floats) -> Floats:
    """The mean silhouette [batch] of two groups, by squared distances (Rousseeuw 1987)."""
    squares = np.einsum("bii->bi", gram)
    distances = squares[:, :, None] + squares[:, None] - 2 * gram
    members = np.stack([1 - side, side], axis=2)
    sums, sizes = distances @ members, members.sum(axis=1, keepdims=True)
    inside = (sums * members / np.clip(sizes - 1, 1, None)).sum(axis=2)
    other = (sums * (1 - members) / np.clip(sizes, 1, None)).sum(axis=2)
    coefficients: Floats = (other - inside) / np.maximum(np.maximum(inside, other), 1e-12)
    return coefficients.mean(axis=1)


def soft_threshold(eigenvalues: Floats, noise: float) -> Floats:
    """Eigenvalues of at least the noise, with the sum as before (Huang et al. 2015)."""
    low, high = 0.0, float(eigenvalues.max())
    for _ in range(50):
        middle = (low + high) / 2
        more = np.maximum(eigenvalues - middle, noise).sum() > eigenvalues.sum()
        low, high = (middle, high) if more else (low, middle)
    return np.maximum(eigenvalues - high, noise)


def against(value: float, null: Floats) -> tuple[float, float]:
    """The z score of a statistic in draws from its null, and p by the normal, as SigClust's."""
    z = (value - float(null.mean())) / max(float(null.std(ddof=1)), 1e-12)
    return z, float(ndtr(-z))


def gaussian(n: int, variances: Floats) -> Floats:
    """Scalar products [DRAWS, n, n] of samples of a Gaussian with these variances."""
    drawn = np.random.default_rng(1).standard_normal((DRAWS, n, len(variances)), np.float32)
    return centered_gram(drawn * np.sqrt(variances, dtype=np.float32))


def sigclust(x: Floats) -> tuple[float, float]:
    """The cluster index in all dimensions (Liu et al. 2008, Huang et al. 2015)."""
    centered = x - x.mean(axis=0)
    eigenvalues = np.zeros(x.shape[1])
    values = np.linalg.svd(centered, compute_uv=False) ** 2 / (len(x) - 1)
    eigenvalues[: len(values)] = values[: x.shape[1]]
    deviation = np.median(np.abs(centered - np.median(centered))) / 0.6745
    null = gaussian(len(x), soft_threshold(eigenvalues, float(deviation**2)))
    return against(float(two_groups(centered_gram(x)[None])[1][0]), two_groups(null)[1])


def after_pca(x: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """The cluster index and the silhouette in a third as many dimensions as uses, at most ten."""
    scores = principal(x, min(10, len(x) // 3))
    gram, null = centered_gram(scores)[None], gaussian(len(x), scores.var(axis=0, ddof=1))
    (side, share), (null_side, null_share) = two_groups(gram), two_groups(null)
    value = float(silhouette(gram, side)[0])
    return against(float(share[0]), null_share), against(value, silhouette(null, null_side))


def dips(x: Floats) -> Floats:
    """Hartigan's dip [batch] of samples [batch, m]: how far from any unimodal distribution."""
    x = np.sort(x, axis=1)
    m = x.shape[1]

    def convex(x: Floats) -> Floats:
        """How far the steps up to each value are from a convex function [batch, m]."""
        i, j, k = np.ogrid[:m, :m, :m]
        run = np.where(k > j, x[:, None, None, :] - x[:, None, :, None], 1)
        slope = (k - j) / np.maximum(run, 1e-12)
        chord = j + slope * (x[:, :, None, None] - x[:, None, :, None])
        above = np.where((j <= i) & (i <= k), (i + 1 - chord) / m, 0)
        return np.maximum.accumulate(above.max(axis=(1, 2)), axis=1)

    right = convex(-x[:, ::-1])[:, ::-1]
    nearest: Floats = np.maximum(convex(x), right).min(axis=1)
    return nearest / 2


@cache
def uniform_dips(m: int) -> Floats:
    """The dips of samples of m uniform numbers, sorted."""
    rng = np.random.default_rng(2)
    return np.sort(np.concatenate([dips(rng.uniform(size=(50, m))) for _ in range(20)]))


def dip(x: Floats) -> tuple[float, float]:
    """The dip of half the uses on the line between the groups of the other half.

    Twice the mean p over the splits is a valid p (Rueschendorf 1982).
    """
    n, gram = len(x), centered_gram(x)
    if n < 20:
        return np.nan, np.nan
    rng = np.random.default_rng(3)
    orders = [rng.permutation(n) for _ in range(SPLITS)]
    halves = [(o[: n // 2], o[n // 2 :]) for o in orders] + [
        (o[n // 2 :], o[: n // 2]) for o in orders
    ]
    inside = np.stack([x[a] for a, _ in halves])
    side, _ = two_groups(centered_gram(inside))
    ones = side.sum(axis=1, keepdims=True)
    weights = side / np.maximum(ones, 1) - (1 - side) / np.maximum(n // 2 - ones, 1)
    lines = [gram[np.ix_(b, a)] @ w for (a, b), w in zip(halves, weights, strict=True)]
    null = uniform_dips(n - n // 2)
    p = 1 - np.searchsorted(null, dips(np.stack(lines)), "left") / (len(null) + 1)
    return -float(p.mean()), min(1.0, 2 * float(p.mean()))


def agreement(vectors: Mapping[str, Floats]) -> float:
    """The mean adjusted Rand index of the encoders' two groups."""
    sides = [two_groups(centered_gram(x)[None])[0][0].astype(np.intp) for x in vectors.values()]
    return float(np.mean([ari(one, other) for one, other in combinations(sides, 2)]))
