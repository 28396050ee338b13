"""Parts of the scores of pairs: the threshold, the AUC of each group of words."""

from __future__ import annotations

import numpy as np

from embcmp.measures import ratings
from embcmp.measures.labels import Flags, Floats, Index


def threshold(scores: Floats, same: Flags) -> float:
    """The threshold that answers most training rows right: T from it upwards.

    Args:
        scores: [n] cosines of training rows, without NaN, at least one.
        same: [n], which are T.

    Returns:
        The lowest of the best ones among the midpoints between neighboring scores.
    """
    values = np.unique(scores)
    if len(values) == 1:
        return float(values[0])
    middles = (values[1:] + values[:-1]) / 2
    accepted = np.sort(scores[same])
    refused = np.sort(scores[~same])
    right = len(accepted) - np.searchsorted(accepted, middles) + np.searchsorted(refused, middles)
    return float(middles[right.argmax()])


def renumbered(groups: Index) -> Index:
    """Number the groups that are left from 0, in their order."""
    return np.unique(groups, return_inverse=True)[1]


def auc_by_group(x: Floats, same: Flags, groups: Index) -> list[float | None]:
    """The AUC of each group, None where it has rows of one kind only."""
    found: list[float | None] = []
    for group in range(groups.max(initial=-1) + 1):
        own = groups == group
        value = ratings.auc(x[own], same[own], np.ones((1, int(own.sum()))))[0]
        found.append(None if np.isnan(value) else float(value))
    return found


def standardized_ranks(values: Floats) -> Floats:
    """Ranks with mean 0 and square sum 1."""
    ranks = ratings.ranks(values)
    centered: Floats = ranks - ranks.mean()
    return centered / float(np.linalg.norm(centered))
