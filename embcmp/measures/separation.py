"""How well cosines separate the labeled senses: means and AUC over pairs of uses."""

from __future__ import annotations

import numpy as np

from embcmp.measures.delete_one import SortedPairs
from embcmp.measures.labels import (
    ALL_SINGLE,
    ONE_SENSE,
    Flags,
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
from embcmp.measures.macro_auc import auc_matrices, mean_of_matrices
from embcmp.measures.similarity import DECIMALS, cosine_matrix, unit
from embcmp.threads import one_thread
from embcmp.types import Metric

LARGEST_MATRIX = 1024  # rows; above it, no matrix of all cosines is made
_BLOCK = 128  # rows of cosines computed at once


def within(uses: Sample) -> Metric:
    """Mean cosine of pairs of the same sense, from -1 to 1."""
    value = _mean_cosine(uses, uses.codes[:, None] == uses.codes)
    return undefined(uses.undefined or ALL_SINGLE) if value is None else Metric(value)


def between(uses: Sample) -> Metric:
    """Mean cosine of pairs of different senses, from -1 to 1."""
    value = _mean_cosine(uses, uses.codes[:, None] != uses.codes)
    return undefined(uses.undefined or ONE_SENSE) if value is None else Metric(value)


def separation(uses: Sample) -> Metric:
    """`within` minus `between`, from -2 to 2."""
    same, other = within(uses).value, between(uses).value
    if uses.undefined or same is None or other is None:
        return undefined(uses.undefined or ONE_SENSE)
    return Metric(same - other)


def _mean_cosine(uses: Sample, pairs: Flags) -> float | None:
    """Mean cosine of these pairs [m, m], where they are in different sentences; None without any.

    A pair weighs the product of the weights of its uses.
    """
    chosen = pairs & uses.comparable
    total = float(uses.weights @ np.where(chosen, uses.similarity, 0) @ uses.weights)
    count = float(uses.weights @ chosen @ uses.weights)
    return total / count if count else None


@one_thread()
def auc(uses: Sample) -> Metric:
    """P(cosine of a same-sense pair > cosine of a different-sense pair), ties count one half.

    The area under the ROC curve if the cosine of a pair predicts whether its uses have the same
    sense, as in `sklearn.metrics.roc_auc_score`: the Mann-Whitney statistic divided by the number
    of (same-sense, different-sense) combinations, pooled over the senses. Two uses in one sentence
    are not a pair. .5 is chance, and lower values are possible. The value depends on how frequent
    the senses are; `auc_macro` does not.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    wins, count, _, _ = SortedPairs.of(uses).wins(uses.weights)
    return Metric(float(wins.sum() / count))


def auc_of_labelings(uses: Sample, codes: Index) -> Floats:
    """`auc` under many labelings of the uses; each use counts once.

    The cosines are ranked once. From the ranks of the n same-sense pairs n^2 is subtracted, which
    is what these pairs contribute among themselves (twice n^2 / 2).

    Args:
        uses: The m uses.
        codes: [labelings, m], sense codes.

    Returns:
        [labelings], NaN where there are pairs of one kind only.
    """
    i, j = np.nonzero(np.triu(uses.comparable, 1))
    cosines = uses.similarity[i, j]
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
    return np.asarray(auc_matrices(uses, units=False)[0])


@one_thread()
def auc_macro(uses: Sample) -> Metric:
    """Macro-averaged AUC: the mean of `auc_matrix` off its diagonal, so that senses count equally.

    For a use i of sense a it is P(cos(x_i, x_j) > cos(x_i, x_l)), ties one half, where j is
    another use of a and l a use of sense b, both in other sentences than i; averaged over i, then
    over b, then over a. The macro average is that of Hand and Till (2001). It compares only cosines
    of the same use with each other, so a use that is close to everything does no harm, unlike in
    `auc`, and it does not depend on how frequent the senses are.

    From 0 to 1; .5 is chance. A sense with one use has a column of the matrix, but no row.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    return Metric(float(mean_of_matrices(auc_matrix(uses))))


def split_pairs(uses: Sample) -> tuple[Floats, Floats]:
    """The cosines of the same-sense pairs and of the different-sense pairs (i < j).

    Two uses in one sentence are not a pair.
    """
    i, j = np.nonzero(np.triu(uses.comparable, 1))
    cosines, same = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    return cosines[same], cosines[~same]
