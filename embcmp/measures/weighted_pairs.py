"""Measures of pairs of uses for many weightings of the uses at once.

The weight of a use is how often its sentence was drawn; 0 leaves it out. A pair i < j has the
weight w_i * w_j. Copies of one sentence form no pair, so a pair within a sentence has the weight
of the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index, Sample

_DRAWS, _PAIRS = 64, 2048  # size of a block of weights that fits the processor's cache


def mean_cosine(uses: Sample, pairs: NDArray[np.bool_], weights: Floats) -> Floats:
    """Weighted mean cosine of the selected pairs.

    Args:
        uses: The m uses.
        pairs: [m, m], which pairs count; symmetric, False on the diagonal.
        weights: [draws, m], the same for all uses of a sentence.

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
    """Weighted P(cosine of a same-sense pair > cosine of a different-sense pair), ties one half.

    The cosines are sorted once; each weighting then takes one cumulative sum.

    Args:
        uses: The m uses.
        weights: [draws, m], the same for all uses of a sentence.

    Returns:
        [draws], NaN where pairs of one kind have no weight.
    """
    runs = list(_runs(uses))
    areas = np.empty(len(weights))
    for start in range(0, len(weights), _DRAWS):
        w = np.vstack([weights[start : start + _DRAWS].T, np.ones(len(weights[start:][:_DRAWS]))])
        wins, same, below = np.zeros((3, w.shape[1]))
        for run in runs:
            same_weights = w[run.same[0]] * w[run.same[1]]
            other = np.zeros((len(run.other[0]) + 1, w.shape[1]))
            np.cumsum(w[run.other[0]] * w[run.other[1]], axis=0, out=other[1:])
            beaten = other[run.lower] + other[run.upper]
            total = same_weights.sum(axis=0)
            wins += (same_weights * beaten).sum(axis=0) + 2 * below * total
            same += total
            below += other[-1]
        areas[start : start + _DRAWS] = ratio(wins, 2 * same * below)
    return areas


def sense_auc(uses: Sample, weights: Floats) -> Floats:
    """Weighted P(cosine to another use of a > cosine to a use of b), averaged over the uses of a.

    Args:
        uses: The m uses, of k senses.
        weights: [draws, m], whole numbers, the same for all uses of a sentence.

    Returns:
        [draws, k, k]; NaN on the diagonal, in the row of a sense with one use, and where a drawn
        use has no other use of its sense.
    """
    order = np.argsort(uses.codes, kind="stable")  # so that each sense is a slice
    cosines = uses.similarity[np.ix_(order, order)]
    sentences = uses.sentences[order]
    k = len(uses.senses)
    # sums of halves are exact in float32 too, which is twice as fast
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
            same_sentence = np.flatnonzero(sentences == sentences[i])
            alone = len(same_sentence) == 1
            w = drawn if alone else _partner_weights(drawn, i, same_sentence)
            to_own, to_others = cosines[i, own], cosines[i, others][:, None]
            beats = np.heaviside(to_own - to_others, 0.5).astype(np.float32)
            beats[:, i - own.start] = 0  # a use is not its own partner
            # OpenBLAS has been seen to raise the flag of an invalid operation on finite numbers
            with np.errstate(invalid="ignore"):
                wins = one_hot[:, others] @ ((beats @ w[own]) * (foreign if alone else w[others]))
                sense_weights = total if alone else one_hot @ w
            shares = ratio(wins, (sense_weights[a] - w[i]) * sense_weights)
            sums += np.where(w[i] > 0, w[i] * shares, 0)
        matrices[a] = ratio(sums, np.broadcast_to(total[a], sums.shape))
        matrices[a, a] = np.nan
    return matrices.transpose(2, 0, 1)


def _partner_weights(
    weights: NDArray[np.float32], i: int, same_sentence: Index
) -> NDArray[np.float32]:
    """The weights of the partners of use i: those in its sentence count once, in the same copy."""
    partners = weights.copy()
    partners[same_sentence] = 1
    partners[i] = weights[i]
    return partners


def macro_auc(uses: Sample, weights: Floats) -> Floats:
    """Mean of `sense_auc` off the diagonal, with the same arguments.

    A sense with one use has a column, but no row.

    Returns:
        [draws], NaN where an entry is undefined.
    """
    rows = np.flatnonzero(uses.counts > 1)
    off = rows[:, None] != np.arange(len(uses.senses))
    means: Floats = sense_auc(uses, weights)[:, rows][:, off].mean(axis=1)
    return means


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive pairs of the sorted list, few enough for the processor's cache.

    Attributes:
        same: The uses i and j of each same-sense pair; if both are in one sentence j is m, which
            always has the weight 1.
        other: The uses i and j of each different-sense pair, likewise.
        lower: For each same-sense pair, how many pairs of `other` have a lower cosine.
        upper: For each same-sense pair, how many pairs of `other` have a lower or equal cosine.
    """

    same: tuple[Index, Index]
    other: tuple[Index, Index]
    lower: Index
    upper: Index


def _runs(uses: Sample) -> Iterator[_Run]:
    """Cut the sorted pairs into runs; tied pairs stay in one run."""
    i, j = np.triu_indices(len(uses.rows), 1)
    order = np.argsort(uses.similarity[i, j], kind="stable")
    i, j = i[order], j[order]
    cosines, alike = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    j = np.where(uses.sentences[i] == uses.sentences[j], len(uses.rows), j)
    starts = np.unique(np.searchsorted(cosines, cosines[::_PAIRS]))
    for start, stop in pairwise([*starts, len(cosines)]):
        same = start + np.flatnonzero(alike[start:stop])
        other = start + np.flatnonzero(~alike[start:stop])
        yield _Run(
            (i[same], j[same]),
            (i[other], j[other]),
            np.searchsorted(cosines[other], cosines[same], side="left"),
            np.searchsorted(cosines[other], cosines[same], side="right"),
        )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is 0."""
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0, dtype=np.float64)
    return out
