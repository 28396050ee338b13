"""Inference over words: intervals and tests of means, and adjusted p-values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from embcmp.measures.labels import Floats, Index
from embcmp.threads import one_thread
from embcmp.types import Metric

_BLOCK = 256  # groups that are left out at once
EXACT_WORDS = 12
FLIPS = 9999
T_WORDS, TRUSTED_WORDS = 6, 20

Statistic = Callable[[Floats], Floats]  # weights [k, n] of rows -> values [k], NaN undefined


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
) -> Metric:
    """Mean of a measure over the words that have a value, with a 95 % interval for new words.

    The interval is mean +- t * s / sqrt(m) with m - 1 degrees of freedom, for m words. With fewer
    than 20 words it is marked as approximate, and with fewer than 6 there is none.

    Args:
        values: One value a word, or None.
        undefined: The reason to give if no word has a value.
        chance: The value of the measure by chance.
        ends: The lowest and the highest possible value, where intervals are cut off.
    """
    x = np.array([value for value in values if value is not None], dtype=np.float64)
    return over_groups(
        lambda w: ratio(w @ x, w.sum(axis=1)),
        np.arange(len(x)),
        undefined=undefined,
        chance=chance,
        ends=ends,
    )


@one_thread()
def over_groups(
    statistic: Statistic,
    groups: Index,
    *,
    undefined: str,
    chance: float | None = None,
    ends: tuple[float, float] = (-np.inf, np.inf),
) -> Metric:
    """A measure of rows that come in groups, such as words, with a 95 % interval for new groups.

    The interval is from the delete-one-group jackknife and Student's t with m - 1 degrees of
    freedom, for m groups, which for the mean over groups of one size is the usual t interval. With
    fewer than 20 groups it is marked as approximate, and with fewer than 6 there is none.

    Args:
        statistic: Computes values [k] from weights [k, n] of the rows.
        groups: [n], the group of each row, numbered from 0.
        undefined: The reason to give if there is no value.
        chance: The value of the measure by chance.
        ends: The lowest and the highest possible value, where intervals are cut off.
    """
    value = statistic(np.ones((1, len(groups))))[0] if len(groups) else np.nan
    if np.isnan(value):
        return Metric(None, undefined=undefined)
    metric = Metric(float(value), chance=chance)
    m = int(groups.max()) + 1
    if m < T_WORDS:
        return replace(metric, no_interval=f"an interval over words needs {T_WORDS}: here are {m}")
    without = np.concatenate(
        [
            statistic((groups != left_out[:, None]).astype(np.float64))
            for left_out in np.array_split(np.arange(m), -(-m // _BLOCK))
        ]
    )
    variance = (m - 1) / m * ((without - without.mean()) ** 2).sum()
    half = t_quantile(0.975, m - 1) * variance**0.5
    if np.isnan(half):
        return replace(metric, no_interval="undefined without one of the words")
    low, high = np.clip((value - half, value + half), *ends)
    return replace(metric, ci95=(float(low), float(high)), approximate=m < TRUSTED_WORDS)


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much a difference of two encoders differs between two kinds of words.

    Attributes:
        column: position of the difference among those that were tested.
        one: number of a kind.
        other: number of another kind.
        value: mean over the words of `one` minus mean over those of `other`.
        ci95: Welch's 95 % interval of this value alone.
        p_adjusted: two-sided p, adjusted over all columns and pairs of kinds.
    """

    column: int
    one: int
    other: int
    value: float
    ci95: tuple[float, float]
    p_adjusted: float


def interactions(
    differences: Floats, kinds: Index, *, seed: int = 0, permutations: int = FLIPS
) -> list[Interaction]:
    """Test whether differences of encoders depend on the kind of word.

    The statistic is Welch's t of two kinds, which allows for kinds that vary unequally. Words are
    permuted over the kinds, and p is (1 + the number of permutations whose largest |t|, over all
    columns and pairs of kinds, is at least as large) / (1 + permutations) (Janssen 1997; Westfall
    and Young 1993).

    Args:
        differences: [words, columns], a column for each pair of encoders, without NaN.
        kinds: [words], the number of each word's kind, from 0; each kind has two words or more.
        seed: Seed of the permutations.
        permutations: Number of permutations.
    """
    number = int(kinds.max()) + 1
    pairs = np.array([(a, b) for a in range(number) for b in range(a + 1, number)])
    members = np.eye(number)[kinds]  # [words, kinds]

    def statistics(members: Floats) -> tuple[Floats, Floats, Floats]:
        """Differences of means, their errors and degrees of freedom: [pairs, columns] each."""
        counts = members.sum(axis=0)[:, None]
        means = members.T @ differences / counts
        squares = (members.T @ differences**2 / counts - means**2).clip(0)
        variances = squares / (counts - 1)  # of the means
        a, b = pairs.T
        sums = variances[a] + variances[b]
        parts = variances**2 / (counts - 1)
        df = ratio(sums**2, parts[a] + parts[b])
        return means[a] - means[b], np.sqrt(sums), df

    values, errors, df = statistics(members)
    observed = np.abs(ratio(values, errors))
    rng = np.random.default_rng(seed)
    as_large = np.zeros(observed.shape, dtype=int)
    for _ in range(permutations):
        permuted, error, _ = statistics(members[rng.permutation(len(members))])
        as_large += np.nanmax(np.abs(ratio(permuted, error))) >= observed - 1e-12
    return [
        Interaction(
            column,
            int(pairs[i, 0]),
            int(pairs[i, 1]),
            float(values[i, column]),
            _welch(values[i, column], errors[i, column], df[i, column]),
            (1 + int(as_large[i, column])) / (1 + permutations),
        )
        for column in range(differences.shape[1])
        for i in range(len(pairs))
    ]


def _welch(value: float, error: float, df: float) -> tuple[float, float]:
    half = t_quantile(0.975, df) * error
    return float(value - half), float(value + half)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is 0."""
    out = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0, dtype=np.float64)
    return out


def two_sided_p(t: float, df: int) -> float:
    """Two-sided p, P(|T| >= |t|), of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def t_quantile(p: float, df: float) -> float:
    """The p quantile of Student's t with `df` degrees of freedom: P(T <= t) = p."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def percentile(value: float | None, others: Iterable[float | None]) -> float | None:
    """The share of other values that are smaller, in percent, where a tie counts one half.

    Returns:
        None if the value, or each of the others, is None.
    """
    known = np.array([other for other in others if other is not None])
    if value is None or not len(known):
        return None
    return float(50 * ((known < value).mean() + (known <= value).mean()))


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
    return _adjusted(p, lambda q: harmonic(len(q)) * _step_up(q))


def false_discovery_rates(p: Sequence[float | None]) -> list[float | None]:
    """Estimate for each test the share of false claims among those with a p as small.

    With p_(1) <= ... <= p_(m), it is the smallest of m / j * p_(j) over j >= i, at most 1
    (Benjamini and Hochberg 1995). It is a bound, too, where the tests do not depend on each other.
    None, for a test without a p-value, stays None and does not count.
    """
    return _adjusted(p, _step_up)


def harmonic(m: int) -> float:
    """1 + 1/2 + ... + 1/m."""
    return float((1 / np.arange(1, m + 1)).sum())


def _step_up(q: Floats) -> Floats:
    scaled = len(q) / np.arange(1, len(q) + 1) * q
    return np.minimum.accumulate(scaled[::-1])[::-1]


def _adjusted(p: Sequence[float | None], adjust: Callable[[Floats], Floats]) -> list[float | None]:
    """Adjust the sorted p-values, leaving out None, and return them in their given order."""
    values = np.array(p, dtype=np.float64)  # None becomes NaN, which is sorted to the end
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    values[order] = np.minimum(adjust(values[order]), 1)
    return [None if np.isnan(value) else float(value) for value in values]
