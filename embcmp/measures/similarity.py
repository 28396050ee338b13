"""Cosines between the vectors of occurrences, and their means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Vectors, undefined
from embcmp.types import Metric

DECIMALS = 6  # rounding noise of float32 must not be ranked
BFLOAT16_DECIMALS = 3


def decimals_for(dtype: str) -> int:
    """The decimals that cosines of vectors made in this dtype are rounded to."""
    return BFLOAT16_DECIMALS if dtype == "bfloat16" else DECIMALS


def unit(vectors: Vectors) -> Floats:
    """Scale rows [n, dim] to length 1, in float64; a row of NaN or zeros becomes NaN."""
    x: Floats = vectors.astype(np.float64)
    norm: Floats = np.linalg.norm(x, axis=1, keepdims=True)
    norm[norm == 0] = np.nan
    return x / norm


def cosine_matrix(vectors: Vectors, *, decimals: int = DECIMALS) -> Floats:
    """Cosines of all pairs of rows.

    Args:
        vectors: [n, dim]; rows of NaN are missing, rows of zeros have no direction.
        decimals: cosines are rounded to these; see `decimals_for`.

    Returns:
        float64 [n, n], symmetric, within [-1, 1], rounded, 1 on the diagonal; NaN where either
        row is missing or has no direction.
    """
    x = unit(vectors)
    cosines = np.clip(x @ x.T, -1, 1).round(decimals)
    cosines = np.tril(cosines) + np.tril(cosines, -1).T  # a product may differ in its last bit
    np.fill_diagonal(cosines, np.where(np.isnan(x).any(axis=1), np.nan, 1.0))
    return cosines


def self_similarity(similarity: Floats) -> Metric:
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
        return undefined("fewer than two occurrences with a vector")
    return Metric(float(pairs.mean()))


def baseline(
    vectors: Vectors,
    sentences: NDArray[np.intp],
    words: Sequence[str],
) -> Metric:
    """Mean cosine over pairs of different words in different sentences: B of Ethayarajh (2019).

    What two words have in common by the geometry of the space alone. All pairs take part, by
    sums of unit vectors: (all) - (same word) - (same sentence) + (same word, same sentence).

    Args:
        vectors: [m, dim] of background tokens; missing rows are left out.
        sentences: [m], the sentence of each.
        words: [m], the word of each, case folded by the caller.

    Returns:
        Between -1 and 1; undefined without such a pair.
    """
    x = unit(vectors)
    rows = np.flatnonzero(~np.isnan(x).any(axis=1))
    if not len(rows):
        return undefined("the background has no vectors")
    x, s = x[rows], sentences[rows]
    w = np.unique(np.asarray(words)[rows], return_inverse=True)[1]
    everything = np.zeros_like(w)
    parts = [(1, everything), (-1, w), (-1, s), (1, w * (s.max() + 1) + s)]
    sums, counts = zip(*[_grouped(x, key) for _, key in parts], strict=True)
    signs = [sign for sign, _ in parts]
    count = int(np.dot(signs, counts))
    if not count:
        return undefined("the background has no two words in different sentences")
    return Metric(float(np.clip(np.dot(signs, sums) / count, -1, 1)))


def adjusted_self_similarity(s: Metric, b: Metric) -> Metric:
    """S - B, self-similarity above the baseline, from -2 to 2 (Ethayarajh 2019).

    A diagnostic of geometry: lower is not better.
    """
    if s.value is None or b.value is None:
        return undefined(s.undefined or b.undefined or "")
    return Metric(s.value - b.value)


def relative_self_similarity(s: Metric, b: Metric) -> Metric:
    """(S - B) / (1 - B): at most 1, and 0 where occurrences are as alike as any two words.

    A diagnostic of geometry: lower is not better.
    """
    if s.value is None or b.value is None:
        return undefined(s.undefined or b.undefined or "")
    if b.value == 1:
        return undefined("the baseline is 1: all words have one direction")
    return Metric((s.value - b.value) / (1 - b.value))


def _grouped(x: Floats, key: NDArray[np.intp]) -> tuple[float, int]:
    """Sum of the cosines of all ordered pairs within the groups of `key`, and their number."""
    _, of, sizes = np.unique(key, return_inverse=True, return_counts=True)
    order = np.argsort(of, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sums = np.add.reduceat(x[order], starts, axis=0)
    return float((sums**2).sum()), int((sizes**2).sum())
