"""Cosines between the vectors of uses, and their means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Vectors, sample, undefined
from embcmp.measures.use_groups import Grouping
from embcmp.types import Metric

_ROUNDING = 1e-12  # a smaller difference from 1 is rounding
DECIMALS = 6  # finer differences are rounding noise of float32, and must not be ranked
BFLOAT16_DECIMALS = 3


def decimals_for(dtype: str) -> int:
    """The number of decimals that cosines of vectors computed in this dtype are rounded to."""
    return BFLOAT16_DECIMALS if dtype == "bfloat16" else DECIMALS


def unit(vectors: Vectors) -> Floats:
    """Scale rows [n, dim] to length 1 in float64; rows of NaN or zeros become NaN."""
    x: Floats = vectors.astype(np.float64)
    norm: Floats = np.linalg.norm(x, axis=1, keepdims=True)
    norm[norm == 0] = np.nan
    return x / norm


def cosine_matrix(vectors: Vectors, *, decimals: int = DECIMALS) -> Floats:
    """Cosine similarities of all pairs of rows.

    Args:
        vectors: [n, dim]; rows of NaN are missing, rows of zeros have no direction.
        decimals: Decimals that cosines are rounded to; see `decimals_for`.

    Returns:
        float64 [n, n], symmetric, within [-1, 1], rounded, 1 on the diagonal; NaN where either
        row is missing or has no direction.
    """
    x = unit(vectors)
    cosines = np.clip(x @ x.T, -1, 1).round(decimals)
    cosines = np.tril(cosines) + np.tril(cosines, -1).T  # a product may differ in its last bit
    np.fill_diagonal(cosines, np.where(np.isnan(x).any(axis=1), np.nan, 1.0))
    return cosines


def self_similarity(similarity: Floats, uses: Grouping | None = None) -> Metric:
    """Mean cosine over pairs of uses of a word: SelfSim of Ethayarajh (2019).

    1 / (n (n - 1) / 2) * sum over i < j of cos(x_i, x_j), over the n uses that have a vector.

    Args:
        similarity: [n, n], from `cosine_matrix`.
        uses: How the uses are grouped: pairs within a sentence are left out, and copies count as
            one use. Without it every use is a sentence of its own.

    Returns:
        A value between -1 and 1; undefined for fewer than two vectors.
    """
    grouping = uses or Grouping.separate([None] * len(similarity))
    chosen = sample(similarity, grouping.unlabeled)
    if len(chosen.rows) < 2:
        return undefined("fewer than two uses with a vector")
    if not chosen.sentences.any():
        return undefined("all uses with a vector are in one sentence")
    pairs = chosen.comparable * np.outer(chosen.weights, chosen.weights)
    return Metric(float((pairs * chosen.similarity).sum() / pairs.sum()))


def baseline(
    vectors: Vectors,
    sentences: NDArray[np.intp],
    words: Sequence[str],
) -> Metric:
    """Mean cosine over pairs of different words in different sentences: B of Ethayarajh (2019).

    It shows how similar any two words are because of the geometry of the space. All pairs are
    used, by sums of unit vectors: (all) - (same word) - (same sentence) + (same word and
    sentence).

    Args:
        vectors: [m, dim], vectors of background tokens; missing rows are left out.
        sentences: [m], the number of the sentence of each token.
        words: [m], the word of each token, with its case folded by the caller.

    Returns:
        A value between -1 and 1; undefined if there is no such pair.
    """
    x = unit(vectors)
    rows = np.flatnonzero(~np.isnan(x).any(axis=1))
    if not len(rows):
        return undefined("the background has no vectors")
    x, s = x[rows], sentences[rows]
    w = np.unique(np.asarray(words)[rows], return_inverse=True)[1]
    one_group = np.zeros_like(w)
    parts = [(1, one_group), (-1, w), (-1, s), (1, w * (s.max() + 1) + s)]
    sums, counts = zip(*[_cosine_sum_within(x, key) for _, key in parts], strict=True)
    signs = [sign for sign, _ in parts]
    count = int(np.dot(signs, counts))
    if not count:
        return undefined("the background has no two words in different sentences")
    return Metric(float(np.clip(np.dot(signs, sums) / count, -1, 1)))


def adjusted_self_similarity(s: Metric, b: Metric) -> Metric:
    """Self-similarity minus the baseline, S - B, from -2 to 2 (Ethayarajh 2019).

    It describes the geometry of the space: lower is not better.
    """
    if s.value is None or b.value is None:
        return undefined(s.undefined or b.undefined or "")
    return Metric(s.value - b.value)


def relative_self_similarity(s: Metric, b: Metric) -> Metric:
    """(S - B) / (1 - B), at most 1; it is 0 if the uses are as similar as any two words.

    It describes the geometry of the space: lower is not better.
    """
    if s.value is None or b.value is None:
        return undefined(s.undefined or b.undefined or "")
    if 1 - b.value < _ROUNDING:
        return undefined("the baseline is 1: all words have one direction")
    return Metric((s.value - b.value) / (1 - b.value))


def _cosine_sum_within(x: Floats, key: NDArray[np.intp]) -> tuple[float, int]:
    """Sum of the cosines of all ordered pairs within the groups of `key`, and how many."""
    _, groups, sizes = np.unique(key, return_inverse=True, return_counts=True)
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sums = np.add.reduceat(x[order], starts, axis=0)
    return float((sums**2).sum()), int((sizes**2).sum())
