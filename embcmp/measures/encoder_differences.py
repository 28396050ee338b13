"""Tests of the differences between encoders on one word, and bands over the layers of one.

The primary measure is `auc_macro`. All differences that are asked for together are tested together:
their errors are correlated, and the single-step max-t method takes that into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.measures import macro_auc
from embcmp.measures.delete_one import Estimate
from embcmp.measures.inference import t_quantile, two_sided_p
from embcmp.measures.jackknife import (
    NO_CHANGE,
    NO_VARIANCE,
    UNDEFINED_WITHOUT,
    Interval,
    all_alike,
    deviations,
    logit_interval,
    why_none,
)
from embcmp.measures.labels import Floats, Labels, samples
from embcmp.measures.use_groups import Grouping
from embcmp.threads import one_thread
from embcmp.types import PairTest

PRIMARY = "auc_macro"
LEVEL, POWER = 0.05, 0.8
SIMULATED = 50_000  # draws of the largest of several t statistics
_FEW = 100  # a share of fewer draws than these is too uncertain to state
_NO_EIGENVALUE = 1e-9  # relative; differences of three encoders or more are linearly dependent


@dataclass(frozen=True, slots=True)
class Contestant:
    """One side of a test.

    Attributes:
        name: name of a result or of a control.
        similarities: the cosines [n, n] of all uses: one matrix, or one for each seed of an encoder
            of which the mean is tested.
    """

    name: str
    similarities: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two contestants before it is tested with others.

    Attributes:
        test: the test as far as it is known.
        parts: [units], the deviations of all units of the word; 0 where a unit takes no part.
        df: degrees of freedom; 0 where nothing can be inferred.
    """

    test: PairTest
    parts: Floats
    df: int


def differences(pairs: Sequence[tuple[Contestant, Contestant]], uses: Grouping) -> list[Difference]:
    """Measure the differences in `auc_macro` on the uses for which both have a vector.

    Senses with fewer than five units are left out.
    """
    estimates: dict[tuple[str, bytes], Estimate] = {}
    return [_difference(a, b, uses, estimates) for a, b in pairs]


def _difference(
    a: Contestant, b: Contestant, uses: Grouping, estimates: dict[tuple[str, bytes], Estimate]
) -> Difference:
    both = [one.without_rare() for one in samples((*a.similarities, *b.similarities), uses)]
    common = both[0]
    test = PairTest(
        PRIMARY,
        a.name,
        b.name,
        None,
        senses=len(common.senses),
        units=len(common.strata),
        units_a_sense=float(common.unit_counts.mean()) if len(common.senses) else 0.0,
    )
    contributions = np.zeros(uses.units.max(initial=-1) + 1)
    reason = why_none(samples(a.similarities + b.similarities, uses)[0], "a test")
    if common.undefined:
        return Difference(replace(test, undefined=reason or common.undefined), contributions, 0)
    means = []
    for contestant, parts in ((a, both[: len(a.similarities)]), (b, both[len(a.similarities) :])):
        key = contestant.name, common.rows.tobytes()
        if key not in estimates:
            estimates[key] = _mean([macro_auc.auc_macro(part) for part in parts])
        means.append(estimates[key])
    value = means[0].value - means[1].value
    without = means[0].without - means[1].without
    test = replace(test, difference=value)
    if reason := why_none(common, "a test"):
        return Difference(replace(test, undefined=reason), contributions, 0)
    if np.isnan(without).any():
        return Difference(replace(test, undefined=UNDEFINED_WITHOUT), contributions, 0)
    scaled = deviations(without, common)
    if not float((scaled**2).sum()) > NO_VARIANCE:
        reason = NO_CHANGE.format("sentence")
        return Difference(replace(test, undefined=reason), contributions, 0)
    first_use = np.unique(common.units, return_index=True)[1]
    contributions[uses.units[common.rows[first_use]]] = scaled
    return Difference(test, contributions, common.df)


def _mean(estimates: Sequence[Estimate]) -> Estimate:
    return Estimate(
        float(np.mean([e.value for e in estimates])),
        np.mean([e.without for e in estimates], axis=0),
    )


@one_thread()
def tested_together(differences: Sequence[Difference], *, seed: int = 0) -> list[PairTest]:
    """Test differences by single-step max-t, which bounds the chance of any false claim by .05.

    With the correlation R of the differences, estimated from what the units contribute, c is the
    .95 quantile of the largest |T| of a multivariate t distribution with this correlation
    (Hothorn, Bretz and Westfall 2008). The simultaneous interval is D +- c SE. The adjusted p is
    the probability that the largest |T| is at least |D| / SE; it is below .05 exactly if the
    interval excludes 0. A single difference has Student's t interval and p.

    Args:
        differences: Of the same word; those without a standard error stay as they are.
        seed: Seed of the draws from the multivariate t distribution.
    """
    indices = [i for i, d in enumerate(differences) if d.df]
    if not indices:
        return [d.test for d in differences]
    testable = [differences[i] for i in indices]
    parts = np.stack([d.parts for d in testable], axis=1)
    values = np.array([d.test.difference for d in testable], dtype=np.float64)
    df = min(d.df for d in testable)
    errors = np.sqrt((parts**2).sum(axis=0))
    critical, adjusted = simultaneous(parts, np.abs(values) / errors, df, seed=seed)
    tests = [d.test for d in differences]
    for i, error, p in zip(indices, errors.tolist(), adjusted, strict=True):
        tests[i] = _tested(differences[i], error, critical, p)
    return tests


def tested_against_controls(differences: Sequence[Difference], contestants: int) -> list[PairTest]:
    """Test each of several contestants against controls.

    The claim that a contestant is better than every control needs all of its tests to be
    significant, so p is not adjusted for the number of controls (Berger 1982). It is multiplied by
    the number of contestants, since the best of them is chosen.
    """
    tests = []
    for d in differences:
        if not d.df or d.test.difference is None:
            tests.append(d.test)
            continue
        error = float((d.parts**2).sum()) ** 0.5
        p = min(1.0, contestants * two_sided_p(d.test.difference / error, d.df))
        tests.append(_tested(d, error, t_quantile(1 - LEVEL / 2 / contestants, d.df), p))
    return tests


def _tested(d: Difference, error: float, critical: float, p_adjusted: float) -> PairTest:
    value = d.test.difference
    assert value is not None, "a difference with an error has a value"
    half, own = critical * error, t_quantile(0.95, d.df) * error
    return replace(
        d.test,
        ci95=(value - half, value + half),
        ci90=(value - own, value + own),
        p=two_sided_p(value / error, d.df),
        p_adjusted=p_adjusted,
        detectable=(critical + t_quantile(POWER, d.df)) * error,
    )


def simultaneous(
    parts: Floats, statistics: Floats, df: int, *, seed: int = 0
) -> tuple[float, list[float]]:
    """The critical value and the adjusted p-values of the single-step max-t method.

    Args:
        parts: [units, tests], what each unit contributes to each difference (`deviations`).
        statistics: [tests], |difference| / standard error.
        df: Degrees of freedom.
        seed: Seed of the draws.

    Returns:
        c, and for each test its adjusted p. |T| > c exactly if p < .05.
    """
    alone = [two_sided_p(t, df) for t in statistics.tolist()]
    if len(alone) == 1:
        return t_quantile(1 - LEVEL / 2, df), alone
    largest = np.sort(_largest_t(parts, df, np.random.default_rng(seed)))
    as_large = SIMULATED - np.searchsorted(largest, statistics)
    adjusted = []
    for count, p in zip(as_large.tolist(), alone, strict=True):
        share = count / SIMULATED
        if count < _FEW:  # Bonferroni's bound is tighter than the simulation there
            share = min(_FEW / SIMULATED, len(alone) * p)
        adjusted.append(max(share, p))
    return max(float(largest[-round(LEVEL * SIMULATED)]), t_quantile(1 - LEVEL / 2, df)), adjusted


def _largest_t(parts: Floats, df: int, rng: np.random.Generator) -> Floats:
    """[SIMULATED], draws of the largest |T| of a multivariate t with the correlation of `parts`."""
    lengths = np.sqrt((parts**2).sum(axis=0))
    correlation = parts.T @ parts / np.outer(lengths, lengths)
    values, vectors = np.linalg.eigh(correlation)
    large = values > _NO_EIGENVALUE * values.max()
    normal = rng.standard_normal((SIMULATED, int(large.sum())))
    z = normal @ (vectors[:, large] * np.sqrt(values[large])).T
    scale = np.sqrt(rng.chisquare(df, SIMULATED) / df)
    largest: Floats = np.abs(z).max(axis=1) / scale
    return largest


def band(layers: Sequence[Floats], uses: Grouping, *, seed: int = 0) -> list[Interval]:
    """Simultaneous 95 % confidence band of `auc_macro` over the layers of an encoder.

    The interval of each layer is that of `jackknife.macro_interval` with c, the critical value of
    `simultaneous`, in place of the t quantile: a sup-t band (Montiel Olea and Plagborg-Moller
    2019). It contains the whole true curve with a probability of about 95 %, so that layers may be
    compared by eye; how often it did in simulations is in docs/notes/simulations.md.

    Args:
        layers: The cosines [n, n] of each layer.
        uses: How the uses are grouped; senses with fewer than five units are left out.
        seed: Seed of the draws.
    """
    used = [layer.without_rare() for layer in samples(layers, uses)]
    if reason := why_none(used[0]):
        return [Interval(None, reason)] * len(layers)
    estimates = [macro_auc.auc_macro(layer) for layer in used]
    parts = np.stack([_parts(e, used[0]) for e in estimates], axis=1)
    errors = np.sqrt((parts**2).sum(axis=0))
    varying = np.flatnonzero(errors**2 > NO_VARIANCE)
    if not len(varying):
        return [Interval(None, NO_CHANGE.format("unit"))] * len(layers)
    critical, _ = simultaneous(parts[:, varying], np.zeros(len(varying)), used[0].df, seed=seed)
    return [
        Interval(logit_interval(e.value, critical * error))
        if i in varying and not all_alike(e.value)
        else Interval(None, all_alike(e.value) or NO_CHANGE.format("unit"))
        for i, (e, error) in enumerate(zip(estimates, errors.tolist(), strict=True))
    ]


def _parts(estimate: Estimate, uses: Labels) -> Floats:
    """The deviations of all units; the value stands in where it is undefined without a unit."""
    return deviations(np.nan_to_num(estimate.without, nan=estimate.value), uses)
