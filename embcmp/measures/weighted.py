"""The measures of pairs under many weightings of the occurrences at once.

A weight is how often an occurrence was drawn, with its sentence. A pair i < j weighs w_i * w_j;
copies of one sentence form no pair, so that a pair within a sentence weighs as its sentence.
Leaving an occurrence out is weighing it 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index

_DRAWS, _PAIRS = 64, 2048  # a block of weights that stays in the processor's cache


def mean_cosine(
    similarity: Floats, pairs: NDArray[np.bool_], weights: Floats, sentences: Index | None = None
) -> Floats:
    """Weighted mean cosine of some pairs.

    Args:
        similarity: [m, m] without NaN.
        pairs: [m, m], symmetric, False on the diagonal: which pairs count.
        weights: [draws, m], the same within a sentence.
        sentences: [m], the sentence of each occurrence; by default each has its own.

    Returns:
        [draws], NaN where no pair has a weight.
    """
    apart = pairs if sentences is None else pairs & (sentences[:, None] != sentences)
    within = pairs & ~apart
    cosines = np.where(pairs, similarity, 0.0)
    total = ((weights @ (cosines * apart)) * weights).sum(axis=1)
    count = ((weights @ apart.astype(float)) * weights).sum(axis=1)
    total += weights @ (cosines * within).sum(axis=1)
    return ratio(total, count + weights @ within.sum(axis=1))


def auc(
    similarity: Floats, codes: Index, weights: Floats, sentences: Index | None = None
) -> Floats:
    """Weighted P(cosine of a same-sense pair > cosine of a different-sense pair), ties half.

    The cosines are sorted once; every weighting then takes one cumulative sum.

    Args:
        similarity: [m, m] without NaN.
        codes: [m], sense codes.
        weights: [draws, m], the same within a sentence.
        sentences: [m], the sentence of each occurrence; by default each has its own.

    Returns:
        [draws], NaN where pairs of one kind have no weight.
    """
    runs = list(_runs(similarity, codes, sentences))
    found = np.empty(len(weights))
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
        found[start : start + _DRAWS] = ratio(wins, 2 * same * below)
    return found


def sense_auc(
    similarity: Floats, codes: Index, k: int, weights: Floats, sentences: Index | None = None
) -> Floats:
    """Weighted P(cosine to the own sense a > cosine to sense b), mean over the occurrences of a.

    Args:
        similarity: [m, m] without NaN.
        codes: [m], sense codes; every code below `k` is there.
        k: number of senses.
        weights: [draws, m] whole numbers, the same within a sentence.
        sentences: [m], the sentence of each occurrence; by default each has its own.

    Returns:
        [draws, k, k]; NaN on the diagonal, in the row of a sense with one occurrence, and where
        a drawn occurrence has no other one of its sense.
    """
    order = np.argsort(codes, kind="stable")  # a sense is then a slice, and nothing is gathered
    cosines = similarity[np.ix_(order, order)]
    # sums of halves are exact in float32 too, and twice as fast
    drawn = np.ascontiguousarray(weights.T[order], dtype=np.float32)
    one_hot = np.eye(k, dtype=np.float32)[:, codes[order]]
    total = one_hot @ drawn
    beside = _beside(order if sentences is None else sentences[order])
    ends = np.cumsum(np.bincount(codes, minlength=k))
    found = np.full((k, k, drawn.shape[1]), np.nan)
    for a, own in enumerate(map(slice, [0, *ends], ends)):
        others = np.r_[: own.start, own.stop : len(codes)]
        foreign = drawn[others]
        sums = np.zeros((k, drawn.shape[1]))
        for i in range(own.start, own.stop):
            alone = len(beside[i]) == 1
            w = drawn if alone else _in_one_copy(drawn, i, beside[i])
            mine, theirs = cosines[i, own], cosines[i, others][:, None]
            beats = np.heaviside(mine - theirs, 0.5).astype(np.float32)
            beats[:, i - own.start] = 0  # an occurrence is no partner of its own
            # OpenBLAS has been seen to raise the flag of an invalid operation on finite numbers
            with np.errstate(invalid="ignore"):
                wins = one_hot[:, others] @ ((beats @ w[own]) * (foreign if alone else w[others]))
                there = total if alone else one_hot @ w
            chance = ratio(wins, (there[a] - w[i]) * there)
            sums += np.where(w[i] > 0, w[i] * chance, 0)
        found[a] = ratio(sums, np.broadcast_to(total[a], sums.shape))
        found[a, a] = np.nan
    return found.transpose(2, 0, 1)


def _in_one_copy(weights: NDArray[np.float32], i: int, beside: Index) -> NDArray[np.float32]:
    """The weights of an occurrence's partners: of its own sentence only the copy it stands in."""
    found = weights.copy()
    found[beside] = 1
    found[i] = weights[i]
    return found


def _beside(sentences: Index) -> list[Index]:
    """For each occurrence those of its sentence, itself among them."""
    return [np.flatnonzero(sentences == own) for own in sentences]


def macro_auc(
    similarity: Floats, codes: Index, k: int, weights: Floats, sentences: Index | None = None
) -> Floats:
    """Mean of `sense_auc` off the diagonal; arguments as for it.

    A sense with one occurrence has no row of its own.

    Returns:
        [draws], NaN where an entry is undefined.
    """
    matrices = sense_auc(similarity, codes, k, weights, sentences)
    rows = np.flatnonzero(np.bincount(codes, minlength=k) > 1)
    off = rows[:, None] != np.arange(k)
    means: Floats = matrices[:, rows][:, off].mean(axis=1)
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


def _runs(similarity: Floats, codes: Index, sentences: Index | None) -> Iterator[_Run]:
    """Cut the sorted pairs into runs; ties stay in one."""
    i, j = np.triu_indices(len(codes), 1)
    order = np.argsort(similarity[i, j], kind="stable")
    i, j = i[order], j[order]
    cosines, alike = similarity[i, j], codes[i] == codes[j]
    if sentences is not None:
        j = np.where(sentences[i] == sentences[j], len(codes), j)
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
