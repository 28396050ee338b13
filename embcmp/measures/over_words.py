"""Inference over words: each counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures.labels import Floats, Index
from embcmp.measures.resampling import MAX_UNDEFINED, Statistic
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

EXACT_WORDS = 12
FLIPS = 9999
BOOTSTRAP_WORDS, T_WORDS = 20, 6
_BLOCK = 64  # draws at once


@dataclass(frozen=True, slots=True)
class Summary:
    """A mean over words.

    Attributes:
        mean: None without words.
        ci95: its 95 % interval.
        method: how the interval was made; a `t` interval is marked where it is shown.
        reason: why there is no interval.
    """

    mean: float | None
    ci95: tuple[float, float] | None = None
    method: Literal["bootstrap", "t"] | None = None
    reason: str | None = None


def sign_flip(differences: Sequence[float], *, seed: int = 0, flips: int = FLIPS) -> float | None:
    """Two-sided p that per-word differences are symmetric about 0 (Fisher 1935).

    The share of sign patterns whose absolute sum is at least the one seen: all 2^m patterns up
    to 12 words, else (1 + how many) / (1 + flips) of random ones.

    Args:
        differences: [m], one a word, in an order that does not depend on the input's.
        seed: of the random patterns.
        flips: how many random patterns.

    Returns:
        In (0, 1], None without words.
    """
    d = np.abs(np.asarray(differences, dtype=np.float64))
    if not len(d):
        return None
    seen = abs(float(np.sum(differences)))
    if len(d) <= EXACT_WORDS:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(d))))
        return float((np.abs(signs @ d) >= seen - 1e-12 * d.sum()).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(flips, len(d)))
    as_large = int((np.abs(signs @ d) >= seen - 1e-12 * d.sum()).sum())
    return (1 + as_large) / (1 + flips)


def over_words(values: Sequence[float], *, draws: int = DRAWS, seed: int = 0) -> Summary:
    """Mean of a measure over words, with a 95 % interval for new words.

    20 words or more: percentile bootstrap of whole words. 6 to 19: mean +- t * s / sqrt(m) with
    m - 1 degrees of freedom. Fewer: none.

    Args:
        values: [m], one a word, in an order that does not depend on the input's.
        draws: how often words are drawn.
        seed: of the draws.
    """
    x = np.asarray(values, dtype=np.float64)
    if not len(x):
        return Summary(None, reason="no word has a value")
    mean = float(x.mean())
    if len(x) < T_WORDS:
        return Summary(mean, reason=f"an interval over words needs {T_WORDS}: here are {len(x)}")
    if len(x) < BOOTSTRAP_WORDS:
        half = quantile_975(len(x) - 1) * float(x.std(ddof=1)) / len(x) ** 0.5
        return Summary(mean, (mean - half, mean + half), "t")
    drawn = np.random.default_rng(seed).integers(len(x), size=(draws, len(x)))
    low, high = np.percentile(x[drawn].mean(axis=1), [2.5, 97.5])
    return Summary(mean, (float(low), float(high)), "bootstrap")


@one_thread
def over_groups(
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


def two_sided_p(t: float, df: int) -> float:
    """P(|T| >= |t|) for Student's t with `df` degrees of freedom."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def quantile_975(df: int) -> float:
    """The t that P(|T| <= t) = .95 belongs to, with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
