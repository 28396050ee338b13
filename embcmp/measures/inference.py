"""Inference over words, each counting once, and p-values of several tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures.labels import Floats, Index
from embcmp.measures.resampling import MAX_UNDEFINED, Statistic
from embcmp.measures.threads import one_thread
from embcmp.measures.weighted import ratio
from embcmp.types import Metric

EXACT_WORDS = 12
FLIPS = 9999
BOOTSTRAP_WORDS, T_WORDS = 20, 6
_BLOCK = 64  # draws at once


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


def over_words(
    values: Sequence[float | None],
    *,
    undefined: str = "no word has a value",
    chance: float | None = None,
    ends: tuple[float, float] = (-np.inf, np.inf),
    draws: int = DRAWS,
    seed: int = 0,
) -> Metric:
    """Mean of a measure over the words that have a value, with a 95 % interval for new words.

    20 words or more: percentile bootstrap of whole words. 6 to 19: mean +- t * s / sqrt(m) with
    m - 1 degrees of freedom, marked as approximate. Fewer: none.

    Args:
        values: one a word, in an order that does not depend on the input's.
        undefined: why there may be no value.
        chance: what the measure gives by chance.
        ends: the lowest and the highest value that there can be; a t interval knows of neither.
        draws: how often words are drawn.
        seed: of the draws.
    """
    x = np.array([value for value in values if value is not None], dtype=np.float64)
    if len(x) < BOOTSTRAP_WORDS:
        return over_groups(
            lambda w: ratio(w @ x, w.sum(axis=1)),
            np.arange(len(x)),
            undefined=undefined,
            chance=chance,
            ends=ends,
        )
    drawn = np.random.default_rng(seed).integers(len(x), size=(draws, len(x)))
    low, high = np.percentile(x[drawn].mean(axis=1), [2.5, 97.5])
    return Metric(float(x.mean()), (float(low), float(high)), chance=chance)


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


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's (1979) step-down adjustment: bounds the chance of any false claim.

    A test without a p-value (None) stays so and counts for none.

    With p_(1) <= ... <= p_(m): the largest of (m - j + 1) * p_(j) over j <= i, at most 1.
    """
    return _adjusted(p, lambda q: np.maximum.accumulate(np.arange(len(q), 0, -1) * q))


def benjamini_yekutieli(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Yekutieli's (2001) step-up adjustment: bounds the share of false claims.

    With p_(1) <= ... <= p_(m): the smallest of m / j * (1 + 1/2 + ... + 1/m) * p_(j) over j >= i,
    at most 1. It holds under any dependence between the tests. None as for `holm`.
    """

    def step_up(q: Floats) -> Floats:
        j = np.arange(1, len(q) + 1)
        scaled = len(q) / j * (1 / j).sum() * q
        return np.minimum.accumulate(scaled[::-1])[::-1]

    return _adjusted(p, step_up)


def _adjusted(p: Sequence[float | None], adjust: Callable[[Floats], Floats]) -> list[float | None]:
    """Adjust the sorted p-values that are not None, and put them back in their places."""
    values = np.array(p, dtype=np.float64)  # None becomes NaN, which is sorted to the end
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    values[order] = np.minimum(adjust(values[order]), 1)
    return [None if np.isnan(value) else float(value) for value in values]
