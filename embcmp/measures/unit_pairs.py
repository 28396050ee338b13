"""Mean cosines within and between two groups of units, for any way to divide the units."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from embcmp.measures.delete_one import without_rounding
from embcmp.measures.inference import ratio
from embcmp.measures.labels import Flags, Floats, Index, Sample, sample
from embcmp.measures.use_groups import Grouping


def in_groups(
    similarity: Floats, groups: Index, uses: Grouping, pair: tuple[int, int] = (0, 1)
) -> Sample:
    """The uses of two groups that have a vector; their senses are "0" and "1", by group.

    Each group is a stratum: a unit in both groups becomes two units.
    """
    names = {pair[0]: "0", pair[1]: "1"}
    senses = tuple(names.get(int(group)) for group in groups)
    units = 2 * uses.units + (groups == pair[1])
    return sample(similarity, replace(uses, senses=senses, units=units))


@dataclass(frozen=True)
class UnitPairs:
    """Sums over the pairs of uses of two units, from which every division into groups is measured.

    Attributes:
        cosines: [u, u], the weighted sum of the cosines of pairs in different sentences.
        weights: [u], the weight of each unit's uses.
        left_out: [u, u], the weight of the pairs within a sentence. A sentence has one unit, or
            one in each group.
    """

    cosines: Floats
    weights: Floats
    left_out: csr_array

    @classmethod
    def of(cls, uses: Sample) -> UnitPairs:
        """Sum the pairs of uses in different sentences."""
        n, u = len(uses.units), len(uses.strata)
        by_unit = csr_array((uses.weights, (uses.units, np.arange(n))), shape=(u, n))
        cosines = by_unit @ (by_unit @ np.where(uses.comparable, uses.similarity, 0.0)).T
        left_out = by_unit @ csr_array(~uses.comparable) @ by_unit.T
        return cls(cosines, by_unit.sum(axis=1), left_out)

    def means(self, first: Flags) -> Floats:
        """[d, 3], the mean cosine within the first group, between, and within the second.

        Args:
            first: [d, u], whether each unit is in the first group, for d ways to divide the units.
        """
        x = first.astype(np.float64)
        own = x @ self.weights
        other = self.weights.sum() - own
        counts = np.stack([own**2, own * other, other**2], axis=1) - _parts(self.left_out, x)
        return ratio(_parts(self.cosines, x), without_rounding(counts))

    def means_without(self, first: Flags) -> Floats:
        """[u, 3], the same means without each unit, for one way to divide the units [u]."""
        members = np.stack([first, ~first], axis=1).astype(np.float64)
        counts = np.outer(self.weights, self.weights) - self.left_out.toarray()
        sums = []
        for matrix in (self.cosines, without_rounding(counts)):
            by_group = matrix @ members  # [u, 2]
            totals = members.T @ by_group
            within = np.diag(totals) - members * (2 * by_group - np.diag(matrix)[:, None])
            between = totals[0, 1] - np.where(first, by_group[:, 1], by_group[:, 0])
            sums.append(np.stack([within[:, 0], between, within[:, 1]], axis=1))
        return ratio(sums[0], without_rounding(sums[1]))


def _parts(matrix: Floats | csr_array, x: Floats) -> Floats:
    """[d, 3], sums of a symmetric matrix [u, u] in the first group, between, and in the second."""
    rows = matrix.sum(axis=1)
    inside = ((x @ matrix) * x).sum(axis=1)
    touching = x @ rows
    return np.stack([inside, touching - inside, rows.sum() - 2 * touching + inside], axis=1)
