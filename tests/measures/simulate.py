"""How often intervals hold the truth and tests reject it: tables of docs/notes/simulations.md.

    python -m tests.measures.simulate

An occurrence is a part that all share (contextual vectors are not centered), a part of its sense,
and noise, in 16 dimensions. Where contexts are even, the part of the sense is always as strong;
where they are uneven, its strength is drawn from a gamma distribution (shape 2, mean 1) for each
occurrence and encoder, as contexts differ in how much they tell. The truth is the AUC of endlessly
many occurrences in the same proportion of senses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import chain

import numpy as np

from embcmp.measures import weighted_pairs
from embcmp.measures.inference import sign_flip
from embcmp.measures.jackknife import auc_difference
from embcmp.measures.labels import sample, samples
from embcmp.measures.resampling import auc_band, bootstrap
from embcmp.measures.similarity import cosine_matrix

DIM = 16
SIZES = (5, 10, 20, 50)
AUCS = (0.5, 0.6, 0.75, 0.9, 0.97)
RATIOS = (1, 3)
DRAWS = 500
THREE_SENSES = ((5, 5, 5), (10, 10, 10), (20, 20, 20), (10, 20, 30))
MACRO_SIZES = ((5, 5), (10, 10), (20, 20), (50, 50), (10, 30), *THREE_SENSES)
EDGES, EDGE_SIZES = (0.65, 0.8, 0.85), ((10, 10), (20, 20), (10, 30), (50, 50))
BAND_SIZES = ((5, 5), (10, 10), (20, 20), (10, 30), (10, 10, 10))
CURVES = {  # the true AUC of each of seven layers
    "low": (0.5, 0.52, 0.55, 0.58, 0.6, 0.6, 0.58),
    "middle": (0.65, 0.68, 0.7, 0.75, 0.8, 0.82, 0.8),
    "high": (0.6, 0.75, 0.85, 0.9, 0.95, 0.96, 0.95),
}
JACKKNIFE_SIZES = ((10, 10), (10, 30), (20, 20), (10, 10, 10), (10,) * 5)


def points(codes: np.ndarray, shift: float, strength: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Vectors [n, DIM]: a shared part, a part of the sense, and noise."""
    x = noise.copy()
    x[:, -1] += 2
    x[np.arange(len(codes)), codes] += shift * strength
    return x


def strengths(n: int, uneven: bool, rng: np.random.Generator) -> np.ndarray:
    """How much each context tells about the sense: [n], mean 1."""
    return rng.gamma(2, 1 / 2, n) if uneven else np.ones(n)


@cache
def shift_for(auc: float, shares: tuple[float, ...], uneven: bool, macro: bool = False) -> float:
    """The distance between senses at which endlessly many occurrences have this AUC.

    `auc_macro` compares pairs that have an occurrence in common, `auc` any pairs; senses are
    placed alike, so that the former does not depend on their shares.
    """
    rng = np.random.default_rng(0)
    n = 100_000
    pair = np.array(shares) ** 2
    same = rng.choice(len(shares), n, p=pair / pair.sum())
    one = rng.choice(len(shares), 4 * n, p=shares)
    two = rng.choice(len(shares), 4 * n, p=shares)
    differ = one != two
    one, two = one[differ][:n], two[differ][:n]
    drawn = [
        (codes, strengths(len(codes), uneven, rng), rng.standard_normal((len(codes), DIM)))
        for codes in ((one, one, one, two) if macro else (same, same, one, two))
    ]
    if macro:
        drawn[2] = drawn[0]

    def found(shift: float) -> float:
        a, b, c, d = (points(codes, shift, strength, e) for codes, strength, e in drawn)
        own, other = cosines(a, b), cosines(c, d)
        return float((own > other).mean()) if macro else share_above(own, other)

    if auc == 0.5:
        return 0.0
    low, high = 0.0, 40.0
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < auc else (low, middle)
    return low


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nd,nd->n", a, b) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def share_above(same: np.ndarray, other: np.ndarray) -> float:
    return float(np.searchsorted(np.sort(other), same).mean() / len(other))


def coverage(
    sizes: tuple[int, ...], auc: float, repeats: int, *, uneven: bool = False, macro: bool = False
) -> float:
    """Share of the intervals of `auc`, or `auc_macro`, that hold the true value."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    shift = shift_for(auc, shares(sizes), uneven, macro)
    senses = [f"s{c}" for c in codes]
    held = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        noise = rng.standard_normal((len(codes), DIM))
        similarity = cosine_matrix(points(codes, shift, strengths(len(codes), uneven, rng), noise))
        uses = sample(similarity, senses)
        statistic = partial(weighted_pairs.macro_auc if macro else weighted_pairs.auc, uses)
        interval = bootstrap({"": statistic}, uses, DRAWS, seed)[""]
        assert interval.ci95 is not None
        held += interval.ci95[0] <= auc <= interval.ci95[1]
    return held / repeats


def band_coverage(
    sizes: tuple[int, ...], curve: tuple[float, ...], repeats: int, *, uneven: bool = False
) -> float:
    """Share of the bands that hold a whole curve; layers share half of their noise."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    senses = [f"s{c}" for c in codes]
    shifts = [shift_for(auc, shares(sizes), uneven) for auc in curve]
    held = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        strength = strengths(len(codes), uneven, rng)
        shared, *own = rng.standard_normal((1 + len(curve), len(codes), DIM))
        layers = [
            cosine_matrix(points(codes, shift, strength, (shared + noise) / 2**0.5))
            for shift, noise in zip(shifts, own, strict=True)
        ]
        band = auc_band(samples(layers, senses, np.arange(len(codes))), draws=DRAWS, seed=seed)
        ends = [part.ci95 for part in band if part.ci95 is not None]
        held += all(low <= auc <= high for auc, (low, high) in zip(curve, ends, strict=True))
    return held / repeats


def jackknife_size(
    sizes: tuple[int, ...], auc: float, repeats: int, *, uneven: bool = False, alike: bool = False
) -> float:
    """Share of p <= .05 for two encoders with the same AUC that share half of their noise.

    Those that are alike, as two layers of a network are, share nine tenths, and what contexts tell.
    """
    codes = np.repeat(np.arange(len(sizes)), sizes)
    shift = shift_for(auc, shares(sizes), uneven)
    senses = [f"s{c}" for c in codes]
    common = 0.9 if alike else 0.5
    rejected = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, *sizes])
        shared, *own = rng.standard_normal((3, len(codes), DIM))
        strength = [strengths(len(codes), uneven, rng) for _ in own]
        a, b = (
            cosine_matrix(
                points(codes, shift, told, common**0.5 * shared + (1 - common) ** 0.5 * noise)
            )
            for told, noise in zip(strength[:1] * 2 if alike else strength, own, strict=True)
        )
        p = auc_difference(*samples((a, b), senses, np.arange(len(codes)))).p
        rejected += p is not None and p <= 0.05
    return rejected / repeats


def sign_flip_size(words: int, repeats: int, flips: int = 999) -> float:
    """Share of p <= .05 for differences around 0, of words that differ in how noisy they are."""
    rejected = 0
    for seed in range(repeats):
        rng = np.random.default_rng([seed, words])
        differences = rng.standard_normal(words) * rng.exponential(size=words)
        p = sign_flip(differences.tolist(), seed=seed, flips=flips)
        rejected += p is not None and p <= 0.05
    return rejected / repeats


def shares(sizes: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(size / sum(sizes) for size in sizes)


def coverage_table(
    repeats: int, shapes: Sequence[tuple[int, ...]] = (), *, uneven: bool = False,
    macro: bool = False,
) -> Iterator[str]:  # fmt: skip
    yield _head(AUCS)
    for sizes in shapes or [(n, ratio * n) for ratio in RATIOS for n in SIZES]:
        row = [coverage(sizes, auc, repeats, uneven=uneven, macro=macro) for auc in AUCS]
        yield _row(sizes, row)


def edge_table(repeats: int) -> Iterator[str]:
    """At the ends of what `is_calibrated` takes, and beyond; even contexts and uneven ones."""
    heads = [f"AUC {auc:g}{kind}" for auc in EDGES for kind in ("", ", uneven")]
    yield f"| sentences a sense | {' | '.join(heads)} |\n| --- |{' --- |' * len(heads)}"
    for sizes in EDGE_SIZES:
        row = [coverage(sizes, auc, repeats, uneven=u) for auc in EDGES for u in (False, True)]
        yield _row(sizes, row)


def band_table(repeats: int, *, uneven: bool = False) -> Iterator[str]:
    yield f"| sentences a sense | {' | '.join(CURVES)} |\n| --- |{' --- |' * len(CURVES)}"
    for sizes in BAND_SIZES:
        row = [band_coverage(sizes, curve, repeats, uneven=uneven) for curve in CURVES.values()]
        yield _row(sizes, row)


def jackknife_table(repeats: int, *, uneven: bool = False, alike: bool = False) -> Iterator[str]:
    yield _head(AUCS)
    for sizes in ((5, 5), *JACKKNIFE_SIZES):
        row = [jackknife_size(sizes, a, repeats, uneven=uneven, alike=alike) for a in AUCS]
        yield _row(sizes, row)


def sign_flip_table(repeats: int) -> Iterator[str]:
    yield "| words | size at .05 |"
    yield "| --- | --- |"
    for words in (6, 10, 12, 20, 50):
        yield f"| {words} | {sign_flip_size(words, repeats):.3f} |".replace(" 0.", " .")


def _head(aucs: tuple[float, ...]) -> str:
    cells = "".join(f" AUC {auc:g} |" for auc in aucs)
    return f"| sentences a sense |{cells}\n| --- |{' --- |' * len(aucs)}"


def _row(sizes: tuple[int, ...], shares: list[float]) -> str:
    cells = "".join(f" {share:.3f} |".replace(" 0.", " .") for share in shares)
    return f"| {', '.join(map(str, sizes))} |{cells}"


TABLES: dict[str, Callable[[int], Iterator[str]]] = {
    "coverage": coverage_table,
    "coverage-uneven": partial(coverage_table, uneven=True),
    "edges": edge_table,
    "coverage-three": partial(coverage_table, shapes=THREE_SENSES),
    "coverage-three-uneven": partial(coverage_table, shapes=THREE_SENSES, uneven=True),
    "coverage-macro": partial(coverage_table, shapes=MACRO_SIZES, macro=True),
    "coverage-macro-uneven": partial(coverage_table, shapes=MACRO_SIZES, uneven=True, macro=True),
    "band": band_table,
    "band-uneven": partial(band_table, uneven=True),
    "jackknife": jackknife_table,
    "jackknife-uneven": partial(jackknife_table, uneven=True),
    "jackknife-alike": partial(jackknife_table, alike=True),
    "jackknife-alike-uneven": partial(jackknife_table, uneven=True, alike=True),
    "sign-flip": sign_flip_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--table", choices=TABLES, action="append")
    options = parser.parse_args()
    for name in options.table or TABLES:
        for line in chain([f"\n{name}\n"], TABLES[name](options.repeats)):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
