"""Simulated words whose true AUCs are known.

A use is a part that all uses share (contextual vectors are not centered), a part of its sense, and
noise, in 16 dimensions. In even contexts the part of the sense is always as strong. In uneven
contexts its strength is drawn from a gamma distribution (shape 2, mean 1) for each use and encoder,
as contexts differ in how much they tell. The truth is the AUC of endlessly many uses with the same
shares of the senses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from embcmp.measures.labels import Floats, Index
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping

DIM = 16
_TRIPLES = 200_000
_LARGEST_SHIFT = 60.0


def sense_codes(sizes: Sequence[int]) -> Index:
    """[m], the sense of each use, for so many uses of each sense."""
    return np.repeat(np.arange(len(sizes)), sizes)


def grouping(codes: Index, units: Index | None = None) -> Grouping:
    """Uses in sentences of their own, each of which is a unit unless units [m] are given."""
    alone = Grouping.separate([f"s{code}" for code in codes])
    if units is None:
        return alone
    return Grouping(alone.senses, alone.sentences, units, alone.weights)


def encoders(
    codes: Index,
    shifts: Sequence[float],
    rng: np.random.Generator,
    *,
    uneven: bool = False,
    common: float = 0.5,
    alike: bool = False,
    units: Index | None = None,
    unit_share: float = 0.0,
) -> list[Floats]:
    """The cosines [m, m] of one word by encoders that place its senses so far apart.

    Args:
        codes: The sense of each of the m uses.
        shifts: The distance of the senses for each encoder, from `shift_for`.
        rng: The source of the word.
        uneven: Whether contexts differ in how much they tell.
        common: The share of the noise's variance that all encoders have in common.
        alike: Whether contexts tell all encoders as much.
        units: The unit of each use.
        unit_share: The share of the noise's variance that the uses of a unit have in common.
    """
    m = len(codes)
    shared, *own = rng.standard_normal((1 + len(shifts), m, DIM))
    by_unit = np.zeros((m, DIM)) if units is None else rng.standard_normal((m, DIM))[units]
    told = [strengths(m, uneven, rng) for _ in shifts]
    return [
        cosine_matrix(
            points(
                codes, shift, told[0] if alike else told[k],
                unit_share**0.5 * by_unit + (1 - unit_share) ** 0.5
                * (common**0.5 * shared + (1 - common) ** 0.5 * own[k]),
            )
        )
        for k, shift in enumerate(shifts)
    ]  # fmt: skip


def points(codes: Index, shift: float, strength: Floats, noise: Floats) -> Floats:
    """Vectors [m, DIM]: a shared part, a part of the sense, and noise."""
    x = noise.copy()
    x[:, -1] += 2
    x[np.arange(len(codes)), codes] += shift * strength
    return x


def strengths(m: int, uneven: bool, rng: np.random.Generator) -> Floats:
    """How much each context tells about the sense: [m], mean 1."""
    return rng.gamma(2, 1 / 2, m) if uneven else np.ones(m)


def shares(sizes: Sequence[int]) -> tuple[float, ...]:
    """The share of each sense."""
    return tuple(size / sum(sizes) for size in sizes)


def shift_for(auc: float, shares: tuple[float, ...], uneven: bool, macro: bool = True) -> float:
    """The distance between senses at which endlessly many uses have this AUC.

    `auc_macro` compares pairs that have a use in common, `auc` any pairs; senses are placed alike,
    so that the former does not depend on their shares.
    """
    return _shift(auc, (0.5, 0.5) if macro else shares, uneven, macro)


@cache
def _shift(auc: float, shares: tuple[float, ...], uneven: bool, macro: bool) -> float:
    drawn = _drawn(shares, uneven, macro)

    def found(shift: float) -> float:
        a, b, c, d = (points(codes, shift, strength, e) for codes, strength, e in drawn)
        own, other = _cosines(a, b), _cosines(c, d)
        return float((own > other).mean()) if macro else _share_above(own, other)

    if auc == 0.5:
        return 0.0
    low, high = 0.0, _LARGEST_SHIFT
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < auc else (low, middle)
    return low


@cache
def _drawn(
    shares: tuple[float, ...], uneven: bool, macro: bool
) -> list[tuple[Index, Floats, Floats]]:
    """Senses, strengths and noise of the uses of a same-sense pair and of a different-sense one."""
    rng = np.random.default_rng(0)
    pair = np.array(shares) ** 2
    same = rng.choice(len(shares), _TRIPLES, p=pair / pair.sum())
    one = rng.choice(len(shares), 6 * _TRIPLES, p=shares)
    two = rng.choice(len(shares), 6 * _TRIPLES, p=shares)
    differ = one != two
    one, two = one[differ][:_TRIPLES], two[differ][:_TRIPLES]
    drawn = [
        (codes, strengths(len(codes), uneven, rng), rng.standard_normal((len(codes), DIM)))
        for codes in (
            (one, one, one, two) if macro else (same[: len(one)], same[: len(one)], one, two)
        )
    ]
    if macro:
        drawn[2] = drawn[0]
    return drawn


@cache
def _curve(shares: tuple[float, ...], uneven: bool, macro: bool) -> tuple[Floats, Floats]:
    aucs = np.r_[0.5, 0.52, np.arange(0.55, 0.96, 0.05), 0.97, 0.98, 0.99]
    return aucs, np.array([_shift(float(a), shares, uneven, macro) for a in aucs])


def interpolated_shift(
    auc: float, shares: tuple[float, ...], uneven: bool, macro: bool = True
) -> float:
    """`shift_for` an AUC from .5 to .99, interpolated between some of them."""
    return float(np.interp(auc, *_curve((0.5, 0.5) if macro else shares, uneven, macro)))


def _cosines(a: Floats, b: Floats) -> Floats:
    dots = np.einsum("nd,nd->n", a, b)
    return np.asarray(dots / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))


def _share_above(same: Floats, other: Floats) -> float:
    return float(np.searchsorted(np.sort(other), same).mean() / len(other))
