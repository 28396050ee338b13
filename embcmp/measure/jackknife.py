"""Is one encoder better than another on the occurrences of one word?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embcmp.measure import weighted
from embcmp.measure.labels import Floats, Index, Senses, labels, present, units
from embcmp.measure.resampling import too_few
from embcmp.measure.student import quantile_975, two_sided_p
from embcmp.measure.threads import one_thread

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

    With d_(i) the difference without sentence i of the n_s sentences of sense s:
    variance = sum over s of (n_s - 1) / n_s * sum over i of (d_(i) - their mean)^2 (Efron and
    Stein 1981, by strata); difference / sqrt(variance) is held against Student's t with
    n - k degrees of freedom, for n sentences of k senses, and so is the interval. Swapping
    occurrences between the encoders would not do: the pairs of an occurrence go together, and
    such a test rejects true hypotheses at a rate near .3 instead of .05.

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
    grouped = units(used.codes, sentences[used.rows])
    pick = np.ix_(used.rows, used.rows)

    def difference(weights: Floats) -> Floats:
        first, second = (weighted.auc(m[pick], used.codes, weights) for m in (a, b))
        return first - second

    counts = len(used.senses), len(grouped.stratum)
    value = float(difference(np.ones((1, len(used.rows))))[0])
    if reason := too_few(grouped, used.senses):
        return Difference(value, None, None, reason, *counts)
    left_out = np.arange(len(grouped.stratum))[:, None] == grouped.of
    without = difference((~left_out).astype(float))
    sizes = grouped.sizes(len(used.senses))
    means = np.bincount(grouped.stratum, weights=without) / sizes
    squares = (without - means[grouped.stratum]) ** 2
    variance = float((((sizes - 1) / sizes)[grouped.stratum] * squares).sum())
    if not variance > _NO_VARIANCE:
        reason = "no sentence changes the difference: its error is unknown"
        return Difference(value, None, None, reason, *counts)
    error = variance**0.5
    df = len(grouped.stratum) - len(used.senses)
    half = quantile_975(df) * error
    ci95, p = (value - half, value + half), two_sided_p(value / error, df)
    return Difference(value, ci95, p, None, *counts)
