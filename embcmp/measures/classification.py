"""Leave-one-out classification: how often the other uses predict the sense of a use.

What is left out is the whole sentence, so that uses in one sentence do not predict each other.
Copies of a use share one vote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Flags, Floats, Index, Labels, Sample, Vectors, undefined
from embcmp.measures.similarity import DECIMALS, unit
from embcmp.threads import one_thread
from embcmp.types import Metric

SHUFFLES, FEWER = 1000, 200  # for more than MANY uses, whose shuffles vary less, fewer
MANY = 300
_NUMBERS = 1 << 20  # numbers in a block of shuffles
_NO_LENGTH = 1e-12  # a shorter sum of unit vectors is rounding noise: the vectors cancel

Classifier = Callable[[Flags], Flags]  # membership in senses -> the best senses of each use


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The leave-one-out results of one classifier.

    Attributes:
        accuracy: Mean of the hits, from 0 to 1, with its chance level. A hit is 1 for a right
            prediction, 0 for a wrong one, and 1/t if t senses tie and one of them is right.
        macro: Mean over the senses of their mean hits, with its chance level.
    """

    accuracy: Metric
    macro: Metric


@one_thread()
def nearest_neighbor(uses: Sample, *, seed: int = 0, shuffles: int | None = None) -> LeaveOneOut:
    """Leave-one-out accuracy of a one-nearest-neighbor classifier by cosine.

    Each use is predicted to have the sense of the nearest use in another sentence. If t senses
    are equally near, a right one scores 1/t. The only use of a sense is always predicted wrong.
    The chance level is the mean over shuffled labels; it is below the share of the senses, since
    of the uses that remain one fewer has the right sense.

    Args:
        uses: The uses to classify, in `canonical_order`.
        seed: Seed of the shuffles.
        shuffles: Number of shuffles; by default 1,000, of more than 300 uses 200.
    """
    cosines = np.where(_same_sentence(uses), -np.inf, uses.similarity)
    nearest = (cosines == cosines.max(axis=1, initial=-np.inf, keepdims=True)).astype(float)

    def classify(members: Flags) -> Flags:
        return _product(nearest, members) > 0

    return _leave_one_out(classify, uses, seed, shuffles)


@one_thread()
def centroid(
    vectors: Vectors,
    uses: Labels,
    *,
    decimals: int = DECIMALS,
    seed: int = 0,
    shuffles: int | None = None,
) -> LeaveOneOut:
    """Leave-one-out accuracy of a nearest-centroid classifier (the 1NN of Loureiro et al. 2021).

    The centroid of a sense is the mean of its unit vectors, without those of the sentence that is
    left out. Cosines are rounded before they are compared; if t senses tie, a right one scores
    1/t. A centroid of vectors that cancel has no direction, and cosine 0. The only use of a sense
    is always predicted wrong. The chance level is the mean over shuffled labels.

    Args:
        vectors: [n, dim], vectors of all uses, in `canonical_order`.
        uses: The labeled uses whose vectors have a direction.
        decimals: Decimals that cosines are rounded to.
        seed: Seed of the shuffles.
        shuffles: Number of shuffles; by default 1,000, of more than 300 uses 200.
    """
    x = unit(vectors[uses.rows])
    products = x @ x.T
    same_sentence = _same_sentence(uses)
    one_per_sentence = bool(same_sentence.sum() == len(same_sentence))

    def sentence_sums(array: NDArray[Any]) -> Floats:
        """Sum over the uses in the sentence of each use, by sense."""
        if one_per_sentence:
            return array.astype(float)
        return _product(same_sentence.astype(float), array)

    def classify(members: Flags) -> Flags:
        # inner products with the sum of a sense's unit vectors, and with its part in the sentence
        weighted = members * uses.weights[:, None, None]
        dots = _product(products, weighted)
        left_out = weighted if one_per_sentence else _product(products * same_sentence, weighted)
        squares = (weighted * dots).sum(axis=0)  # squared length of the sum
        squares = squares - 2 * sentence_sums(weighted * dots) + sentence_sums(weighted * left_out)
        remaining = weighted.sum(axis=0) - sentence_sums(weighted)
        has_direction = squares > _NO_LENGTH * np.maximum(remaining, 1)
        lengths = np.sqrt(np.where(has_direction, squares, 1))
        cosines = np.where(has_direction, (dots - left_out) / lengths, 0)
        cosines = np.where(remaining > _NO_LENGTH, cosines.clip(-1, 1).round(decimals), -np.inf)
        best: Flags = cosines == cosines.max(axis=-1, keepdims=True)
        return best

    return _leave_one_out(classify, uses, seed, shuffles)


def _same_sentence(uses: Labels) -> Flags:
    """[m, m], which pairs of uses are in one sentence; the diagonal is True."""
    return np.asarray(uses.sentences[:, None] == uses.sentences)


def _leave_one_out(
    classify: Classifier, uses: Labels, seed: int, shuffles: int | None
) -> LeaveOneOut:
    if reason := uses.undefined:
        return LeaveOneOut(undefined(reason), undefined(reason))
    if shuffles is None:
        shuffles = SHUFFLES if len(uses.rows) <= MANY else FEWER
    members = np.eye(len(uses.senses), dtype=bool)[uses.codes][:, None]
    accuracy, macro = _means(_hits(classify, members), members, uses.weights)
    shuffled_means = [
        _means(_hits(classify, shuffled), shuffled, uses.weights)
        for shuffled in _shuffled(uses.codes, len(uses.senses), seed, shuffles)
    ]
    chance = np.concatenate(shuffled_means, axis=1).mean(axis=1)
    return LeaveOneOut(
        Metric(float(accuracy[0]), chance=float(chance[0])),
        Metric(float(macro[0]), chance=float(chance[1])),
    )


def _product(matrix: Floats, members: NDArray[Any]) -> Floats:
    """Multiply a matrix [m, m] by members [m, shuffles, k]."""
    m, *rest = members.shape
    product: Floats = matrix @ members.reshape(m, -1).astype(float)
    return product.reshape(m, *rest)


def _hits(classify: Classifier, members: Flags) -> Floats:
    """[m, shuffles], 1/t where the right sense is among the t best senses, else 0."""
    best = classify(members)
    hits: Floats = (best & members).any(axis=-1) / best.sum(axis=-1)
    return hits


def _means(hits: Floats, members: Flags, weights: Floats) -> Floats:
    """[2, shuffles], the mean hit, and the mean over the senses of their mean hits."""
    by_sense = np.einsum("ms,msk,m->sk", hits, members, weights)
    by_sense /= np.einsum("msk,m->sk", members, weights)
    return np.stack([weights @ hits / weights.sum(), by_sense.mean(axis=1)])


def _shuffled(codes: Index, k: int, seed: int, shuffles: int) -> Iterator[Flags]:
    """Yield blocks [m, some, k] of memberships in senses with the labels shuffled."""
    rng = np.random.default_rng(seed)
    step = max(1, _NUMBERS // (len(codes) * k))
    for start in range(0, shuffles, step):
        copies = np.tile(codes, (min(step, shuffles - start), 1))
        yield np.eye(k, dtype=bool)[rng.permuted(copies, axis=1).T]
