"""How the vectors of a word's uses fill the space, whatever their senses."""

from __future__ import annotations

import numpy as np

from embcmp.measures.labels import Floats, Vectors, has_vector, undefined
from embcmp.threads import one_thread
from embcmp.types import Metric

MIN_N, MAX_N = 5, 100
SAMPLES = 1000
_BLOCK = 50  # samples computed at once


def mev(vectors: Vectors) -> Metric:
    """Maximum explainable variance (MEV) of Ethayarajh (2019), uncentered.

    sigma_1^2 / sum of sigma_k^2, where sigma_k are the singular values of the [n, dim] matrix of
    vectors without subtracting their mean (the paper's released code runs a PCA, which subtracts
    it). It falls with n: compare it only at the same n, or use `adjusted_mev`.

    Args:
        vectors: [n, dim], rows of NaN are missing.

    Returns:
        A value from 1/n to 1; undefined for fewer than 5 or more than 100 vectors.
    """
    x = vectors[has_vector(vectors)].astype(np.float64)
    if reason := _why_not(x):
        return undefined(reason)
    return Metric(float(_share(x @ x.T)))


@one_thread()
def adjusted_mev(
    vectors: Vectors, background: Vectors, *, seed: int = 0, samples: int = SAMPLES
) -> Metric:
    """MEV minus its mean over random samples of n background tokens (Ethayarajh 2019).

    Args:
        vectors: [n, dim], rows of NaN are missing.
        background: [m, dim], vectors of tokens of other words from the same encoder and layer.
        seed: Seed of the samples, each drawn without replacement.
        samples: Number of samples.

    Returns:
        A value from -1 to 1; undefined where `mev` is, and where the background has fewer than n
        tokens.
    """
    own = mev(vectors)
    if own.value is None:
        return own
    n = int(has_vector(vectors).sum())
    tokens = background[has_vector(background)].astype(np.float64)
    tokens = tokens[tokens.any(axis=1)]
    if len(tokens) < n:
        return undefined(f"the background has {len(tokens)} tokens, fewer than {n}")
    rng = np.random.default_rng(seed)
    chosen = np.stack([rng.choice(len(tokens), n, replace=False) for _ in range(samples)])
    products = tokens @ tokens.T
    shares = [
        _share(products[rows[:, :, None], rows[:, None, :]])
        for rows in (chosen[i : i + _BLOCK] for i in range(0, samples, _BLOCK))
    ]
    return Metric(own.value - float(np.concatenate(shares).mean()))


def _share(products: Floats) -> Floats:
    """[...], the share of the largest squared singular value, from inner products [..., n, n]."""
    squares = np.linalg.eigvalsh(products)
    shares: Floats = squares[..., -1] / squares.sum(axis=-1)
    return shares.clip(0, 1)


def _why_not(x: Floats) -> str | None:
    if len(x) < MIN_N:
        return f"fewer than {MIN_N} vectors"
    if len(x) > MAX_N:
        return f"more than {MAX_N} vectors"
    return None if x.any() else "all vectors are zero"
