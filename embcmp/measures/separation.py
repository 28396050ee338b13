"""How well cosines separate the labeled senses: means and AUC over pairs of uses."""

from __future__ import annotations

import numpy as np

from embcmp.measures import weighted_pairs
from embcmp.measures.labels import (
    ALL_SINGLE,
    ONE_SENSE,
    Floats,
    Index,
    Sample,
    Senses,
    Vectors,
    has_vector,
    labels,
    sample,
    undefined,
)
from embcmp.measures.similarity import DECIMALS, cosine_matrix, unit
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

LARGEST_MATRIX = 1024  # rows; above it, no matrix of all cosines is made
_BLOCK = 128  # rows of cosines computed at once


def within(uses: Sample) -> Metric:
    """Mean cosine of pairs of the same sense, from -1 to 1."""
    same, _ = split_pairs(uses)
    return Metric(float(same.mean())) if len(same) else undefined(ALL_SINGLE)


def between(uses: Sample) -> Metric:
    """Mean cosine of pairs of different senses, from -1 to 1."""
    _, other = split_pairs(uses)
    return Metric(float(other.mean())) if len(other) else undefined(ONE_SENSE)


def separation(uses: Sample) -> Metric:
    """`within` minus `between`, from -2 to 2."""
    if uses.undefined:
        return undefined(uses.undefined)
    same, other = split_pairs(uses)
    return Metric(float(same.mean() - other.mean()))


def auc(uses: Sample) -> Metric:
    """P(cosine of a same-sense pair > cosine of a different-sense pair), ties count one half.

    The area under the ROC curve if the cosine of a pair predicts whether its uses have the same
    sense, as in `sklearn.metrics.roc_auc_score`: the Mann-Whitney statistic divided by the number
    of (same-sense, different-sense) combinations, pooled over the senses. .5 is chance, and lower
    values are possible.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    same, other = split_pairs(uses)
    return Metric(float(twice_below(other, same).sum() / (2 * len(same) * len(other))))


def auc_of_labelings(similarity: Floats, codes: Index) -> Floats:
    """`auc` under many labelings.

    The cosines are ranked once. From the ranks of the n same-sense pairs n^2 is subtracted, which
    is what these pairs contribute among themselves (twice n^2 / 2).

    Args:
        similarity: [m, m] without NaN.
        codes: [labelings, m], sense codes.

    Returns:
        [labelings], NaN where there are pairs of one kind only.
    """
    i, j = np.triu_indices(len(similarity), 1)
    cosines = similarity[i, j]
    below = twice_below(cosines, cosines)
    aucs = np.full(len(codes), np.nan)
    for row, labeling in enumerate(codes):
        same = labeling[i] == labeling[j]
        n = np.count_nonzero(same)
        if 0 < n < len(same):
            aucs[row] = (below[same].sum() - n**2) / (2 * n * (len(same) - n))
    return aucs


def twice_below(values: Floats, at: Floats) -> Index:
    """[a], twice the number of values [v] below each of `at` [a]; ties count one half."""
    values = np.sort(values)
    return np.searchsorted(values, at, side="left") + np.searchsorted(values, at, side="right")


@one_thread()
def auc_of_vectors(vectors: Vectors, senses: Senses, *, decimals: int = DECIMALS) -> Metric:
    """`auc` of the cosines between any number of vectors.

    Cosines are rounded to at most 6 decimals, so there are at most 2,000,001 different ones. For
    many vectors the different cosines are counted and no matrix is kept: the number is the same,
    and the memory does not grow.

    Args:
        vectors: [n, dim], rows of NaN are missing.
        senses: [n], the label of each use, None if it has none.
        decimals: Decimals that cosines are rounded to; see `similarity.decimals_for`.
    """
    if len(vectors) <= LARGEST_MATRIX:
        return auc(sample(cosine_matrix(vectors, decimals=decimals), senses))
    x = unit(vectors)
    used = labels(senses, has_vector(x))
    if used.undefined:
        return undefined(used.undefined)
    return Metric(_auc_by_counts(x[used.rows], used.codes, decimals))


def _auc_by_counts(x: Floats, codes: Index, decimals: int) -> float:
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


def auc_matrix(uses: Sample) -> Floats:
    """The sense-by-sense matrix that `auc_macro` averages.

    It is not symmetric: if the uses of sense a are close together and those of b are not, entry
    [a, b] is above [b, a].

    Returns:
        [k, k]; entry [a, b] is P(cosine to another use of a > cosine to a use of b), ties one
        half, averaged over the uses of a. NaN on the diagonal and in the row of a sense with one
        use.
    """
    [matrix] = weighted_pairs.sense_auc(uses, np.ones((1, len(uses.rows))))
    return np.asarray(matrix)


def auc_macro(uses: Sample) -> Metric:
    """Macro-averaged AUC: the mean of `auc_matrix` off its diagonal, so that senses count equally.

    For a use i of sense a it is P(cos(x_i, x_j) > cos(x_i, x_l)), ties one half, where j is
    another use of a and l a use of sense b; averaged over i, then over b, then over a. The macro
    average is that of Hand and Till (2001). It compares only cosines of the same use with each
    other, so a use that is close to everything does no harm, unlike in `auc`.

    From 0 to 1; .5 is chance. A sense with one use has a column of the matrix, but no row.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    return Metric(float(weighted_pairs.macro_auc(uses, np.ones((1, len(uses.rows))))[0]))


def split_pairs(uses: Sample) -> tuple[Floats, Floats]:
    """The cosines of the same-sense pairs and of the different-sense pairs (i < j)."""
    i, j = np.triu_indices(len(uses.rows), 1)
    cosines, same = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    return cosines[same], cosines[~same]
