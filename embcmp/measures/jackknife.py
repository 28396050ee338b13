"""Is one encoder better than another on the occurrences of one word?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures import weighted
from embcmp.measures.inference import quantile_975, two_sided_p
from embcmp.measures.labels import Floats, Labels, Sample
from embcmp.measures.resampling import Statistic, too_few
from embcmp.measures.separation import twice_below
from embcmp.measures.threads import one_thread

_NO_VARIANCE = 1e-20  # squared rounding errors of an AUC


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a measure differs between two encoders.

    Attributes:
        value: a's minus b's, None where either is undefined.
        ci95: its 95 % interval.
        p: two-sided, for no difference.
        reason: why something of these is None.
        senses: how many senses have a vector in both.
        sentences: how many sentences.
    """

    value: float | None
    ci95: tuple[float, float] | None = None
    p: float | None = None
    reason: str | None = None
    senses: int = 0
    sentences: int = 0


@one_thread
def auc_difference(a: Sample, b: Sample) -> Difference:
    """Difference of two encoders' `auc`, by the stratified delete-one-sentence jackknife.

    With d_(i) the difference without sentence i of the n_s sentences of sense s, where the others
    of that sense weigh n_s / (n_s - 1), so that the sense hardly loses in its share of the pairs
    (Rust and Rao 1996): V = sum over s of (n_s - 1) / n_s * sum over i of (d_(i) - their mean)^2.
    V counts what pairs of sentences bring in by themselves, Q of `pair_variance`, twice (Efron and
    Stein 1981), so the variance is V - Q, and never below Q. Difference / sqrt(variance) is held
    against Student's t with n - k degrees of freedom, for n sentences of k senses, and so is the
    interval. Swapping uses between the encoders would not do: the pairs of a use go together, and
    such a test rejects true hypotheses at a rate near .3 instead of .05.

    Args:
        a: of one encoder.
        b: of the other, the same uses, as `samples` gives them. A sentence with several senses is
            left out whole, in its stratum.
    """
    if a.undefined:
        return Difference(None, reason=a.undefined)

    def difference(weights: Floats) -> Floats:
        return weighted.auc(a, weights) - weighted.auc(b, weights)

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
    """Variance of a statistic of weights, by leaving out each sentence in turn."""
    size = uses.sizes[uses.strata]
    together = uses.strata[:, None] == uses.strata
    weights = np.where(together, size / (size - 1), 1.0)
    np.fill_diagonal(weights, 0)
    without = statistic(weights[:, uses.sentences])
    means = np.bincount(uses.strata, weights=without) / uses.sizes
    return float(((size - 1) / size * (without - means[uses.strata]) ** 2).sum())


def auc_influence(uses: Sample) -> Floats:
    """Derivative of `auc` by the weight of each pair.

    Of a same-sense pair (share of the different-sense pairs below it - AUC) / number of same-sense
    pairs, of a different-sense pair (share of the same-sense pairs above it - AUC) / number of
    different-sense pairs, ties one half. These shares are the placement values of DeLong, DeLong
    and Clarke-Pearson (1988).

    Args:
        uses: [m] of them, with pairs of both kinds.

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
    """Estimate the part of a statistic's variance that pairs of sentences bring in by themselves.

    The influence of two sentences is the sum over their pairs of uses, a mean, a part of
    either sentence and a rest e (Hoeffding's decomposition, by least squares within each pair of
    strata); this is the sum of e^2 over all two sentences. Being a sum of residuals it is too
    small, by a fifth where strata have ten sentences.

    Args:
        influence: [m, m], symmetric, of each pair of uses.
        uses: these; each stratum has three sentences or more.
    """
    members = np.eye(len(uses.strata))[uses.sentences]
    pairs = members.T @ influence @ members
    np.fill_diagonal(pairs, 0)  # a pair within a sentence comes and goes with it
    strata = [np.flatnonzero(uses.strata == s) for s in np.unique(uses.strata)]
    total = 0.0
    for a, rows in enumerate(strata):
        total += _rest_within(pairs[np.ix_(rows, rows)]) / 2
        for columns in strata[a + 1 :]:
            total += _rest_between(pairs[np.ix_(rows, columns)])
    return total


def _rest_between(block: Floats) -> float:
    by_row, by_column = block.mean(axis=1, keepdims=True), block.mean(axis=0)
    return float(((block - by_row - by_column + block.mean()) ** 2).sum())


def _rest_within(block: Floats) -> float:
    """Likewise for a symmetric block without its diagonal, each pair twice."""
    n = len(block)
    mean = block.sum() / (n * (n - 1))
    own = (block.sum(axis=1) - (n - 1) * mean) / (n - 2)
    rest = block - own[:, None] - own - mean
    np.fill_diagonal(rest, 0)
    return float((rest**2).sum())
