"""Whether two encoders arrange the same uses alike; their vectors may differ in width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embcmp.measures.delete_one import kept
from embcmp.measures.labels import Floats, Index, Sample, Vectors, has_vector, samples, undefined
from embcmp.measures.ratings import ranks
from embcmp.measures.use_groups import Grouping
from embcmp.threads import one_thread
from embcmp.types import Metric

RSA_MIN_N, CKA_MIN_N = 7, 20
PERMUTATIONS, ENOUGH = 999, 20
RSA_SAMPLE = 200
_ROUNDING = 1e-12  # relative to the squared length of the vectors: a smaller kernel is 0


@one_thread()
def rsa(a: Floats, b: Floats, uses: Grouping, *, seed: int = 0) -> tuple[Metric, float | None]:
    """Representational similarity analysis within the senses (Kriegeskorte et al. 2008).

    Spearman's correlation of the cosines of two encoders: of ranks within each block of pairs (the
    pairs of one sense, or of two given senses), minus their mean. Two encoders that merely see the
    same senses do not agree by that. Pairs within a sentence are left out. Pairs are not
    independent, so p comes from permuting the uses within their senses (Mantel 1967), for the
    alternative that the encoders agree: with 20 permutations that reach this correlation, 20 / the
    number of permutations made (Besag and Clifford 1991), or after 999 permutations (1 + the number
    that reach it) / 1000. Of more than 200 uses, p is of a random sample of 200.

    Args:
        a: [n, n], similarities from one encoder in `canonical_order`, NaN where undefined.
        b: [n, n], similarities of the same uses from the other encoder.
        uses: How the n uses are grouped. Without any label, all pairs are one block.
        seed: Seed of the permutations and of the sample.

    Returns:
        The correlation, from -1 to 1, and the one-sided p. Both are undefined for fewer than 7
        uses with a vector in both, and where all cosines of a block are equal.
    """
    if not any(uses.senses):
        uses = uses.unlabeled
    both = samples((a, b), uses)
    if len(both[0].rows) < RSA_MIN_N:
        return undefined(f"fewer than {RSA_MIN_N} uses with a vector in both"), None
    ranked = _ranked_pairs(both)
    if ranked is None:
        return undefined("all cosines are equal"), None
    rho = float((ranked[0] * ranked[1]).sum())
    rng = np.random.default_rng(seed)
    if len(both[0].rows) > RSA_SAMPLE:
        chosen = np.sort(rng.choice(len(both[0].rows), RSA_SAMPLE, replace=False))
        both = [one.only(chosen) for one in both]
        ranked = _ranked_pairs(both)
    if ranked is None:
        return Metric(min(1.0, max(-1.0, rho))), None
    p = _permuted(ranked[0], ranked[1], both[0].codes, rng)
    return Metric(min(1.0, max(-1.0, rho))), p


def _ranked_pairs(both: Sequence[Sample]) -> list[Floats] | None:
    """The ranks [m, m] of the pairs within blocks, minus their mean, scaled to length 1."""
    ranked = [_ranked(one) for one in both]
    lengths = [float(np.linalg.norm(x)) for x in ranked]
    return None if 0 in lengths else [x / n for x, n in zip(ranked, lengths, strict=True)]


def _permuted(x: Floats, y: Floats, codes: Index, rng: np.random.Generator) -> float:
    observed = float((x * y).sum()) - 1e-12
    senses = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    reached = 0
    for made in range(1, PERMUTATIONS + 1):
        order = np.empty(len(codes), dtype=np.intp)
        for members in senses:
            order[members] = rng.permutation(members)
        reached += float((x * y[np.ix_(order, order)]).sum()) >= observed
        if reached == ENOUGH:
            return reached / made
    return (1 + reached) / (1 + PERMUTATIONS)


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
        return undefined(f"fewer than {CKA_MIN_N} uses with a vector in both")
    kernels = [_centered_kernel(m[both].astype(np.float64)) for m in (a, b)]
    lengths = [float(np.linalg.norm(k)) for k in kernels]
    if 0 in lengths:
        return undefined("all vectors of an encoder are equally far apart")
    x, y = (k / length for k, length in zip(kernels, lengths, strict=True))
    return Metric(float(np.clip((x * y).sum(), -1, 1)))


@kept(4)
def _ranked(uses: Sample) -> Floats:
    """Replace each cosine by its rank within its block, minus the mean rank; 0 for no pair."""
    i, j = np.nonzero(np.triu(uses.comparable, 1))
    cosines, k = uses.similarity[i, j], len(uses.senses)
    first, second = (
        np.minimum(uses.codes[i], uses.codes[j]),
        np.maximum(uses.codes[i], uses.codes[j]),
    )
    block = first * k + second
    centered = np.zeros_like(uses.similarity)
    for number in np.unique(block):
        inside = block == number
        ranked = ranks(cosines[inside])
        centered[i[inside], j[inside]] = ranked - ranked.mean()
    return centered + centered.T


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
