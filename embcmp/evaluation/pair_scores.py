"""Numbers that the scores of pairs are computed from."""

from __future__ import annotations

import numpy as np

from embcmp.measures import ratings
from embcmp.measures.labels import Flags, Floats, Index


def threshold(scores: Floats, same: Flags) -> float:
    """The threshold that answers most training pairs right, where T is the answer from it upwards.

    Args:
        scores: [n] cosines of training pairs, at least one, without NaN.
        same: [n], whether the gold answer is T.

    Returns:
        The lowest of the best midpoints between neighboring scores.
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
    """Number groups from 0 without gaps, in their order."""
    return np.unique(groups, return_inverse=True)[1]


def one_scale(values: Floats, rows: Index) -> Floats:
    """[n]: values with mean 0 and deviation 1 over some rows, but for NaN, unless all are equal."""
    known = values[rows][~np.isnan(values[rows])]
    return (values - known.mean()) / (known.std() or 1.0) if len(known) else values


def auc_by_group(x: Floats, same: Flags, groups: Index) -> list[float | None]:
    """The AUC within each group; None where a group has only positive or only negative rows."""
    values: list[float | None] = []
    for group in range(groups.max(initial=-1) + 1):
        rows = groups == group
        value = ratings.auc(x[rows], same[rows], np.ones((1, int(rows.sum()))))[0]
        values.append(None if np.isnan(value) else float(value))
    return values


def standardized_ranks(values: Floats) -> Floats:
    """[n]: the ranks of values, scaled to mean 0 and a sum of squares of 1."""
    ranks = ratings.ranks(values)
    centered: Floats = ranks - ranks.mean()
    return centered / float(np.linalg.norm(centered))
