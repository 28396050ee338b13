"""Can the sense of a use be told from the others? Leave-one-out, ties shared.

The one that is left out is a sentence: uses in one sentence do not vouch for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Flags, Floats, Index, Labels, Sample, Vectors, undefined
from embcmp.measures.similarity import DECIMALS, unit
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

SHUFFLES = 1000
ONE_SENTENCE = "all labelled occurrences with a vector stand in one sentence"
_NUMBERS = 1 << 20  # in a block of shuffles
_NO_LENGTH = 1e-12  # of a sum of unit vectors that cancel: below it only rounding is left

Judge = Callable[[Flags], Flags]  # who is in which sense -> the best senses of each use


@dataclass(frozen=True, slots=True)
class Classified:
    """The leave-one-out result of one classifier.

    Attributes:
        accuracy: mean of the hits, from 0 to 1, with its `chance`.
        macro: mean over senses of their mean hits, with its `chance`.
        hits: [m], 1 where right, 0 where wrong, 1/t where t senses tie and one of them is right;
            NaN where the classifier has no meaning. What the interval resamples.
    """

    accuracy: Metric
    macro: Metric
    hits: Floats


@one_thread
def nearest_neighbor(uses: Sample, *, seed: int = 0, shuffles: int = SHUFFLES) -> Classified:
    """Leave-one-out accuracy by the sense of the nearest use in another sentence.

    The candidates are senses, each as near as its nearest use: t senses that tie score 1/t. A use
    that is alone in its sense cannot be right. `chance` is the mean over shuffles of the labels;
    leaving one out makes it lower than the share of the senses.

    Args:
        uses: [m] of them, in `canonical_order`.
        seed: of the shuffles.
        shuffles: how many.
    """
    cosines = np.where(_beside(uses), -np.inf, uses.similarity)
    nearest = (cosines == cosines.max(axis=1, initial=-np.inf, keepdims=True)).astype(float)

    def judge(members: Flags) -> Flags:
        return _product(nearest, members) > 0

    return _classified(judge, uses, seed, shuffles)


@one_thread
def centroid(
    vectors: Vectors,
    uses: Labels,
    *,
    decimals: int = DECIMALS,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> Classified:
    """Leave-one-out accuracy by the nearest sense centroid (the 1NN of Loureiro et al. 2021).

    A centroid is the mean of the unit vectors of a sense, the use and what else stands in its
    sentence left out. Cosines are rounded before they are compared; t senses that tie score 1/t.
    A centroid of vectors that cancel has no direction: cosine 0. A use that is alone in its sense
    cannot be right. `chance` is the mean over shuffles of the labels.

    Args:
        vectors: [n, dim] of all uses, in `canonical_order`.
        uses: the labelled ones whose vectors have a direction.
        decimals: of the cosines.
        seed: of the shuffles.
        shuffles: how many.
    """
    x = unit(vectors[uses.rows])
    products = x @ x.T
    beside = _beside(uses)
    alone = bool(beside.sum() == len(beside))

    def of_sentence(array: NDArray[Any]) -> Floats:
        """Sums over the occurrences of the sentence, by sense."""
        return array.astype(float) if alone else _product(beside.astype(float), array)

    def judge(members: Flags) -> Flags:
        dots = _product(products, members)  # with the sum of each sense's unit vectors
        own = members * 1.0 if alone else _product(products * beside, members)  # and its sentence's
        squares = (members * dots).sum(axis=0)  # of the sum's length; then without the sentence
        squares = squares - 2 * of_sentence(members * dots) + of_sentence(members * own)
        left = members.sum(axis=0) - of_sentence(members)
        straight = squares > _NO_LENGTH * np.maximum(left, 1)
        lengths = np.sqrt(np.where(straight, squares, 1))
        cosines = np.where(straight, (dots - own) / lengths, 0)
        cosines = np.where(left > 0, cosines.clip(-1, 1).round(decimals), -np.inf)
        best: Flags = cosines == cosines.max(axis=-1, keepdims=True)
        return best

    return _classified(judge, uses, seed, shuffles)


def _beside(uses: Labels) -> Flags:
    """[m, m], which uses stand in one sentence; each stands in its own."""
    return np.asarray(uses.sentences[:, None] == uses.sentences)


def _classified(judge: Judge, uses: Labels, seed: int, shuffles: int) -> Classified:
    if reason := uses.undefined or (None if uses.sentences.any() else ONE_SENTENCE):
        return Classified(undefined(reason), undefined(reason), np.full(len(uses.rows), np.nan))
    members = np.eye(len(uses.senses), dtype=bool)[uses.codes]
    hits = _hits(judge, members[:, None])
    accuracy, macro = _means(hits, members[:, None])
    by_chance = [
        _means(_hits(judge, shuffled), shuffled)
        for shuffled in _shuffled(uses.codes, len(uses.senses), seed, shuffles)
    ]
    chance = np.concatenate(by_chance, axis=1).mean(axis=1)
    return Classified(
        Metric(float(accuracy[0]), chance=float(chance[0])),
        Metric(float(macro[0]), chance=float(chance[1])),
        hits[:, 0],
    )


def _product(matrix: Floats, members: NDArray[Any]) -> Floats:
    """[m, m] times [m, shuffles, k]."""
    m, *rest = members.shape
    product: Floats = matrix @ members.reshape(m, -1).astype(float)
    return product.reshape(m, *rest)


def _hits(judge: Judge, members: Flags) -> Floats:
    """[m, shuffles]: 1/t where the right sense is among the t best."""
    best = judge(members)
    hits: Floats = (best & members).any(axis=-1) / best.sum(axis=-1)
    return hits


def _means(hits: Floats, members: Flags) -> Floats:
    """[2, shuffles]: the mean hit, and the mean over senses of their mean hits."""
    by_sense = np.einsum("ms,msk->sk", hits, members) / members.sum(axis=0)
    return np.stack([hits.mean(axis=0), by_sense.mean(axis=1)])


def _shuffled(codes: Index, k: int, seed: int, shuffles: int) -> Iterator[Flags]:
    """Blocks [m, some, k] of who is in which sense when the labels are shuffled."""
    rng = np.random.default_rng(seed)
    step = max(1, _NUMBERS // (len(codes) * k))
    for start in range(0, shuffles, step):
        copies = np.tile(codes, (min(step, shuffles - start), 1))
        yield np.eye(k, dtype=bool)[rng.permuted(copies, axis=1).T]
