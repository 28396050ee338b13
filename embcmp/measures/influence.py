"""What each pair of occurrences adds to an AUC, and what of it belongs to the pair alone."""

from __future__ import annotations

import numpy as np

from embcmp.measures.labels import Floats, Index, Units
from embcmp.measures.separation import twice_below


def auc_influence(similarity: Floats, codes: Index) -> Floats:
    """Derivative of `auc` by the weight of each pair.

    Of a same-sense pair (share of the different-sense pairs below it - AUC) / number of same-sense
    pairs, of a different-sense pair (share of the same-sense pairs above it - AUC) / number of
    different-sense pairs, ties one half. These shares are the placement values of DeLong, DeLong
    and Clarke-Pearson (1988).

    Args:
        similarity: [m, m] without NaN.
        codes: [m], sense codes; there are pairs of both kinds.

    Returns:
        [m, m], symmetric, 0 on the diagonal; the sum over same-sense pairs is 0, and so is the
        sum over different-sense pairs.
    """
    i, j = np.triu_indices(len(codes), 1)
    cosines, alike = similarity[i, j], codes[i] == codes[j]
    same, other = cosines[alike], cosines[~alike]
    beaten = twice_below(other, same) / (2 * len(other))
    above = 1 - twice_below(same, other) / (2 * len(same))
    influence = np.empty(len(cosines))
    influence[alike] = (beaten - beaten.mean()) / len(same)
    influence[~alike] = (above - beaten.mean()) / len(other)
    found = np.zeros(similarity.shape)
    found[i, j] = found[j, i] = influence
    return found


def pair_variance(influence: Floats, grouped: Units) -> float:
    """Estimate the part of a statistic's variance that pairs of sentences bring in by themselves.

    The influence of two sentences is the sum over their pairs of occurrences, a mean, a part of
    either sentence and a rest e (Hoeffding's decomposition, by least squares within each pair of
    strata); this is the sum of e^2 over all two sentences. Being a sum of residuals it is too
    small, by a fifth where strata have ten sentences.

    Args:
        influence: [m, m], symmetric, of each pair of occurrences.
        grouped: their sentences and strata; each stratum has three sentences or more.
    """
    members = np.eye(len(grouped.stratum))[grouped.of]
    pairs = members.T @ influence @ members
    np.fill_diagonal(pairs, 0)  # a pair within a sentence comes and goes with it
    strata = [np.flatnonzero(grouped.stratum == s) for s in np.unique(grouped.stratum)]
    total = 0.0
    for a, rows in enumerate(strata):
        total += _rest_within(pairs[np.ix_(rows, rows)]) / 2
        for columns in strata[a + 1 :]:
            total += _rest_between(pairs[np.ix_(rows, columns)])
    return total


def _rest_between(block: Floats) -> float:
    by_row, by_column = block.mean(axis=1, keepdims=True), block.mean(axis=0)
    return float(((block - by_row - by_column + block.mean()) ** 2).sum())


def _rest_within(block: Floats) -> float:
    """Likewise for a symmetric block without its diagonal, each pair twice."""
    n = len(block)
    mean = block.sum() / (n * (n - 1))
    own = (block.sum(axis=1) - (n - 1) * mean) / (n - 2)
    rest = block - own[:, None] - own - mean
    np.fill_diagonal(rest, 0)
    return float((rest**2).sum())
