"""How far apart the labelled senses are, from the cosines of pairs of occurrences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Metric

Similarity = NDArray[np.float64]
Senses = Sequence[str | None]

_NO_PAIR_WITHIN = "no sense has two occurrences with a vector"
_NO_PAIR_BETWEEN = "one sense has no separation"
_NOTHING = "fewer than two labelled occurrences with a vector"


def within(similarity: Similarity, senses: Senses) -> Metric:
    """Mean cosine of pairs of the same sense.

    Args:
        similarity: [n, n], NaN where undefined.
        senses: [n]; an occurrence without a label forms no pair.
    """
    same, _ = split_pairs(similarity, senses)
    return Metric(float(same.mean())) if len(same) else Metric(None, undefined=_NO_PAIR_WITHIN)


def between(similarity: Similarity, senses: Senses) -> Metric:
    """Mean cosine of pairs of different senses; arguments as for `within`."""
    _, other = split_pairs(similarity, senses)
    return Metric(float(other.mean())) if len(other) else Metric(None, undefined=_NO_PAIR_BETWEEN)


def separation(similarity: Similarity, senses: Senses) -> Metric:
    """`within` - `between`, from -2 to 2; arguments as for `within`."""
    same, other = split_pairs(similarity, senses)
    if reason := _why_not(same, other):
        return Metric(None, undefined=reason)
    return Metric(float(same.mean() - other.mean()))


def auc(similarity: Similarity, senses: Senses) -> Metric:
    """P(cosine of a same-sense pair > cosine of a different-sense pair), ties one half.

    The Mann-Whitney statistic over the number of (same, different) pairs of pairs, pooled over
    the senses. .5 is chance, and values below it are possible. Arguments as for `within`.
    """
    same, other = split_pairs(similarity, senses)
    if reason := _why_not(same, other):
        return Metric(None, undefined=reason)
    other = np.sort(other)
    below = np.searchsorted(other, same, side="left")
    up_to = np.searchsorted(other, same, side="right")
    return Metric(float((below + up_to).sum() / (2 * len(same) * len(other))))


def split_pairs(similarity: Similarity, senses: Senses) -> tuple[Similarity, Similarity]:
    """The cosines of same-sense and of different-sense pairs (i < j), undefined ones left out."""
    codes = {sense: i for i, sense in enumerate(dict.fromkeys(senses))}
    label = np.array([-1 if sense is None else codes[sense] for sense in senses])
    i, j = np.triu_indices(len(label), 1)
    cosines = similarity[i, j]
    usable = (label[i] >= 0) & (label[j] >= 0) & ~np.isnan(cosines)
    same = label[i] == label[j]
    return cosines[usable & same], cosines[usable & ~same]


def _why_not(same: Similarity, other: Similarity) -> str | None:
    if not len(same) and not len(other):
        return _NOTHING
    if not len(other):
        return _NO_PAIR_BETWEEN
    return None if len(same) else _NO_PAIR_WITHIN
