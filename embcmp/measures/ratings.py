"""Correlation of scores with ratings, and AUC of scores with labels, for weighted rows.

All functions take many weightings at once, here called draws. The jackknife gives the rows of a
group that is left out a weight of 0; with weights of 1 these are the plain measures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.inference import ratio
from embcmp.measures.labels import Floats

_NO_VARIANCE = 1e-12  # a smaller relative variance is rounding noise


def pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's product-moment correlation.

    Args:
        x: [n], or [draws, n] if the values differ between draws.
        y: [n] or [draws, n], as for x.
        weights: [draws, n], the weight of each row.

    Returns:
        [draws], from -1 to 1; NaN where x or y does not vary.
    """
    total = weights.sum(axis=1)
    dx, dy = (v - ratio((weights * v).sum(axis=1), total)[:, None] for v in (x, y))
    xx, yy, xy = ((weights * v).sum(axis=1) for v in (dx * dx, dy * dy, dx * dy))
    varies = (xx > _NO_VARIANCE * total * np.abs(x).max(initial=1) ** 2) & (
        yy > _NO_VARIANCE * total
    )
    return ratio(xy, np.where(varies, np.sqrt(xx * yy), 0)).clip(-1, 1)


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's rank correlation: Pearson's correlation of the ranks, with mean ranks for ties.

    Args:
        x: [n], scores.
        y: [n], ratings.
        weights: [draws, n], the weight of each row.

    Returns:
        [draws], from -1 to 1; NaN where x or y does not vary.
    """
    return pearson(weighted_ranks(x, weights), weighted_ranks(y, weights), weights)


def ranks(x: Floats) -> Floats:
    """[n], the ranks 1..n of values; tied values get the mean of their ranks."""
    [unweighted] = weighted_ranks(x, np.ones((1, len(x))))
    return np.asarray(unweighted)


def weighted_ranks(x: Floats, weights: Floats) -> Floats:
    """[draws, n], the rank of each row if every row is repeated as often as its weight says."""
    _, inverse = np.unique(x, return_inverse=True)
    tied = _sums_by_value(inverse, weights)
    return (tied.cumsum(axis=1) - (tied - 1) / 2)[:, inverse]


def auc(scores: Floats, positive: NDArray[np.bool_], weights: Floats) -> Floats:
    """P(score of a positive row > score of a negative one), ties one half.

    Args:
        scores: [n], scores of the rows.
        positive: [n], which rows are positive.
        weights: [draws, n], the weight of each row.

    Returns:
        [draws], from 0 to 1; NaN where rows of one kind have no weight.
    """
    _, inverse = np.unique(scores, return_inverse=True)
    own = _sums_by_value(inverse, weights * positive)
    other = _sums_by_value(inverse, weights * ~positive)
    wins = (own * (other.cumsum(axis=1) - other / 2)).sum(axis=1)
    return ratio(wins, own.sum(axis=1) * other.sum(axis=1))


def _sums_by_value(inverse: NDArray[np.intp], weights: Floats) -> Floats:
    """[draws, values], the sums of the weights [draws, n] of rows that have the same value."""
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(inverse.max(initial=-1) + 1))
    sums: Floats = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums
