"""The measures of pairs under many weightings of the uses at once.

A weight is how often a use was drawn, with its sentence. A pair i < j weighs w_i * w_j;
copies of one sentence form no pair, so that a pair within a sentence weighs as its sentence.
Leaving a use out is weighing it 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index, Sample

_DRAWS, _PAIRS = 64, 2048  # a block of weights that stays in the processor's cache


def mean_cosine(uses: Sample, pairs: NDArray[np.bool_], weights: Floats) -> Floats:
    """Weighted mean cosine of some pairs.

    Args:
        uses: [m] of them.
        pairs: [m, m], symmetric, False on the diagonal: which pairs count.
        weights: [draws, m], the same within a sentence.

    Returns:
        [draws], NaN where no pair has a weight.
    """
    apart = pairs & (uses.sentences[:, None] != uses.sentences)
    within = pairs & ~apart
    cosines = np.where(pairs, uses.similarity, 0.0)
    total = ((weights @ (cosines * apart)) * weights).sum(axis=1)
    count = ((weights @ apart.astype(float)) * weights).sum(axis=1)
    total += weights @ (cosines * within).sum(axis=1)
    return ratio(total, count + weights @ within.sum(axis=1))


def auc(uses: Sample, weights: Floats) -> Floats:
    """Weighted P(cosine of a same-sense pair > cosine of a different-sense pair), ties half.

    The cosines are sorted once; every weighting then takes one cumulative sum.

    Args:
        uses: [m] of them.
        weights: [draws, m], the same within a sentence.

    Returns:
        [draws], NaN where pairs of one kind have no weight.
    """
    runs = list(_runs(uses))
    areas = np.empty(len(weights))
    for start in range(0, len(weights), _DRAWS):
        w = np.vstack([weights[start : start + _DRAWS].T, np.ones(len(weights[start:][:_DRAWS]))])
        wins, same, below = np.zeros((3, w.shape[1]))
        for run in runs:
            own = w[run.same[0]] * w[run.same[1]]
            other = np.zeros((len(run.other[0]) + 1, w.shape[1]))
            np.cumsum(w[run.other[0]] * w[run.other[1]], axis=0, out=other[1:])
            beaten = other[run.lower] + other[run.upper]
            total = own.sum(axis=0)
            wins += (own * beaten).sum(axis=0) + 2 * below * total
            same += total
            below += other[-1]
        areas[start : start + _DRAWS] = ratio(wins, 2 * same * below)
    return areas


def sense_auc(uses: Sample, weights: Floats) -> Floats:
    """Weighted P(cosine to the own sense a > cosine to sense b), mean over the uses of a.

    Args:
        uses: [m] of them, of k senses.
        weights: [draws, m] whole numbers, the same within a sentence.

    Returns:
        [draws, k, k]; NaN on the diagonal, in the row of a sense with one use, and where a drawn
        use has no other one of its sense.
    """
    order = np.argsort(uses.codes, kind="stable")  # a sense is then a slice: nothing is gathered
    cosines = uses.similarity[np.ix_(order, order)]
    sentences = uses.sentences[order]
    k = len(uses.senses)
    # sums of halves are exact in float32 too, and twice as fast
    drawn = np.ascontiguousarray(weights.T[order], dtype=np.float32)
    one_hot = np.eye(k, dtype=np.float32)[:, uses.codes[order]]
    total = one_hot @ drawn
    ends = np.cumsum(uses.counts)
    matrices = np.full((k, k, drawn.shape[1]), np.nan)
    for a, own in enumerate(map(slice, [0, *ends], ends)):
        others = np.r_[: own.start, own.stop : len(order)]
        foreign = drawn[others]
        sums = np.zeros((k, drawn.shape[1]))
        for i in range(own.start, own.stop):
            beside = np.flatnonzero(sentences == sentences[i])
            alone = len(beside) == 1
            w = drawn if alone else _in_one_copy(drawn, i, beside)
            mine, theirs = cosines[i, own], cosines[i, others][:, None]
            beats = np.heaviside(mine - theirs, 0.5).astype(np.float32)
            beats[:, i - own.start] = 0  # a use is no partner of its own
            # OpenBLAS has been seen to raise the flag of an invalid operation on finite numbers
            with np.errstate(invalid="ignore"):
                wins = one_hot[:, others] @ ((beats @ w[own]) * (foreign if alone else w[others]))
                there = total if alone else one_hot @ w
            chance = ratio(wins, (there[a] - w[i]) * there)
            sums += np.where(w[i] > 0, w[i] * chance, 0)
        matrices[a] = ratio(sums, np.broadcast_to(total[a], sums.shape))
        matrices[a, a] = np.nan
    return matrices.transpose(2, 0, 1)


def _in_one_copy(weights: NDArray[np.float32], i: int, beside: Index) -> NDArray[np.float32]:
    """The weights of a use's partners: of its own sentence only the copy it stands in."""
    partners = weights.copy()
    partners[beside] = 1
    partners[i] = weights[i]
    return partners


def macro_auc(uses: Sample, weights: Floats) -> Floats:
    """Mean of `sense_auc` off the diagonal; arguments as for it.

    A sense with one use has no row of its own.

    Returns:
        [draws], NaN where an entry is undefined.
    """
    rows = np.flatnonzero(uses.counts > 1)
    off = rows[:, None] != np.arange(len(uses.senses))
    means: Floats = sense_auc(uses, weights)[:, rows][:, off].mean(axis=1)
    return means


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbors in the sorted list of pairs: few enough for the processor's cache.

    Attributes:
        same: the ends i and j of its same-sense pairs; j is m, which always weighs 1, where both
            stand in one sentence.
        other: the ends of its different-sense pairs, likewise.
        lower: per same-sense pair, how many of `other` lie below it.
        upper: how many lie below it or tie with it.
    """

    same: tuple[Index, Index]
    other: tuple[Index, Index]
    lower: Index
    upper: Index


def _runs(uses: Sample) -> Iterator[_Run]:
    """Cut the sorted pairs into runs; ties stay in one."""
    i, j = np.triu_indices(len(uses.rows), 1)
    order = np.argsort(uses.similarity[i, j], kind="stable")
    i, j = i[order], j[order]
    cosines, alike = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    j = np.where(uses.sentences[i] == uses.sentences[j], len(uses.rows), j)
    starts = np.unique(np.searchsorted(cosines, cosines[::_PAIRS]))
    for start, stop in pairwise([*starts, len(cosines)]):
        own = start + np.flatnonzero(alike[start:stop])
        other = start + np.flatnonzero(~alike[start:stop])
        yield _Run(
            (i[own], j[own]),
            (i[other], j[other]),
            np.searchsorted(cosines[other], cosines[own], side="left"),
            np.searchsorted(cosines[other], cosines[own], side="right"),
        )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, NaN where the denominator is 0."""
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0, dtype=np.float64)
    return out
