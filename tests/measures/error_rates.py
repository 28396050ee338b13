"""How often intervals contain the truth, and tests reject it, on simulated words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from embcmp.batch.over_words import paired
from embcmp.measures.encoder_differences import Contestant, band, differences, tested_together
from embcmp.measures.jackknife import auc_interval, is_calibrated, macro_interval
from embcmp.measures.labels import Floats, Index, sample
from embcmp.measures.macro_auc import auc_macro
from embcmp.measures.separation import auc
from embcmp.measures.use_groups import Grouping
from embcmp.questions.compare.pairs import claims
from embcmp.questions.compare.verdict import units_needed
from embcmp.types import Metric, PairTest
from tests.measures.simulated_words import (
    encoders,
    grouping,
    interpolated_shift,
    sense_codes,
    shares,
    shift_for,
)

Sizes = tuple[int, ...]


def coverage(
    sizes: Sizes, true: float, repeats: int, *, uneven: bool = False, macro: bool = True
) -> float:
    """Share of the intervals of `auc_macro`, or of `auc`, that contain the true value.

    A word where every comparison is right has no interval, and does not count.
    """
    codes = sense_codes(sizes)
    shift = shift_for(true, shares(sizes), uneven, macro)
    measure = macro_interval if macro else auc_interval
    held = []
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        [cosines] = encoders(codes, [shift], rng, uneven=uneven)
        ci95 = measure(sample(cosines, grouping(codes))).ci95
        if ci95 is not None:
            held.append(ci95[0] <= true <= ci95[1])
    return float(np.mean(held)) if held else float("nan")


def coverage_by_estimate(
    units: int, bins: Sequence[float], repeats: int, *, uneven: bool = False, macro: bool = True
) -> tuple[list[float], float]:
    """Share of the intervals that contain the true value, by the value that was estimated.

    The true values are spread evenly from .5 to .99.

    Returns:
        The share for the estimates between each two bins, and of all that are not marked.
    """
    codes = sense_codes((units, units))
    held = []
    for seed in range(repeats):
        rng = np.random.default_rng([seed, units])
        true = rng.uniform(0.5, 0.99)
        shift = interpolated_shift(true, (0.5, 0.5), uneven, macro)
        [cosines] = encoders(codes, [shift], rng, uneven=uneven)
        uses = sample(cosines, grouping(codes))
        interval = macro_interval(uses) if macro else auc_interval(uses)
        value = auc_macro(uses).value if macro else auc(uses).value
        assert value is not None
        if interval.ci95:
            inside = interval.ci95[0] <= true <= interval.ci95[1]
            held.append((value, inside, is_calibrated(value, uses)))
    values, inside, trusted = np.array(held).T
    by_bin = [
        float(inside[(low <= values) & (values < high)].mean()) for low, high in pairwise(bins)
    ]
    return by_bin, float(inside[trusted > 0].mean())


def band_coverage(
    sizes: Sizes, curve: tuple[float, ...], repeats: int, *, uneven: bool = False
) -> float:
    """Share of the bands that contain a whole curve; the layers share half of their noise."""
    codes = sense_codes(sizes)
    shifts = [shift_for(true, shares(sizes), uneven) for true in curve]
    held = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        layers = encoders(codes, shifts, rng, uneven=uneven, alike=True)
        ends = [part.ci95 for part in band(layers, grouping(codes), seed=seed)]
        held += all(e is None or e[0] <= true <= e[1] for true, e in zip(curve, ends, strict=True))
    return held / repeats


def tests_of(cosines: Sequence[Floats], uses: Grouping, seed: int = 0) -> list[PairTest]:
    """The tests of all pairs of encoders of a word, together."""
    contestants = [Contestant(str(k), (c,)) for k, c in enumerate(cosines)]
    return tested_together(differences(list(combinations(contestants, 2)), uses), seed=seed)


def found_different(tests: Sequence[PairTest]) -> bool:
    """Whether any of the tests says that two encoders differ."""
    return any(t.p_adjusted is not None and t.p_adjusted < 0.05 for t in tests)


def false_claims(
    sizes: Sizes,
    true: float,
    repeats: int,
    *,
    number: int = 2,
    uneven: bool = False,
    alike: bool = False,
) -> float:
    """Share of words where some of the encoders, which are all equal, is found to be better.

    The encoders share half of their noise. Those that are alike, as layers of a network are, share
    nine tenths, and what contexts tell.
    """  # fmt: skip
    codes = sense_codes(sizes)
    shifts = [shift_for(true, shares(sizes), uneven)] * number
    common = 0.9 if alike else 0.5
    found = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        made = encoders(codes, shifts, rng, uneven=uneven, common=common, alike=alike)
        found += found_different(tests_of(made, grouping(codes), seed))
    return found / repeats


def power_at_detectable(
    sizes: Sizes, middle: float, repeats: int, *, uneven: bool = False, number: int = 2
) -> tuple[float, float]:
    """Share of words where a true difference as large as `detectable` is found.

    The first encoder is better by this difference, half of it above and half below the middle; the
    others are equal, and the pair that counts is the first.

    Returns:
        The share and the true difference.
    """
    codes = sense_codes(sizes)
    difference = 0.0
    for words in (repeats // 4, repeats // 2, repeats):  # `detectable` depends on the difference
        tests = list(
            _first_tests(codes, sizes, middle, difference, words, uneven=uneven, number=number)
        )
        known = [t.detectable for t in tests if t.detectable is not None]
        power = float(np.mean([found_different([t]) for t in tests]))
        before, difference = difference, min(float(np.mean(known)), 2 * (0.99 - middle))
    return power, before


def _first_tests(
    codes: Index, sizes: Sizes, middle: float, difference: float, repeats: int, *,
    uneven: bool = False, number: int = 2, start: int = 0,
) -> Iterator[PairTest]:  # fmt: skip
    high, low = (
        interpolated_shift(middle + sign * difference / 2, shares(sizes), uneven)
        for sign in (1, -1)
    )
    for seed in range(start, start + repeats):
        rng = np.random.default_rng([seed, *sizes])
        made = encoders(codes, [high, *[low] * (number - 1)], rng, uneven=uneven)
        yield tests_of(made, grouping(codes), seed)[0]


def power_as_planned(
    sizes: Sizes, middle: float, margin: float, repeats: int, *, uneven: bool = False
) -> tuple[float, float]:
    """Share of words where a true difference of the margin is found with as many uses as planned.

    Each plan, `units_needed`, is made from a word of its own with these sizes, and tried on
    another.

    Returns:
        The share and the mean number of planned uses a sense.
    """
    codes = sense_codes(sizes)
    found, planned = 0, []
    pilots = list(_first_tests(codes, sizes, middle, margin, repeats, uneven=uneven))
    for seed, pilot in enumerate(pilots):
        needed = units_needed(pilot, margin)
        larger = tuple(round(needed * len(sizes) * share) for share in shares(sizes))
        [test] = _first_tests(
            sense_codes(larger), larger, middle, margin, 1, uneven=uneven, start=repeats + seed
        )
        found += found_different([test])
        planned.append(needed)
    return found / repeats, float(np.mean(planned))


def claimed(
    sizes: Sizes, difference: float, repeats: int, *, middle: float = 0.75, uneven: bool = False,
    margin: float = 0.05,
) -> Counter[str]:  # fmt: skip
    """How often each claim is made of two encoders; "worse" where the better one loses."""
    made: Counter[str] = Counter()
    tests = _first_tests(sense_codes(sizes), sizes, middle, difference, repeats, uneven=uneven)
    for [claim] in (claims([test], margin) for test in tests):
        wrong = difference > 0 and claim.a == "1" and claim.claim != "unclear"
        made["worse" if wrong and claim.claim != "equal" else claim.claim] += 1
    return made


def units_across_senses(
    units: int, true: float, repeats: int, *, share: float, per_unit: int = 2
) -> dict[str, float]:
    """Coverage and size where the uses of a unit have a share of their noise in common.

    With two uses a unit, each unit has a use of either sense, as a pair of matched sentences has.
    With more, the sense of each use is drawn at random.

    Returns:
        The coverage of the truth of uses in different units, and of the mean over words, which the
        pairs within units lower; the size of the test of two encoders.
    """
    shift = shift_for(true, (0.5, 0.5), False)
    found, estimates, ends = 0, [], []
    for seed in range(repeats):
        rng = np.random.default_rng([seed, units, per_unit])
        number = np.repeat(np.arange(units), per_unit)
        codes = np.arange(len(number)) % 2 if per_unit == 2 else rng.integers(0, 2, len(number))
        uses = grouping(codes, number)
        made = encoders(codes, [shift] * 2, rng, units=number, unit_share=share)
        one = sample(made[0], uses)
        found += found_different(tests_of(made, uses, seed))
        ci95 = macro_interval(one).ci95
        if ci95 is not None:
            estimates.append(auc_macro(one).value)
            ends.append(ci95)
    low, high = np.array(ends).T
    mean = float(np.mean(estimates))
    return {
        "coverage": float(((low <= true) & (true <= high)).mean()),
        "coverage of the mean": float(((low <= mean) & (mean <= high)).mean()),
        "mean": mean,
        "size": found / repeats,
    }


def size_over_words(words: int, repeats: int, *, number: int = 2) -> tuple[float, float]:
    """Share of batches where some of equal encoders is found different: joint t, and sign flip.

    Words differ in how noisy they are. The sign flip is that of the first pair alone.
    """
    names = [f"e{k}" for k in range(number)]
    by_t = by_flip = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, words])
        values = rng.standard_normal((words, number)) * rng.exponential(size=(words, 1))
        comparisons: list[Any] = [
            SimpleNamespace(
                circular=None,
                word=f"w{word:03}",
                controls=None,
                results=[
                    SimpleNamespace(name=name, metrics={"auc_macro": Metric(float(value))})
                    for name, value in zip(names, row, strict=True)
                ],
            )
            for word, row in enumerate(values)
        ]
        tests = paired(comparisons, "auc_macro", combinations(names, 2), seed=seed)
        by_t += any(t.p_adjusted is not None and t.p_adjusted < 0.05 for t in tests)
        by_flip += tests[0].p_sign_flip is not None and tests[0].p_sign_flip < 0.05
    return by_t / repeats, by_flip / repeats
