"""Evidence that uses have more than one sense: a test of their two best groups.

Uses of one sense are no Gaussian cloud: they have topics and set phrases. So the null is measured,
not assumed: `data/one_sense.json` describes the statistic in samples of one sense of English words,
by encoder and number of uses. docs/notes/senses.md shows the test's size and power.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from embcmp.measures.labels import Floats
from embcmp.measures.projection import pca
from embcmp.measures.sense_groups import partitions

FEWEST_USES = 10
ANY = "any"  # the row of encoders that were not measured

_SMALL = 1e-9  # instead of 0, which has no logarithm


class Separation(NamedTuple):
    """How far the two best groups of uses lie apart.

    Attributes:
        share: the share of the sum of squares that lies between the groups.
        first: the share of the sum of squares on the first principal component.
        spread: 1 - the mean cosine of two uses.
    """

    share: float
    first: float
    spread: float


class Null(NamedTuple):
    """The statistic in samples of one sense.

    Attributes:
        weight: what the logarithm of the spread counts in the statistic; None if the statistic
            is -log(1 - share / first).
        uses: [m], numbers of uses, rising.
        mean: [m], the statistic's mean in samples of so many uses.
        deviation: [m], the standard deviation of the normal distribution with this mean and the
            statistic's 95th percentile.
    """

    weight: float | None
    uses: Sequence[int]
    mean: Sequence[float]
    deviation: Sequence[float]


def separation(similarity: Floats) -> Separation:
    """Measure how far the two best groups lie apart.

    Args:
        similarity: [n, n] cosines without NaN; not all vectors are equal.
    """
    n, total = len(similarity), float(similarity.sum())
    [groups] = partitions(similarity, [2])
    members = np.eye(groups.max() + 1)[groups]
    within = ((members * (similarity @ members)).sum(axis=0) / members.sum(axis=0)).sum()
    share = (float(within) - total / n) / (n - total / n)
    explained = pca(similarity).explained
    return Separation(share, explained[0] if explained else 0.0, (n * n - total) / (n * (n - 1)))


def statistic(separation: Separation, weight: float | None) -> float:
    """The larger, the more the uses look like two senses."""
    share, first, spread = separation
    if weight is None:
        return float(-np.log(max(1 - share / first, _SMALL)))
    return float(np.log(max(share, _SMALL)) + weight * np.log(spread))


@cache
def nulls() -> Mapping[str, Null]:
    """The nulls by the name of an encoder and layer, such as `bert@6`, and that of ANY other."""
    text = files("embcmp").joinpath("data", "one_sense.json").read_text(encoding="utf-8")
    return {name: Null(**row) for name, row in json.loads(text).items()}


def p_one_sense(similarity: Floats, null: Null) -> float:
    """The p of the hypothesis that all uses have one sense.

    Args:
        similarity: [n, n] cosines without NaN, of FEWEST_USES or more; not all vectors are equal.
        null: the null of the encoder.
    """
    return p_of(separation(similarity), len(similarity), null)


def p_of(separation: Separation, n: int, null: Null) -> float:
    """The p of one sense for n uses, by the normal distribution.

    Between the numbers of uses that were measured, mean and deviation are interpolated on a
    logarithmic scale; beyond the largest one they are those of the largest.
    """
    from scipy.special import ndtr

    at, measured = np.log(n), np.log(null.uses)
    mean = np.interp(at, measured, null.mean)
    deviation = np.interp(at, measured, null.deviation)
    return float(ndtr((mean - statistic(separation, null.weight)) / deviation))


def combined(p: Sequence[float]) -> float:
    """One p from those of several encoders, which depend on each other (Liu and Xie 2020).

    It is the upper tail of a Cauchy distribution at the mean of the p's quantiles. A p close to 1
    would outweigh all others, so that none counts as more than .99. One p alone stays as it is.
    """
    if len(p) == 1:
        return float(p[0])
    quantiles = np.tan((0.5 - np.clip(p, 1e-15, 0.99)) * np.pi)
    return float(0.5 - np.arctan(quantiles.mean()) / np.pi)
