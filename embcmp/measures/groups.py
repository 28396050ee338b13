"""Intervals for a measure of rows that come in groups, as the pairs of a word: groups are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures.labels import Floats, Index
from embcmp.measures.over_words import BOOTSTRAP_WORDS, T_WORDS, quantile_975
from embcmp.measures.resampling import MAX_UNDEFINED
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

Statistic = Callable[[Floats], Floats]  # weights [draws, n] -> values [draws], NaN undefined

_BLOCK = 64  # draws at once


@one_thread
def measured(
    statistic: Statistic,
    groups: Index,
    *,
    undefined: str,
    chance: float | None = None,
    ends: tuple[float, float] = (-np.inf, np.inf),
    draws: int = DRAWS,
    seed: int = 0,
) -> Metric:
    """A measure of rows with its 95 % interval for new groups.

    20 groups or more: percentile bootstrap of whole groups. 6 to 19: the delete-one-group
    jackknife with Student's t at m - 1 degrees of freedom, which for a mean over groups of one
    size is the usual t interval; it is marked as approximate. Fewer: none.

    Args:
        statistic: from weights [draws, n] of the rows to values [draws].
        groups: [n], the group of each row, numbered from 0 in an order that does not depend on
            the input's.
        undefined: why there may be no value.
        chance: what the measure gives by chance.
        ends: the lowest and the highest value that there can be; a t interval knows of neither.
        draws: of the bootstrap.
        seed: of the draws.
    """
    value = statistic(np.ones((1, len(groups))))[0] if len(groups) else np.nan
    if np.isnan(value):
        return Metric(None, undefined=undefined)
    found = Metric(float(value), chance=chance)
    m = int(groups.max()) + 1
    if m < T_WORDS:
        return replace(found, no_interval=f"an interval over words needs {T_WORDS}: here are {m}")
    if m < BOOTSTRAP_WORDS:
        without = statistic((groups != np.arange(m)[:, None]).astype(np.float64))
        variance = (m - 1) / m * ((without - without.mean()) ** 2).sum()
        half = quantile_975(m - 1) * variance**0.5
        if np.isnan(half):
            return replace(found, no_interval="undefined without one of the words")
        low, high = np.clip((value - half, value + half), *ends)
        return replace(found, ci95=(float(low), float(high)), approximate=True)
    values = _drawn(statistic, groups, m, draws, seed)
    lost = np.isnan(values)
    if lost.mean() > MAX_UNDEFINED:
        return replace(found, no_interval=f"undefined in {lost.mean():.0%} of the draws")
    low, high = np.percentile(values[~lost], [2.5, 97.5])
    return replace(found, ci95=(float(low), float(high)))


def _drawn(statistic: Statistic, groups: Index, m: int, draws: int, seed: int) -> Floats:
    weights = np.random.default_rng(seed).multinomial(m, np.full(m, 1 / m), draws)
    blocks = [
        statistic(weights[i : i + _BLOCK][:, groups].astype(np.float64))
        for i in range(0, draws, _BLOCK)
    ]
    return np.concatenate(blocks)
