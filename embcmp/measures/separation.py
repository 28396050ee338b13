"""How far apart the labelled senses are, from the cosines of pairs of uses."""

from __future__ import annotations

import numpy as np

from embcmp.measures import weighted
from embcmp.measures.labels import (
    ALL_SINGLE,
    ONE_SENSE,
    Floats,
    Index,
    Sample,
    Senses,
    Vectors,
    labels,
    present,
    sample,
    undefined,
)
from embcmp.measures.similarity import DECIMALS, cosine_matrix, unit
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

LARGEST_MATRIX = 1024  # rows; above it, no matrix of all cosines is made
_BLOCK = 128  # rows of cosines at once


def within(uses: Sample) -> Metric:
    """Mean cosine of pairs of the same sense, from -1 to 1."""
    same, _ = split_pairs(uses)
    return Metric(float(same.mean())) if len(same) else undefined(ALL_SINGLE)


def between(uses: Sample) -> Metric:
    """Mean cosine of pairs of different senses, from -1 to 1."""
    _, other = split_pairs(uses)
    return Metric(float(other.mean())) if len(other) else undefined(ONE_SENSE)


def separation(uses: Sample) -> Metric:
    """`within` - `between`, from -2 to 2."""
    if uses.undefined:
        return undefined(uses.undefined)
    same, other = split_pairs(uses)
    return Metric(float(same.mean() - other.mean()))


def auc(uses: Sample) -> Metric:
    """P(cosine of a same-sense pair > cosine of a different-sense pair), ties one half.

    The Mann-Whitney statistic over the number of (same, different) pairs of pairs, pooled over
    the senses. .5 is chance, and values below it are possible.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    same, other = split_pairs(uses)
    return Metric(float(twice_below(other, same).sum() / (2 * len(same) * len(other))))


def auc_of_each(similarity: Floats, codes: Index) -> Floats:
    """`auc` under many labelings.

    The cosines are ranked once: of n same-sense pairs, n^2 is what they count among themselves.

    Args:
        similarity: [m, m] without NaN.
        codes: [labelings, m], sense codes.

    Returns:
        [labelings], NaN where there are pairs of one kind only.
    """
    i, j = np.triu_indices(len(similarity), 1)
    cosines = similarity[i, j]
    below = twice_below(cosines, cosines)
    found = np.full(len(codes), np.nan)
    for row, labeling in enumerate(codes):
        same = labeling[i] == labeling[j]
        n = np.count_nonzero(same)
        if 0 < n < len(same):
            found[row] = (below[same].sum() - n**2) / (2 * n * (len(same) - n))
    return found


def twice_below(values: Floats, at: Floats) -> Index:
    """How many of the values [v] lie below each of `at` [a], a tie one half, times two: [a]."""
    values = np.sort(values)
    return np.searchsorted(values, at, side="left") + np.searchsorted(values, at, side="right")


@one_thread
def auc_of_vectors(vectors: Vectors, senses: Senses, *, decimals: int = DECIMALS) -> Metric:
    """`auc` of the cosines of as many vectors as there may be.

    Cosines are rounded, to 6 decimals if not fewer, so there are at most 2,000,001 of them: with
    many rows they are counted instead of kept, which gives the same number in memory that does
    not grow.

    Args:
        vectors: [n, dim], rows of NaN missing.
        senses: [n], None without a label.
        decimals: that cosines are rounded to; see `similarity.decimals_for`.
    """
    if len(vectors) <= LARGEST_MATRIX:
        return auc(sample(cosine_matrix(vectors, decimals=decimals), senses))
    x = unit(vectors)
    used = labels(senses, present(x))
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
    """The sense-by-sense matrix behind `auc_macro`: how well each sense holds together.

    Not symmetric: a tight sense a beside a loose one b has [a, b] above [b, a].

    Returns:
        [k, k]; entry [a, b] is P(cosine to the own sense a > cosine to sense b), ties one half,
        mean over the uses of a. NaN on the diagonal and in the row of a sense with one use.
    """
    [matrix] = weighted.sense_auc(uses, np.ones((1, len(uses.rows))))
    return np.asarray(matrix)


def auc_macro(uses: Sample) -> Metric:
    """Mean of the sense-by-sense AUC matrix off its diagonal: every sense counts the same.

    For a use i of sense a, P(cos(x_i, x_j) > cos(x_i, x_l)), ties one half, j another use of a, l
    one of sense b: averaged over i, then over b, then over a. The macro average is that of Hand
    and Till (2001). It compares cosines of one use only with each other, so a use that is close to
    everything does no harm, unlike in `auc`.

    From 0 to 1, .5 is chance; a sense with one use is another sense to the others, and has no row
    of its own.
    """
    if uses.undefined:
        return undefined(uses.undefined)
    return Metric(float(weighted.macro_auc(uses, np.ones((1, len(uses.rows))))[0]))


def split_pairs(uses: Sample) -> tuple[Floats, Floats]:
    """The cosines of same-sense and of different-sense pairs (i < j)."""
    i, j = np.triu_indices(len(uses.rows), 1)
    cosines, same = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    return cosines[same], cosines[~same]
