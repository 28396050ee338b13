"""Inference over words: intervals and tests of means, and adjusted p-values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures.labels import Floats, Index
from embcmp.measures.resampling import MAX_UNDEFINED, Statistic
from embcmp.measures.threads import one_thread
from embcmp.measures.weighted_pairs import ratio
from embcmp.types import Metric

EXACT_WORDS = 12
FLIPS = 9999
BOOTSTRAP_WORDS, T_WORDS = 20, 6
_BLOCK = 64  # draws computed at once


def sign_flip(differences: Sequence[float], *, seed: int = 0, flips: int = FLIPS) -> float | None:
    """Sign-flip test of the hypothesis that differences are symmetric about 0 (Fisher 1935).

    p is the share of sign patterns whose absolute sum is at least the observed one: of all 2^m
    patterns up to 12 words, else (1 + their number) / (1 + flips) among random patterns.

    Args:
        differences: [m], one difference a word, in an order that does not depend on the input's.
        seed: Seed of the random patterns.
        flips: Number of random patterns.

    Returns:
        The two-sided p in (0, 1], or None without words.
    """
    d = np.abs(np.asarray(differences, dtype=np.float64))
    if not len(d):
        return None
    observed = abs(float(np.sum(differences)))
    if len(d) <= EXACT_WORDS:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(d))))
        return float((np.abs(signs @ d) >= observed - 1e-12 * d.sum()).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(flips, len(d)))
    as_large = int((np.abs(signs @ d) >= observed - 1e-12 * d.sum()).sum())
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

    With 20 words or more the interval is the percentile bootstrap over words. With 6 to 19 it is
    mean +- t * s / sqrt(m) with m - 1 degrees of freedom, marked as approximate. With fewer words
    there is none.

    Args:
        values: One value a word, or None, in an order that does not depend on the input's.
        undefined: The reason to give if no word has a value.
        chance: The value of the measure by chance.
        ends: The lowest and the highest possible value, where t intervals are cut off.
        draws: Number of bootstrap draws.
        seed: Seed of the draws.
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


@one_thread()
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
    """A measure of rows that come in groups, such as words, with a 95 % interval for new groups.

    With 20 groups or more the interval is the percentile bootstrap over whole groups. With 6 to
    19 it is from the delete-one-group jackknife and Student's t with m - 1 degrees of freedom,
    which for the mean over groups of one size is the usual t interval; it is marked as
    approximate. With fewer groups there is none.

    Args:
        statistic: Computes values [draws] from weights [draws, n] of the rows.
        groups: [n], the group of each row, numbered from 0 in an order that does not depend on
            the input's.
        undefined: The reason to give if there is no value.
        chance: The value of the measure by chance.
        ends: The lowest and the highest possible value, where t intervals are cut off.
        draws: Number of bootstrap draws.
        seed: Seed of the draws.
    """
    value = statistic(np.ones((1, len(groups))))[0] if len(groups) else np.nan
    if np.isnan(value):
        return Metric(None, undefined=undefined)
    metric = Metric(float(value), chance=chance)
    m = int(groups.max()) + 1
    if m < T_WORDS:
        return replace(metric, no_interval=f"an interval over words needs {T_WORDS}: here are {m}")
    if m < BOOTSTRAP_WORDS:
        without = statistic((groups != np.arange(m)[:, None]).astype(np.float64))
        variance = (m - 1) / m * ((without - without.mean()) ** 2).sum()
        half = quantile_975(m - 1) * variance**0.5
        if np.isnan(half):
            return replace(metric, no_interval="undefined without one of the words")
        low, high = np.clip((value - half, value + half), *ends)
        return replace(metric, ci95=(float(low), float(high)), approximate=True)
    values = _bootstrap_values(statistic, groups, m, draws, seed)
    undefined_draws = np.isnan(values)
    if undefined_draws.mean() > MAX_UNDEFINED:
        return replace(
            metric, no_interval=f"undefined in {undefined_draws.mean():.0%} of the draws"
        )
    low, high = np.percentile(values[~undefined_draws], [2.5, 97.5])
    return replace(metric, ci95=(float(low), float(high)))


def _bootstrap_values(statistic: Statistic, groups: Index, m: int, draws: int, seed: int) -> Floats:
    weights = np.random.default_rng(seed).multinomial(m, np.full(m, 1 / m), draws)
    blocks = [
        statistic(weights[i : i + _BLOCK][:, groups].astype(np.float64))
        for i in range(0, draws, _BLOCK)
    ]
    return np.concatenate(blocks)


def two_sided_p(t: float, df: int) -> float:
    """Two-sided p, P(|T| >= |t|), of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def quantile_975(df: int) -> float:
    """The .975 quantile of Student's t with `df` degrees of freedom: P(|T| <= t) = .95."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's (1979) step-down adjustment, which bounds the probability of any false claim.

    With p_(1) <= ... <= p_(m), the adjusted p_(i) is the largest of (m - j + 1) * p_(j) over
    j <= i, at most 1. None, for a test without a p-value, stays None and does not count.
    """
    return _adjusted(p, lambda q: np.maximum.accumulate(np.arange(len(q), 0, -1) * q))


def benjamini_yekutieli(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Yekutieli's (2001) step-up adjustment, which bounds the share of false claims.

    With p_(1) <= ... <= p_(m), the adjusted p_(i) is the smallest of
    m / j * (1 + 1/2 + ... + 1/m) * p_(j) over j >= i, at most 1. It is valid under any dependence
    between the tests. None, for a test without a p-value, stays None and does not count.
    """

    def step_up(q: Floats) -> Floats:
        j = np.arange(1, len(q) + 1)
        scaled = len(q) / j * (1 / j).sum() * q
        return np.minimum.accumulate(scaled[::-1])[::-1]

    return _adjusted(p, step_up)


def _adjusted(p: Sequence[float | None], adjust: Callable[[Floats], Floats]) -> list[float | None]:
    """Adjust the sorted p-values, leaving out None, and return them in their given order."""
    values = np.array(p, dtype=np.float64)  # None becomes NaN, which is sorted to the end
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    values[order] = np.minimum(adjust(values[order]), 1)
    return [None if np.isnan(value) else float(value) for value in values]
