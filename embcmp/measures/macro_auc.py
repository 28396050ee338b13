"""`auc_macro` of a sample, and what it is without each unit in turn.

For each use the cosines to all others are ranked once; what the other uses of a unit contribute is
then subtracted, exactly, in a time that grows as n^2 log n for n uses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures.delete_one import Estimate, kept, without_rounding
from embcmp.measures.inference import ratio
from embcmp.measures.labels import Floats, Index, Sample
from embcmp.threads import one_thread

_RANKED_AT_ONCE = 1 << 20  # cosines, to bound the memory


@kept(64)
@one_thread()
def auc_macro(uses: Sample) -> Estimate:
    """`separation.auc_macro`: for each use the cosines to all others are ranked once."""
    [value] = mean_of_matrices(auc_matrices(uses, units=False))
    return Estimate(float(value), mean_of_matrices(auc_matrices(uses, units=True)))


def mean_of_matrices(matrices: Floats) -> Floats:
    """[...], the mean over senses a of the mean over b of the defined entries [..., a, b]."""
    defined = ~np.isnan(matrices)
    count = defined.sum(axis=-1)
    by_sense = ratio(np.where(defined, matrices, 0).sum(axis=-1), count.astype(float))
    rows = ~np.isnan(by_sense)
    return ratio(np.where(rows, by_sense, 0).sum(axis=-1), rows.sum(axis=-1).astype(float))


def auc_matrices(uses: Sample, *, units: bool) -> Floats:
    """The sense-by-sense matrix of `auc_macro` [k, k], of all uses or without each unit in turn.

    Entry [a, b] is P(cosine to another use of a > cosine to a use of b), ties one half, averaged
    over the uses of a; NaN where it is undefined and on the diagonal.

    Returns:
        [u, k, k] without each unit, or [1, k, k] of all uses.
    """
    k, m = len(uses.senses), len(uses.rows)
    sums, counts = np.zeros((2, len(uses.strata) if units else 1, k, k))
    block = max(1, _RANKED_AT_ONCE // max(m, 1))
    for a in range(k):
        of_sense = np.flatnonzero(uses.codes == a)
        for rows in (of_sense[i : i + block] for i in range(0, len(of_sense), block)):
            ranked = _RankedRows.of(uses, rows)
            if not ranked.own.any():
                continue  # the sense has one use alone, and no share is defined
            for b in (b for b in range(k) if b != a):
                shares = ranked.shares_without(b) if units else ranked.shares(b)[:, None]
                counted = np.where(np.isnan(shares), 0, uses.weights[rows][:, None])
                if units:  # a use has no share where its own unit is left out
                    counted[np.arange(len(rows)), uses.units[rows]] = 0
                sums[:, a, b] += (counted * np.nan_to_num(shares)).sum(axis=0)
                counts[:, a, b] += counted.sum(axis=0)
    return ratio(sums, counts)


@dataclass(frozen=True, slots=True)
class _RankedRows:
    """The cosines of the uses of one sense to all uses, each row sorted.

    Attributes:
        uses: the m uses.
        rows: [r], the uses of the sense.
        order: [r, m], for each row all uses, sorted by their cosine to the use of the row.
        lower, upper: [r, m], the first position, and the one after the last, of the cosines of the
            row that are equal to the one at this position.
        weights: [r, m], the weights of the sorted uses, 0 within the sentence of the row's use.
        own: [r, m], the same weights where a use has the sense of the rows, and 0 elsewhere.
    """

    uses: Sample
    rows: Index
    order: Index
    lower: Index
    upper: Index
    weights: Floats
    own: Floats

    @classmethod
    def of(cls, uses: Sample, rows: Index) -> _RankedRows:
        cosines = uses.similarity[rows]
        order = np.argsort(cosines, axis=1, kind="stable")
        cosines = np.take_along_axis(cosines, order, axis=1)
        m = cosines.shape[1]
        new = np.ones(cosines.shape, dtype=bool)
        new[:, 1:] = cosines[:, 1:] != cosines[:, :-1]
        place = np.arange(m)
        lower = np.maximum.accumulate(np.where(new, place, 0), axis=1)
        last = np.ones(cosines.shape, dtype=bool)
        last[:, :-1] = new[:, 1:]
        upper = np.minimum.accumulate(np.where(last, place + 1, m)[:, ::-1], axis=1)[:, ::-1]
        weights = uses.weights[order] * (uses.sentences[order] != uses.sentences[rows][:, None])
        return cls(
            uses, rows, order, lower, upper, weights,
            weights * (uses.codes[order] == uses.codes[rows[0]]),
        )  # fmt: skip

    def shares(self, sense: int) -> Floats:
        """[r], P(cosine to another use of the row's sense > to a use of `sense`); NaN undefined."""
        other = self._of(sense)
        won = (self.own * self._below(other)).sum(axis=1)
        return ratio(won, self.own.sum(axis=1) * other.sum(axis=1))

    def shares_without(self, sense: int) -> Floats:
        """[r, u], the same without each unit."""
        other = self._of(sense)
        won = self.own * self._below(other)
        let_win = other * (self.own.sum(axis=1, keepdims=True) - self._below(self.own))
        total = won.sum(axis=1, keepdims=True)
        still_won = total - self._by_unit(won + let_win) + self._inside_units(sense)
        own = self.own.sum(axis=1, keepdims=True) - self._by_unit(self.own)
        others = other.sum(axis=1, keepdims=True) - self._by_unit(other)
        return ratio(still_won, without_rounding(own) * without_rounding(others))

    def _of(self, sense: int) -> Floats:
        return np.asarray(self.weights * (self.uses.codes[self.order] == sense))

    def _below(self, weights: Floats) -> Floats:
        """[r, m], the weight of the uses with a lower cosine, ties one half."""
        sums = np.zeros((len(weights), weights.shape[1] + 1))
        np.cumsum(weights, axis=1, out=sums[:, 1:])
        lower = np.take_along_axis(sums, self.lower, axis=1)
        return np.asarray((lower + np.take_along_axis(sums, self.upper, axis=1)) / 2)

    def _by_unit(self, values: Floats) -> Floats:
        """[r, u], the sums over the uses of each unit."""
        units = self.uses.units[self.order]
        number = len(self.uses.strata)
        flat = (np.arange(len(values))[:, None] * number + units).ravel()
        sums = np.bincount(flat, values.ravel(), len(values) * number)
        return np.asarray(sums.reshape(len(values), number))

    def _inside_units(self, sense: int) -> Floats | float:
        """[r, u], the wins of uses over uses of `sense` in the same unit."""
        uses = self.uses
        i, j = np.nonzero(
            (uses.units[:, None] == uses.units)
            & (uses.codes == uses.codes[self.rows[0]])[:, None]
            & (uses.codes == sense)
        )
        if not len(i):
            return 0.0
        wins = np.zeros((len(self.rows), len(uses.strata)))
        for row, use in enumerate(self.rows):
            apart = (uses.sentences != uses.sentences[use]) * uses.weights
            cosines = uses.similarity[use]
            won = apart[i] * apart[j] * np.heaviside(cosines[i] - cosines[j], 0.5)
            wins[row] = np.bincount(uses.units[i], won, len(uses.strata))
        return wins
