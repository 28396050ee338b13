"""Is one encoder better than another on the occurrences of one word?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measures import weighted
from embcmp.measures.influence import auc_influence, pair_variance
from embcmp.measures.labels import Floats, Index, Senses, Units, labels, present, units
from embcmp.measures.over_words import quantile_975, two_sided_p
from embcmp.measures.resampling import Statistic, too_few
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

    @property
    def margin(self) -> float | None:
        """Half the interval: the smallest difference that these sentences could have shown."""
        return (self.ci95[1] - self.ci95[0]) / 2 if self.ci95 else None


@one_thread
def auc_difference(a: Floats, b: Floats, senses: Senses, sentences: Index) -> Difference:
    """Difference of two encoders' `auc`, by the stratified delete-one-sentence jackknife.

    With d_(i) the difference without sentence i of the n_s sentences of sense s, where the others
    of that sense weigh n_s / (n_s - 1), so that the sense hardly loses in its share of the pairs
    (Rust and Rao 1996): V = sum over s of (n_s - 1) / n_s * sum over i of (d_(i) - their mean)^2.
    V counts what pairs of sentences bring in by themselves, Q of `pair_variance`, twice (Efron and
    Stein 1981), so the variance is V - Q, and never below Q. Difference / sqrt(variance) is held
    against Student's t with n - k degrees of freedom, for n sentences of k senses, and so is the
    interval. Swapping occurrences between the encoders would not do: the pairs of an occurrence go
    together, and such a test rejects true hypotheses at a rate near .3 instead of .05.

    Args:
        a: [n, n] similarity of one encoder, NaN where undefined.
        b: [n, n], of the other encoder and the same occurrences; those that lack a vector in
            either are left out of both.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them. A sentence with several senses is left out
            whole, in the stratum that `units` gives it.
    """
    used = labels(senses, present(a) & present(b))
    if used.undefined:
        return Difference(None, reason=used.undefined)
    of = sentences[used.rows]
    grouped = units(used.codes, of)
    pick = np.ix_(used.rows, used.rows)
    first, second = a[pick], b[pick]

    def difference(weights: Floats) -> Floats:
        one, other = (weighted.auc(m, used.codes, weights, of) for m in (first, second))
        return one - other

    counts = len(used.senses), len(grouped.stratum)
    value = float(difference(np.ones((1, len(used.rows))))[0])
    if reason := too_few(grouped, used.senses):
        return Difference(value, None, None, reason, *counts)
    sizes = grouped.sizes(len(used.senses))
    jackknifed = _jackknife(difference, grouped, sizes)
    influence = auc_influence(first, used.codes) - auc_influence(second, used.codes)
    pairs = pair_variance(influence, grouped)
    variance = max(jackknifed - pairs, pairs)
    if not variance > _NO_VARIANCE:
        reason = "no sentence changes the difference: its error is unknown"
        return Difference(value, None, None, reason, *counts)
    error = variance**0.5
    df = len(grouped.stratum) - len(used.senses)
    half = quantile_975(df) * error
    ci95, p = (value - half, value + half), two_sided_p(value / error, df)
    return Difference(value, ci95, p, None, *counts)


def _jackknife(statistic: Statistic, grouped: Units, sizes: Index) -> float:
    """Variance of a statistic of weights, by leaving out each sentence in turn."""
    size = sizes[grouped.stratum]
    together = grouped.stratum[:, None] == grouped.stratum
    weights = np.where(together, size / (size - 1), 1.0)
    np.fill_diagonal(weights, 0)
    without = statistic(weights[:, grouped.of])
    means = np.bincount(grouped.stratum, weights=without) / sizes
    return float(((size - 1) / size * (without - means[grouped.stratum]) ** 2).sum())
