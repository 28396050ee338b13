"""Uses that are typical of a group, and uses that are unlike all of another: gained or lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures.inference import ratio
from embcmp.measures.labels import Floats, Index, Sample
from embcmp.measures.unit_pairs import in_groups
from embcmp.measures.use_groups import Grouping
from embcmp.threads import one_thread

NEAREST = 5  # uses of the other group whose mean cosine says how alike a use is to it

_NONE = -2.0  # below every cosine
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class UnlikeUses:
    """The uses of a group, those most unlike the other group first.

    Attributes:
        rows: [m], their positions among all n uses.
        likeness: [m], mean cosine with the nearest uses of the other group.
        p: [m], of the hypothesis that the use is one of the other group.
        p_adjusted: [m], by Benjamini and Hochberg (1995): of the uses whose adjusted p is at most
            .05, one in twenty is expected to be like the other group after all.
    """

    rows: Index
    likeness: Floats
    p: Floats
    p_adjusted: Floats


@one_thread()
def unlike_uses(
    similarity: Floats, groups: Index, uses: Grouping, *, pair: tuple[int, int] = (0, 1)
) -> tuple[UnlikeUses, UnlikeUses]:
    """Find the uses of each group that are unlike the other.

    A use is compared with its nearest uses of the other group, and each of these with its nearest
    ones among the others and the use itself, so that p is exact where each use has a unit of its
    own (full conformal prediction; Vovk, Gammerman and Shafer 2005). Uses of a unit are not
    compared with each other and count as one.

    Args:
        similarity: [n, n] cosines, NaN where undefined.
        groups: [n], the group of each use.
        uses: how the n uses belong together.
        pair: the two groups to compare.

    Returns:
        The uses of the first group that the second one lacks (lost, if it is the later one), and
        those of the second that the first one lacks (gained).
    """
    chosen = in_groups(similarity, groups, uses, pair)
    own = np.array(chosen.senses)[chosen.codes] == "0"
    first, second = np.flatnonzero(own), np.flatnonzero(~own)
    return _unlike(chosen, first, second), _unlike(chosen, second, first)


def typical_uses(similarity: Floats, groups: Index, weights: Floats) -> list[Index]:
    """The positions of the uses of each group, those nearest to the group's mean vector first.

    Args:
        similarity: [n, n] cosines, NaN for uses without a vector, which are in no group here.
        groups: [n], the group of each use from 0; -1 for none.
        weights: [n], how much each use counts in the mean.
    """
    there = np.isfinite(np.diag(similarity))
    typical = []
    for group in range(int(groups.max()) + 1):
        rows = np.flatnonzero((groups == group) & there)
        nearness = (similarity[np.ix_(rows, rows)] @ weights[rows]).round(_DECIMALS)
        typical.append(rows[np.argsort(-nearness, kind="stable")])
    return typical


def _unlike(uses: Sample, rows: Index, reference: Index) -> UnlikeUses:
    """Those of the uses at `rows` that are unlike the ones at `reference`."""
    from scipy.stats import false_discovery_control

    if not len(rows) or not len(reference):
        nothing = np.zeros(0)
        return UnlikeUses(np.zeros(0, dtype=np.intp), nothing, nothing, nothing)
    units = uses.units[reference]
    same = units[:, None] == units
    compared = uses.comparable & (uses.units[:, None] != uses.units)
    cosines = np.where(compared, uses.similarity, _NONE)
    new = cosines[np.ix_(rows, reference)]  # [m, r]
    known = _nearest(cosines[np.ix_(reference, reference)])  # [r, NEAREST]
    own = _mean(_nearest(new))  # [m]
    with_new = np.broadcast_to(known, (len(rows), *known.shape)).copy()
    with_new[..., 0] = np.maximum(with_new[..., 0], new)  # in place of the least near one
    weights = 1 / same.sum(axis=1)
    less = _mean(with_new) <= own[:, None]
    p = np.minimum(1, (1 + less @ weights) / (1 + weights.sum()))  # 1 + 2e-16 is no p
    order = np.lexsort((own, p))
    adjusted = false_discovery_control(p)
    return UnlikeUses(uses.rows[rows[order]], own[order], p[order], adjusted[order])


def _nearest(cosines: Floats) -> Floats:
    """The NEAREST largest cosines of each row, the smallest first; _NONE where there are fewer."""
    padding = np.full((len(cosines), max(0, NEAREST - cosines.shape[1])), _NONE)
    return np.sort(np.hstack([cosines, padding]), axis=1)[:, -NEAREST:]


def _mean(nearest: Floats) -> Floats:
    """[...], mean of the cosines [..., NEAREST] that there are; _NONE if there are none."""
    there = nearest > _NONE
    means = ratio(np.where(there, nearest, 0).sum(axis=-1), there.sum(axis=-1))
    return np.asarray(np.where(there.any(axis=-1), means, _NONE).round(_DECIMALS))
