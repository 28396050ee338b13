"""Measures of pairs of uses, with each unit left out in turn: what the jackknife needs.

Each function returns the value on all uses and its values without each unit, exactly, in a time
that grows as n^2 log n for n uses. Only uses in different sentences form a pair, and a pair weighs
the product of the weights of its two uses. Where the senses are strata, the units that stay in a
stratum of n_s units weigh n_s / (n_s - 1), so that each sense keeps its share of the pairs (Rust
and Rao 1996).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from typing import TypeVar

import numpy as np

from embcmp.measures.inference import ratio
from embcmp.measures.labels import Flags, Floats, Index, Labels, Sample
from embcmp.threads import one_thread

Result = TypeVar("Result")


def kept(most: int) -> Callable[[Callable[[Sample], Result]], Callable[[Sample], Result]]:
    """Keep the latest results of a function of a sample, since several measures need the same ones.

    Args:
        most: The largest number of results that are kept.
    """

    def keep(function: Callable[[Sample], Result]) -> Callable[[Sample], Result]:
        results: dict[bytes, Result] = {}

        @wraps(function)
        def look_up(uses: Sample) -> Result:
            digest = blake2b()
            for part in (uses.similarity, uses.codes, uses.sentences, uses.units, uses.weights):
                digest.update(np.ascontiguousarray(part).data)
            key = digest.digest()
            if key not in results:
                while len(results) >= most:
                    del results[next(iter(results))]
                results[key] = function(uses)
            return results[key]

        return look_up

    return keep


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure of a sample, and what it is without each unit.

    Attributes:
        value: the measure of all uses.
        without: [u], the measure without each unit; NaN where it is undefined.
    """

    value: float
    without: Floats


def mean_cosine(uses: Sample, pairs: Flags) -> Estimate:
    """Weighted mean cosine of the selected pairs.

    Args:
        uses: The m uses.
        pairs: [m, m], which pairs count if their uses are in different sentences; symmetric.
    """
    chosen = (pairs & uses.comparable).astype(float)
    cosines = np.where(chosen, uses.similarity, 0.0)

    def total_and_parts(matrix: Floats, weights: Floats) -> tuple[float, Floats]:
        """Twice the sum over all pairs; [u], the part of it from pairs with a use of each unit."""
        by_use = weights * (matrix @ weights)
        touching = 2 * np.bincount(uses.units, by_use)
        return float(by_use.sum()), touching - _within_units(matrix, weights, uses)

    without = np.full(len(uses.strata), np.nan)
    for stratum, weights in _reweighted(uses):
        total, parts = total_and_parts(cosines, weights)
        count, count_parts = total_and_parts(chosen, weights)
        inside = uses.strata == stratum
        without[inside] = ratio(total - parts, without_rounding(count - count_parts))[inside]
    total, _ = total_and_parts(cosines, uses.weights)
    count, _ = total_and_parts(chosen, uses.weights)
    return Estimate(total / count if count else np.nan, without)


def _within_units(matrix: Floats, weights: Floats, uses: Labels) -> Floats:
    """[u], the weighted sum of a matrix [m, m] over the ordered pairs inside each unit."""
    if len(uses.strata) == len(uses.units):
        return np.zeros(len(uses.strata))  # a unit has one use, which forms no pair with itself
    sums = np.zeros((len(uses.strata), len(uses.units)))
    np.add.at(sums, uses.units, weights[:, None] * matrix)
    own = sums[uses.units, np.arange(len(uses.units))]
    return np.asarray(np.bincount(uses.units, weights * own), dtype=np.float64)


def _reweighted(uses: Labels) -> Iterator[tuple[int, Floats]]:
    """Yield each stratum with the weights [m] that hold while one of its units is left out."""
    for stratum, size in enumerate(uses.sizes.tolist()):
        if size < 2 or len(uses.sizes) == 1:
            yield stratum, uses.weights
        else:
            inside = uses.strata[uses.units] == stratum
            yield stratum, np.where(inside, size / (size - 1), 1.0) * uses.weights


@kept(2)
@one_thread()
def auc(uses: Sample) -> Estimate:
    """`separation.auc`: the pairs are sorted once, and their ranks summed for each stratum.

    To leave out a unit, the comparisons of each pair with a use of the unit are subtracted. A
    comparison of two such pairs is thereby subtracted twice, so it is added again (inclusion and
    exclusion).
    """
    pairs = SortedPairs.of(uses)
    wins, count, _, _ = pairs.wins(uses.weights)
    value = float(wins.sum() / count) if count else np.nan
    without = np.full(len(uses.strata), np.nan)
    units = [np.flatnonzero(uses.units == unit) for unit in range(len(uses.strata))]
    for stratum, weights in _reweighted(uses):
        wins, _, same, other = pairs.wins(weights)
        lost = pairs.by_unit(wins, uses)
        left_same = without_rounding(same.sum() - pairs.by_unit(same, uses))
        left_other = without_rounding(other.sum() - pairs.by_unit(other, uses))
        total = float(wins[pairs.same].sum())
        for unit in np.flatnonzero(uses.strata == stratum):
            again = _wins_inside(uses, units[unit], weights)
            remaining = left_same[unit] * left_other[unit]
            if remaining > 0:
                without[unit] = (total - lost[unit] + again) / remaining
    return Estimate(value, without)


@dataclass(frozen=True, slots=True)
class SortedPairs:
    """All pairs of a sample, sorted by cosine.

    Attributes:
        i, j: the uses of each pair.
        same: whether they have the same sense.
        lower, upper: the first position, and the one after the last, of the cosines that are equal
            to that of the pair.
    """

    i: Index
    j: Index
    same: Flags
    lower: Index
    upper: Index

    @classmethod
    def of(cls, uses: Sample) -> SortedPairs:
        """Sort the pairs of uses in different sentences."""
        i, j = np.nonzero(np.triu(uses.comparable, 1))
        order = np.argsort(uses.similarity[i, j], kind="stable")
        i, j = i[order], j[order]
        cosines = uses.similarity[i, j]
        starts = np.flatnonzero(np.r_[True, cosines[1:] != cosines[:-1]][: len(cosines)])
        tie = np.searchsorted(starts, np.arange(len(cosines)), side="right") - 1
        ends = np.r_[starts[1:], len(cosines)]
        return cls(i, j, uses.codes[i] == uses.codes[j], starts[tie], ends[tie])

    def wins(self, weights: Floats) -> tuple[Floats, float, Floats, Floats]:
        """The weight of each pair's comparisons in which the same-sense pair has the higher cosine.

        Returns:
            These wins, of each pair; twice the weight of all comparisons, since the wins count each
            for both of its pairs; the weights of the same-sense pairs and of the others, 0
            elsewhere.
        """
        pair = weights[self.i] * weights[self.j]
        same, other = pair * self.same, pair * ~self.same
        below, above = np.r_[0, np.cumsum(other)], np.r_[0, np.cumsum(same)]
        other_below = (below[self.lower] + below[self.upper]) / 2
        same_above = above[-1] - (above[self.lower] + above[self.upper]) / 2
        won = pair * np.where(self.same, other_below, same_above)
        return won, 2 * float(same.sum() * other.sum()), same, other

    def by_unit(self, values: Floats, uses: Labels) -> Floats:
        """[u], the sum over the pairs that contain a use of each unit."""
        first, second = uses.units[self.i], uses.units[self.j]
        number = len(uses.strata)
        both = np.bincount(first, values * (first == second), number)
        return np.asarray(
            np.bincount(first, values, number) + np.bincount(second, values, number) - both
        )


def _wins_inside(uses: Sample, unit: Index, weights: Floats) -> float:
    """Weighted wins of same-sense pairs over others, where both pairs contain a use of the unit."""
    others = np.ones(len(uses.units), dtype=bool)
    others[unit] = False
    i, j = np.repeat(unit, others.sum()), np.tile(np.flatnonzero(others), len(unit))
    if len(unit) > 1:
        a, b = np.triu_indices(len(unit), 1)
        i, j = np.r_[i, unit[a]], np.r_[j, unit[b]]
    apart = uses.sentences[i] != uses.sentences[j]
    i, j = i[apart], j[apart]
    same, pair, cosines = (
        uses.codes[i] == uses.codes[j],
        weights[i] * weights[j],
        uses.similarity[i, j],
    )
    order = np.argsort(cosines[~same])
    beaten = cosines[~same][order]
    sums = np.r_[0, np.cumsum(pair[~same][order])]
    at = cosines[same]
    below = sums[np.searchsorted(beaten, at, "left")] + sums[np.searchsorted(beaten, at, "right")]
    return float((pair[same] * below).sum() / 2)


def without_rounding(weights: Floats) -> Floats:
    """Weights that were found by subtraction, with what is only a rounding error set to 0."""
    return np.asarray(np.where(weights < 1e-9, 0.0, weights))
