"""Whether two encoders arrange the same uses alike; their vectors may differ in width."""

from __future__ import annotations

import numpy as np

from embcmp.measures.labels import Floats, Vectors, has_vector, undefined
from embcmp.measures.ratings import ranks
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

RSA_MIN_N, CKA_MIN_N = 7, 20
PERMUTATIONS = 1000
_ROUNDING = 1e-12  # relative to the squared length of the vectors: a smaller kernel is 0


def rsa(
    a: Floats, b: Floats, *, seed: int = 0, permutations: int = PERMUTATIONS
) -> tuple[Metric, float | None]:
    """Representational similarity analysis (Kriegeskorte et al. 2008).

    Spearman's correlation of the upper triangles of two similarity matrices. Pairs are not
    independent, so p comes from permuting the uses (Mantel 1967): (1 + the number of permutations
    with at least this correlation) / (1 + permutations), for the alternative that the encoders
    agree.

    Args:
        a: [n, n], similarities from one encoder in `canonical_order`, NaN where undefined.
        b: [n, n], similarities of the same uses from the other encoder.
        seed: Seed of the permutations.
        permutations: Number of permutations.

    Returns:
        The correlation, from -1 to 1, and the one-sided p. Both are undefined for fewer than 7
        uses with a vector in both, and where all cosines are equal.
    """
    rows = np.flatnonzero(has_vector(a) & has_vector(b))
    if len(rows) < RSA_MIN_N:
        return undefined(f"fewer than {RSA_MIN_N} occurrences with a vector in both"), None
    ranked = [_ranked(m[np.ix_(rows, rows)]) for m in (a, b)]
    lengths = [float(np.linalg.norm(m)) for m in ranked]
    if 0 in lengths:
        return undefined("all cosines are equal"), None
    x, y = (m / length for m, length in zip(ranked, lengths, strict=True))
    rho = float((x * y).sum())
    rng = np.random.default_rng(seed)
    as_high = 0
    for _ in range(permutations):
        order = rng.permutation(len(rows))
        as_high += float((x * y[order][:, order]).sum()) >= rho - 1e-12
    return Metric(min(1.0, max(-1.0, rho))), (1 + as_high) / (1 + permutations)


@one_thread()
def cka(a: Vectors, b: Vectors) -> Metric:
    """Debiased linear centered kernel alignment (Kornblith et al. 2019; Nguyen et al. 2021).

    HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) with linear kernels K = A A^T, L = B B^T and the
    unbiased HSIC of Song et al. (2012). The plain form nears 1 for independent vectors when there
    are more dimensions than uses; this form is 0 on average.

    Args:
        a: [n, dim], vectors of one encoder; rows of NaN are missing.
        b: [n, other dim], vectors of the same uses from the other encoder.

    Returns:
        A value from -1 to 1; undefined for fewer than 20 uses with a vector in both, and where all
        vectors of an encoder are the same, or equally far apart.
    """
    both = has_vector(a) & has_vector(b)
    if both.sum() < CKA_MIN_N:
        return undefined(f"fewer than {CKA_MIN_N} occurrences with a vector in both")
    kernels = [_centered_kernel(m[both].astype(np.float64)) for m in (a, b)]
    lengths = [float(np.linalg.norm(k)) for k in kernels]
    if 0 in lengths:
        return undefined("all vectors of an encoder are equally far apart")
    x, y = (k / length for k, length in zip(kernels, lengths, strict=True))
    return Metric(float(np.clip((x * y).sum(), -1, 1)))


def _ranked(similarity: Floats) -> Floats:
    """Replace each cosine by its rank among the pairs minus the mean rank; the diagonal is 0."""
    i, j = np.triu_indices(len(similarity), 1)
    ranked = ranks(similarity[i, j])
    centered = np.zeros_like(similarity)
    centered[i, j] = centered[j, i] = ranked - ranked.mean()
    return centered


def _centered_kernel(x: Floats) -> Floats:
    """U-centred linear kernel [n, n]: sum(K * L) of two of these is n(n - 3) times HSIC.

    All zero where nothing but rounding is left.
    """
    n = len(x)
    size = float((x**2).sum())
    x = x - x.mean(axis=0)
    kernel = x @ x.T
    np.fill_diagonal(kernel, 0)
    rows = kernel.sum(axis=1) / (n - 2)
    total = float(kernel.sum()) / ((n - 1) * (n - 2))
    kernel += total - rows[:, None] - rows
    np.fill_diagonal(kernel, 0)
    return kernel * (np.linalg.norm(kernel) > _ROUNDING * size)
