"""AUC of the senses of one word from its vectors, for as many rows as there may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.measures import separation
from embcmp.measures.labels import Floats, labels, present, undefined
from embcmp.measures.similarity import DECIMALS, cosine_matrix, unit
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

LARGEST_MATRIX = 1024  # rows; above it, no matrix of all cosines is made
_BLOCK = 128  # rows of cosines at once


@one_thread
def auc(
    vectors: NDArray[np.float32] | Floats,
    senses: Sequence[str | None],
    *,
    decimals: int = DECIMALS,
) -> Metric:
    """`separation.auc` of the cosines of some vectors.

    Cosines are rounded, to 6 decimals if not fewer, so there are at most 2,000,001 of them: with
    many rows they are counted instead of kept, which gives the same number in memory that does
    not grow.

    Args:
        vectors: [n, dim], rows of NaN missing.
        senses: [n], None without a label.
        decimals: that cosines are rounded to; see `similarity.decimals_for`.
    """
    if len(vectors) <= LARGEST_MATRIX:
        return separation.auc(cosine_matrix(vectors, decimals=decimals), senses)
    x = unit(vectors)
    used = labels(senses, present(x))
    if used.undefined:
        return undefined(used.undefined)
    return Metric(_by_counts(x[used.rows], used.codes, decimals))


def _by_counts(x: Floats, codes: NDArray[np.intp], decimals: int) -> float:
    scale = 10**decimals
    counts = np.zeros((2, 2 * scale + 1))
    for start in range(0, len(x), _BLOCK):
        block = x[start : start + _BLOCK]
        cosines = np.rint(np.clip(block @ x.T, -1, 1) * scale).astype(np.intp) + scale
        later = np.arange(len(x)) > start + np.arange(len(block))[:, None]
        same = codes[start : start + _BLOCK, None] == codes
        for row, wanted in enumerate((same & later, ~same & later)):
            counts[row] += np.bincount(cosines[wanted], minlength=counts.shape[1])
    own, other = counts
    wins = (own * (other.cumsum() - other / 2)).sum()
    return float(wins / (own.sum() * other.sum()))
