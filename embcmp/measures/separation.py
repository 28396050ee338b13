"""How far apart the labelled senses are, from the cosines of pairs of occurrences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.measures import weighted
from embcmp.measures.labels import (
    ALL_SINGLE,
    NOTHING,
    ONE_SENSE,
    Index,
    Senses,
    labels,
    present,
    undefined,
)
from embcmp.types import Metric

Similarity = NDArray[np.float64]


def within(similarity: Similarity, senses: Senses) -> Metric:
    """Mean cosine of pairs of the same sense, from -1 to 1.

    Args:
        similarity: [n, n], NaN where undefined.
        senses: [n]; an occurrence without a label forms no pair.
    """
    same, _ = split_pairs(similarity, senses)
    return Metric(float(same.mean())) if len(same) else undefined(ALL_SINGLE)


def between(similarity: Similarity, senses: Senses) -> Metric:
    """Mean cosine of pairs of different senses, from -1 to 1; arguments as for `within`."""
    _, other = split_pairs(similarity, senses)
    return Metric(float(other.mean())) if len(other) else undefined(ONE_SENSE)


def separation(similarity: Similarity, senses: Senses) -> Metric:
    """`within` - `between`, from -2 to 2; arguments as for `within`."""
    same, other = split_pairs(similarity, senses)
    if reason := _why_not(same, other):
        return undefined(reason)
    return Metric(float(same.mean() - other.mean()))


def auc(similarity: Similarity, senses: Senses) -> Metric:
    """P(cosine of a same-sense pair > cosine of a different-sense pair), ties one half.

    The Mann-Whitney statistic over the number of (same, different) pairs of pairs, pooled over
    the senses. .5 is chance, and values below it are possible. Arguments as for `within`.
    """
    same, other = split_pairs(similarity, senses)
    if reason := _why_not(same, other):
        return undefined(reason)
    return Metric(float(twice_below(other, same).sum() / (2 * len(same) * len(other))))


def auc_of_each(similarity: Similarity, codes: Index) -> Similarity:
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


def twice_below(values: Similarity, at: Similarity) -> NDArray[np.intp]:
    """How many of the values [v] lie below each of `at` [a], a tie one half, times two: [a]."""
    values = np.sort(values)
    return np.searchsorted(values, at, side="left") + np.searchsorted(values, at, side="right")


@dataclass(frozen=True, slots=True)
class SenseMatrix:
    """How well each sense holds together against each other one.

    Attributes:
        senses: [k], sorted.
        auc: [k, k]; entry [a, b] is P(cosine to the own sense a > cosine to sense b), ties one
            half, mean over the occurrences of a. NaN on the diagonal and in the row of a sense
            with one occurrence.
    """

    senses: tuple[str, ...]
    auc: Similarity


def auc_matrix(similarity: Similarity, senses: Senses) -> SenseMatrix:
    """The sense-by-sense matrix behind `auc_macro`; arguments as for `within`.

    Not symmetric: a tight sense a beside a loose one b has [a, b] above [b, a].
    """
    used = labels(senses, present(similarity))
    cosines = similarity[np.ix_(used.rows, used.rows)]
    once = np.ones((1, len(used.rows)))
    found = weighted.sense_auc(cosines, used.codes, len(used.senses), once)
    return SenseMatrix(used.senses, found[0])


def auc_macro(similarity: Similarity, senses: Senses) -> Metric:
    """Mean of the sense-by-sense AUC matrix off its diagonal: every sense counts the same.

    For an occurrence i of sense a, P(cos(x_i, x_j) > cos(x_i, x_l)), ties one half, j another
    occurrence of a, l one of sense b: averaged over i, then over b, then over a. The macro average
    is that of Hand and Till (2001). It compares cosines of one occurrence only with each other, so
    an occurrence that is close to everything does no harm, unlike in `auc`.

    Arguments as for `within`. From 0 to 1, .5 is chance; a sense with one occurrence is another
    sense to the others, and has no row of its own.
    """
    used = labels(senses, present(similarity))
    if used.undefined:
        return undefined(used.undefined)
    cosines = similarity[np.ix_(used.rows, used.rows)]
    once = np.ones((1, len(used.rows)))
    return Metric(float(weighted.macro_auc(cosines, used.codes, len(used.senses), once)[0]))


def split_pairs(similarity: Similarity, senses: Senses) -> tuple[Similarity, Similarity]:
    """The cosines of same-sense and of different-sense pairs (i < j), undefined ones left out."""
    used = labels(senses, present(similarity))
    i, j = np.triu_indices(len(used.rows), 1)
    cosines = similarity[used.rows[i], used.rows[j]]
    same = used.codes[i] == used.codes[j]
    return cosines[same], cosines[~same]


def _why_not(same: Similarity, other: Similarity) -> str | None:
    if not len(same) and not len(other):
        return NOTHING
    if not len(other):
        return ONE_SENSE
    return None if len(same) else ALL_SINGLE
