"""Test of the difference between the AUCs of two encoders on the uses of one word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures import weighted_pairs
from embcmp.measures.inference import quantile_975, two_sided_p
from embcmp.measures.labels import Floats, Labels, Sample
from embcmp.measures.resampling import Statistic, too_few
from embcmp.measures.separation import twice_below
from embcmp.measures.threads import one_thread

_NO_VARIANCE = 1e-20  # of this size are the squared rounding errors of an AUC


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a measure between two encoders, a and b.

    Attributes:
        value: The measure of a minus that of b, None if either is undefined.
        ci95: 95 % interval of the difference.
        p: Two-sided p of the hypothesis that there is no difference.
        reason: Why any of these is None.
        senses: Number of senses that have a vector in both encoders.
        sentences: Number of sentences.
    """

    value: float | None
    ci95: tuple[float, float] | None = None
    p: float | None = None
    reason: str | None = None
    senses: int = 0
    sentences: int = 0


@one_thread()
def auc_difference(a: Sample, b: Sample) -> Difference:
    """Difference of two encoders' `auc`, by the stratified delete-one-sentence jackknife.

    Let d_(i) be the difference without sentence i of the n_s sentences of sense s, where the
    other sentences of that sense weigh n_s / (n_s - 1), so that the sense keeps nearly its share
    of the pairs (Rust and Rao 1996). Then V = sum over s of (n_s - 1) / n_s * sum over i of
    (d_(i) - their mean)^2. V counts the variance Q from pairs of sentences (`pair_variance`) twice
    (Efron and Stein 1981), so the variance is V - Q, and at least Q. The test and the interval
    take difference / sqrt(variance) as Student's t with n - k degrees of freedom, for n sentences
    of k senses. A permutation test that swaps uses between the encoders is not valid here: all
    pairs of a use change together, and such a test rejects true hypotheses at a rate near .3
    instead of .05.

    Args:
        a: The uses as the first encoder sees them.
        b: The same uses as the second encoder sees them; `samples` makes both. A sentence with
            several senses is left out whole, in its stratum.
    """
    if a.undefined:
        return Difference(None, reason=a.undefined)

    def difference(weights: Floats) -> Floats:
        return weighted_pairs.auc(a, weights) - weighted_pairs.auc(b, weights)

    counts = len(a.senses), len(a.strata)
    value = float(difference(np.ones((1, len(a.rows))))[0])
    if reason := too_few(a):
        return Difference(value, None, None, reason, *counts)
    influence = auc_influence(a) - auc_influence(b)
    pairs = pair_variance(influence, a)
    variance = max(_jackknife(difference, a) - pairs, pairs)
    if not variance > _NO_VARIANCE:
        reason = "no sentence changes the difference: its error is unknown"
        return Difference(value, None, None, reason, *counts)
    error = variance**0.5
    df = len(a.strata) - len(a.senses)
    half = quantile_975(df) * error
    ci95, p = (value - half, value + half), two_sided_p(value / error, df)
    return Difference(value, ci95, p, None, *counts)


def _jackknife(statistic: Statistic, uses: Labels) -> float:
    """Variance V of a statistic of weights, by leaving out each sentence in turn."""
    size = uses.sizes[uses.strata]
    same_stratum = uses.strata[:, None] == uses.strata
    weights = np.where(same_stratum, size / (size - 1), 1.0)
    np.fill_diagonal(weights, 0)
    without = statistic(weights[:, uses.sentences])
    means = np.bincount(uses.strata, weights=without) / uses.sizes
    return float(((size - 1) / size * (without - means[uses.strata]) ** 2).sum())


def auc_influence(uses: Sample) -> Floats:
    """Derivative of `auc` with respect to the weight of each pair of uses.

    For a same-sense pair it is (share of the different-sense pairs with a lower cosine - AUC) /
    number of same-sense pairs; for a different-sense pair it is (share of the same-sense pairs
    with a higher cosine - AUC) / number of different-sense pairs; ties count one half. These
    shares are the placement values of DeLong, DeLong and Clarke-Pearson (1988).

    Args:
        uses: A sample with pairs of both kinds.

    Returns:
        [m, m], symmetric, 0 on the diagonal; the sum over same-sense pairs is 0, and so is the
        sum over different-sense pairs.
    """
    i, j = np.triu_indices(len(uses.rows), 1)
    cosines, alike = uses.similarity[i, j], uses.codes[i] == uses.codes[j]
    same, other = cosines[alike], cosines[~alike]
    beaten = twice_below(other, same) / (2 * len(other))
    above = 1 - twice_below(same, other) / (2 * len(same))
    by_pair = np.empty(len(cosines))
    by_pair[alike] = (beaten - beaten.mean()) / len(same)
    by_pair[~alike] = (above - beaten.mean()) / len(other)
    influence = np.zeros(uses.similarity.shape)
    influence[i, j] = influence[j, i] = by_pair
    return influence


def pair_variance(influence: Floats, uses: Labels) -> float:
    """Estimate Q, the part of a statistic's variance that comes from pairs of sentences.

    The influence of a pair of sentences is the sum over its pairs of uses. It is decomposed into
    a mean, an effect of each sentence and a residual e (Hoeffding's decomposition, by least
    squares within each pair of strata). The estimate is the sum of e^2 over all pairs of
    sentences. As a sum of squared residuals it is too small, by a fifth if strata have ten
    sentences.

    Args:
        influence: [m, m], symmetric, the influence of each pair of uses.
        uses: The uses; each stratum has three sentences or more.
    """
    members = np.eye(len(uses.strata))[uses.sentences]
    pairs = members.T @ influence @ members
    np.fill_diagonal(pairs, 0)  # pairs within a sentence are part of its own effect
    strata = [np.flatnonzero(uses.strata == s) for s in np.unique(uses.strata)]
    total = 0.0
    for a, rows in enumerate(strata):
        total += _residuals_within(pairs[np.ix_(rows, rows)]) / 2
        for columns in strata[a + 1 :]:
            total += _residuals_between(pairs[np.ix_(rows, columns)])
    return total


def _residuals_between(block: Floats) -> float:
    """Sum of the squared residuals of a block, for the pairs of sentences of two strata."""
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
