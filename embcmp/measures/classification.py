"""Can the sense of an occurrence be told from the others? Leave-one-out, ties shared.

The one that is left out is a sentence: occurrences in one sentence do not vouch for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index, Labels, Senses, labels, present, undefined
from embcmp.measures.similarity import DECIMALS, unit
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

SHUFFLES = 1000
ONE_SENTENCE = "all labelled occurrences with a vector stand in one sentence"
_NUMBERS = 1 << 20  # in a block of shuffles
_NO_LENGTH = 1e-12  # of a sum of unit vectors that cancel: below it only rounding is left

Flags = NDArray[np.bool_]
Judge = Callable[[Flags], Flags]  # who is in which sense -> the best senses of each occurrence


@dataclass(frozen=True, slots=True)
class Classified:
    """The leave-one-out result of one classifier.

    Attributes:
        accuracy: mean of the hits, from 0 to 1, with its `chance`.
        macro: mean over senses of their mean hits, with its `chance`.
        hits: [n], 1 where right, 0 where wrong, 1/t where t senses tie and one of them is right;
            NaN where an occurrence has no label or no vector. What the interval resamples.
    """

    accuracy: Metric
    macro: Metric
    hits: Floats


@one_thread
def nearest_neighbor(
    similarity: Floats,
    senses: Senses,
    sentences: Index | None = None,
    *,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> Classified:
    """Leave-one-out accuracy by the sense of the nearest occurrence in another sentence.

    The candidates are senses, each as near as its nearest occurrence: t senses that tie score
    1/t. An occurrence that is alone in its sense cannot be right. `chance` is the mean over
    shuffles of the labels; leaving one out makes it lower than the share of the senses.

    Args:
        similarity: [n, n], as `cosine_matrix` gives it, rows in `canonical_order`.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them; by default each occurrence has its own.
        seed: of the shuffles.
        shuffles: how many.
    """
    used = labels(senses, present(similarity))
    beside = _beside(used, sentences)
    cosines = np.where(beside, -np.inf, similarity[np.ix_(used.rows, used.rows)])
    nearest = (cosines == cosines.max(axis=1, initial=-np.inf, keepdims=True)).astype(float)

    def judge(members: Flags) -> Flags:
        return _product(nearest, members) > 0

    return _classified(judge, used, beside, len(senses), seed, shuffles)


@one_thread
def centroid(
    vectors: NDArray[np.float32] | Floats,
    senses: Senses,
    sentences: Index | None = None,
    *,
    decimals: int = DECIMALS,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> Classified:
    """Leave-one-out accuracy by the nearest sense centroid (the 1NN of Loureiro et al. 2021).

    A centroid is the mean of the unit vectors of a sense, the occurrence and what else stands in
    its sentence left out. Cosines are rounded before they are compared; t senses that tie score
    1/t. A centroid of vectors that cancel has no direction: cosine 0. An occurrence that is alone
    in its sense cannot be right. `chance` is the mean over shuffles of the labels.

    Args:
        vectors: [n, dim] in `canonical_order`, rows of NaN missing.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them; by default each occurrence has its own.
        decimals: of the cosines.
        seed: of the shuffles.
        shuffles: how many.
    """
    x = unit(vectors)
    used = labels(senses, present(x))
    x = x[used.rows]
    products = x @ x.T
    beside = _beside(used, sentences)
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

    return _classified(judge, used, beside, len(senses), seed, shuffles)


def _beside(used: Labels, sentences: Index | None) -> Flags:
    """[m, m], which occurrences stand in one sentence; each stands in its own."""
    of = used.rows if sentences is None else sentences[used.rows]
    return np.asarray(of[:, None] == of)


def _classified(
    judge: Judge, used: Labels, beside: Flags, n: int, seed: int, shuffles: int
) -> Classified:
    hits = np.full(n, np.nan)
    if reason := used.undefined or (ONE_SENTENCE if beside.all() else None):
        return Classified(undefined(reason), undefined(reason), hits)
    members = np.eye(len(used.senses), dtype=bool)[used.codes]
    hits[used.rows] = _hits(judge, members[:, None])[:, 0]
    accuracy, macro = _means(hits[used.rows, None], members[:, None])
    by_chance = [
        _means(_hits(judge, shuffled), shuffled)
        for shuffled in _shuffled(used.codes, len(used.senses), seed, shuffles)
    ]
    chance = np.concatenate(by_chance, axis=1).mean(axis=1)
    return Classified(
        Metric(float(accuracy[0]), chance=float(chance[0])),
        Metric(float(macro[0]), chance=float(chance[1])),
        hits,
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
