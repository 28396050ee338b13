"""Standard errors and intervals of measures of one word, by leaving out each unit in turn.

What is inferred holds for new units (sentences, documents) with the same senses of the same word.
Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embcmp.measures import delete_one, macro_auc
from embcmp.measures.delete_one import Estimate, SortedPairs
from embcmp.measures.inference import t_quantile
from embcmp.measures.labels import MIN_UNITS, Flags, Floats, Labels, Sample
from embcmp.threads import one_thread

NO_VARIANCE = 1e-20  # the size of the squared rounding errors of an AUC
ROUNDING = 1e-9  # less than one comparison changes the AUC of a thousand uses
NO_CHANGE = "leaving out a {} never changes it, so its error is unknown"
ALL_RIGHT, ALL_WRONG = "all comparisons are right", "all comparisons are wrong"
UNDEFINED_WITHOUT = "undefined without one of the units"

# Where intervals of an AUC contained the true value in at least 93 % of the simulations of
# docs/notes/simulations.md, with even and with uneven contexts: the largest AUC by the number of
# units of the rarest sense. Elsewhere the intervals are marked as approximate.
TRUSTED = ((40, 0.9), (20, 0.85), (5, 0.8))


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, or the reason why there is none."""

    ci95: tuple[float, float] | None
    reason: str | None = None


def deviations(without: Floats, uses: Labels) -> Floats:
    """What each unit contributes to the jackknife's standard error.

    sqrt((n_s - 1) / n_s) * (value without the unit - mean of these over its stratum), for a
    stratum of n_s units: the sum of the squares is the variance, and the products of two measures'
    deviations sum to their covariance.

    Args:
        without: [u], a measure without each unit.
        uses: The uses that were measured.
    """
    means = np.bincount(uses.strata, without) / uses.sizes
    share = (uses.sizes - 1) / uses.sizes
    scaled: Floats = np.sqrt(share[uses.strata]) * (without - means[uses.strata])
    return scaled


def why_none(uses: Labels, what: str = "an interval") -> str | None:
    """Why nothing can be inferred from these uses, or None if something can."""
    return uses.undefined or uses.too_few(MIN_UNITS, what)


def mean_interval(uses: Sample, pairs: Flags) -> Interval:
    """Student's t interval of the mean cosine of the selected pairs [m, m]; labels are ignored."""
    reason = uses.too_few(MIN_UNITS, "an interval")
    return _interval(delete_one.mean_cosine(uses, pairs), uses, _t_interval, reason)


def sense_interval(uses: Sample, *, same: bool) -> Interval:
    """Student's t interval of `within`, or of `between` if not `same`."""
    if reason := why_none(uses):
        return Interval(None, reason)
    return mean_interval(uses, (uses.codes[:, None] == uses.codes) == same)


def separation_interval(uses: Sample) -> Interval:
    """Student's t interval of `separation`, the difference of two mean cosines."""
    same = uses.codes[:, None] == uses.codes
    within, between = delete_one.mean_cosine(uses, same), delete_one.mean_cosine(uses, ~same)
    difference = Estimate(within.value - between.value, within.without - between.without)
    return _interval(difference, uses, _t_interval, why_none(uses))


def interval_of(estimate: Estimate, uses: Labels, reason: str | None = None) -> Interval:
    """Student's t interval of any measure; none if there is a reason for it."""
    return _interval(estimate, uses, _t_interval, reason)


@one_thread()
def auc_interval(uses: Sample) -> Interval:
    """Interval of `auc` by Student's t on the logit scale.

    The jackknife's variance V counts twice the part Q that comes from pairs of units
    (`pair_variance`; Efron and Stein 1981). So if each unit has one use, the variance is V - Q, but
    at least Q.
    """
    if reason := why_none(uses):
        return Interval(None, reason)
    one_each = np.allclose(np.bincount(uses.units, uses.weights), 1)  # all copies of a use are one
    from_pairs = pair_variance(auc_influence(uses), uses) if one_each else 0.0
    return _interval(delete_one.auc(uses), uses, logit_interval, None, from_pairs)


def macro_interval(uses: Sample) -> Interval:
    """Interval of `auc_macro` by Student's t on the logit scale.

    The standard error is 1.0 to 1.2 times the true one in simulations, since the jackknife counts
    the variance from pairs of units twice.
    """
    reason = why_none(uses)
    if reason:
        return Interval(None, reason)
    return _interval(macro_auc.auc_macro(uses), uses, logit_interval, None)


def _interval(
    estimate: Estimate,
    uses: Labels,
    ends: Callable[[float, float], tuple[float, float]],
    reason: str | None,
    from_pairs: float = 0.0,
) -> Interval:
    """The interval `ends(value, half)`, where half is the t quantile times the standard error.

    There is none if there is a reason for it. `from_pairs` is the part of the variance that comes
    from pairs of units, where it is known.
    """
    if reason:
        return Interval(None, reason)
    if np.isnan(estimate.without).any():
        return Interval(None, UNDEFINED_WITHOUT)
    if ends is logit_interval and (at_end := all_alike(estimate.value)):
        return Interval(None, at_end)
    variance = float((deviations(estimate.without, uses) ** 2).sum())
    variance = max(variance - from_pairs, from_pairs)
    if not variance > NO_VARIANCE:
        return Interval(None, NO_CHANGE.format("unit"))
    return Interval(ends(estimate.value, t_quantile(0.975, uses.df) * variance**0.5))


def all_alike(auc: float) -> str | None:
    """Why an AUC that is 1 or 0, up to rounding, has no interval; None for any other AUC."""
    if auc > 1 - ROUNDING:
        return ALL_RIGHT
    return ALL_WRONG if auc < ROUNDING else None


def _t_interval(value: float, half: float) -> tuple[float, float]:
    return value - half, value + half


def logit_interval(value: float, half: float) -> tuple[float, float]:
    """The interval value +- half by the delta method, symmetric on the logit scale instead."""
    middle, half = np.log(value / (1 - value)), half / (value * (1 - value))
    return float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle)))


def is_calibrated(auc: float, uses: Labels) -> bool:
    """Whether intervals of `auc` and `auc_macro` held in simulations of words like this one.

    They contained the true value in at least 93 % of simulated words with a true value near `auc`
    and as many units of the rarest sense. The tables are in docs/notes/simulations.md.
    """
    units = uses.unit_counts.min(initial=max(least for least, _ in TRUSTED))
    return any(units >= least and auc <= highest for least, highest in TRUSTED)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's (1927) 95 % interval of a share of n units.

    For a classifier's accuracy it takes the predictions as given. How other units would change
    them is not part of it, so it is too narrow, and should be marked as approximate.
    """
    z = 1.959963984540054  # the .975 quantile of the normal distribution
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def auc_influence(uses: Sample) -> Floats:
    """Derivative of `auc` with respect to the logarithm of the weight of each pair of uses.

    For a same-sense pair it is its weight times (share of the different-sense pairs with a lower
    cosine - AUC) / weight of all same-sense pairs; for a different-sense pair its weight times
    (share of the same-sense pairs with a higher cosine - AUC) / weight of all different-sense
    pairs; ties count one half. These shares are the placement values of DeLong, DeLong and
    Clarke-Pearson (1988).

    Args:
        uses: A sample with pairs of both kinds.

    Returns:
        [m, m], symmetric, 0 where uses are no pair; the sum over same-sense pairs is 0, and so is
        the sum over different-sense pairs.
    """
    pairs = SortedPairs.of(uses)
    wins, count, same, other = pairs.wins(uses.weights)
    auc = wins.sum() / count
    of_kind = np.where(pairs.same, same.sum(), other.sum())
    by_pair = (wins / (same.sum() * other.sum() / of_kind) - auc * (same + other)) / of_kind
    influence = np.zeros(uses.similarity.shape)
    influence[pairs.i, pairs.j] = influence[pairs.j, pairs.i] = by_pair
    return influence


def pair_variance(influence: Floats, uses: Labels) -> float:
    """Estimate Q, the part of a statistic's variance that comes from pairs of units.

    The influence of a pair of units is decomposed into a mean, an effect of each unit and a
    residual e (Hoeffding's decomposition, by least squares within each pair of strata). The
    estimate is the sum of e^2 over all pairs of units. As a sum of squared residuals it is too
    small, by a fifth if strata have ten units.

    Args:
        influence: [m, m], symmetric, the influence of each pair of uses.
        uses: The uses, one in each unit, or copies of one; each stratum has three units or more.
    """
    in_unit = (uses.units == np.arange(len(uses.strata))[:, None]).astype(float)
    pairs = in_unit @ influence @ in_unit.T
    np.fill_diagonal(pairs, 0)
    strata = [np.flatnonzero(uses.strata == s) for s in range(len(uses.sizes))]
    total = 0.0
    for a, rows in enumerate(strata):
        total += _residuals_within(pairs[np.ix_(rows, rows)]) / 2
        for columns in strata[a + 1 :]:
            total += _residuals_between(pairs[np.ix_(rows, columns)])
    return total


def _residuals_between(block: Floats) -> float:
    """Sum of the squared residuals of a block, for the pairs of units of two strata."""
    by_row, by_column = block.mean(axis=1, keepdims=True), block.mean(axis=0)
    return float(((block - by_row - by_column + block.mean()) ** 2).sum())


def _residuals_within(block: Floats) -> float:
    """As `_residuals_between`, for a symmetric block without its diagonal: each pair twice."""
    n = len(block)
    mean = block.sum() / (n * (n - 1))
    effects = (block.sum(axis=1) - (n - 1) * mean) / (n - 2)
    residuals = block - effects[:, None] - effects - mean
    np.fill_diagonal(residuals, 0)
    return float((residuals**2).sum())
