"""Cosines between the vectors of occurrences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Metric

DECIMALS = 6  # rounding noise of float32 must not be ranked


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scale rows [n, dim] to length 1, in float64; a row of NaN or zeros becomes NaN."""
    x: NDArray[np.float64] = vectors.astype(np.float64)
    norm: NDArray[np.float64] = np.linalg.norm(x, axis=1, keepdims=True)
    norm[norm == 0] = np.nan
    return x / norm


def cosine_matrix(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosines of all pairs of rows.

    Args:
        vectors: [n, dim]; rows of NaN are missing, rows of zeros have no direction.

    Returns:
        float64 [n, n], symmetric, within [-1, 1], rounded to 6 decimals, 1 on the diagonal; NaN
        where either row is missing or has no direction.
    """
    x = unit(vectors)
    cosines = np.clip(x @ x.T, -1, 1).round(DECIMALS)
    cosines = np.tril(cosines) + np.tril(cosines, -1).T  # a product may differ in its last bit
    np.fill_diagonal(cosines, np.where(np.isnan(x[:, 0]), np.nan, 1.0))
    return cosines


def self_similarity(similarity: NDArray[np.float64]) -> Metric:
    """Mean cosine over pairs of occurrences, SelfSim of Ethayarajh (2019).

    1 / (n (n - 1) / 2) * sum over i < j of cos(x_i, x_j), over the occurrences that have a vector.

    Args:
        similarity: [n, n], as `cosine_matrix` gives it.

    Returns:
        Between -1 and 1; undefined for fewer than two vectors.
    """
    pairs = similarity[np.triu_indices(len(similarity), 1)]
    pairs = pairs[~np.isnan(pairs)]
    if not len(pairs):
        return Metric(None, undefined="fewer than two occurrences with a vector")
    return Metric(float(pairs.mean()))
