"""Nearest sense centroids, and the answers that they and the baselines give."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from embcmp.evaluation.folds import Fold
from embcmp.evaluation.lexemes import Lexeme
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import DECIMALS

_NO_LENGTH = 1e-12  # of a mean of unit vectors that cancel: below it only rounding is left

Answer = Callable[[Fold], Floats]  # -> [test rows, senses]: the share that each candidate gets


def nearest(x: Floats, lexeme: Lexeme, *, decimals: int = DECIMALS) -> Answer:
    """The nearest sense centroid by cosine (Loureiro et al. 2021).

    A centroid is the mean of the unit vectors of a sense's training rows; a row of several keys
    trains each. Cosines are rounded before they are compared, and t tied candidates share the
    answer. A centroid of vectors that cancel has no direction: cosine 0.

    Args:
        x: [n, dim] unit vectors of the lexeme's rows, NaN where missing.
        lexeme: its senses and who has which.
        decimals: that cosines are rounded to; see `similarity.decimals_for`.

    Returns:
        From a fold to the answers; a row of zeros where a row has no vector or no sense any
        training row.
    """
    there = ~np.isnan(x[:, 0])

    def answer(fold: Fold) -> Floats:
        train = fold.train[there[fold.train]]
        own = lexeme.members[train].astype(np.float64)
        sums = own.T @ x[train]
        lengths = np.linalg.norm(sums, axis=1)
        straight = lengths > _NO_LENGTH * np.maximum(own.sum(axis=0), 1)
        centroids = sums / np.where(straight, lengths, 1)[:, None] * straight[:, None]
        cosines = np.nan_to_num(x[fold.test]) @ centroids.T
        cosines = np.where(own.any(axis=0), cosines.clip(-1, 1).round(decimals), -np.inf)
        return _shared(cosines, there[fold.test])

    return answer


def most_frequent(lexeme: Lexeme) -> Answer:
    """The sense of most training rows, the same for every row to score."""

    def answer(fold: Fold) -> Floats:
        counts = lexeme.members[fold.train].sum(axis=0).astype(np.float64)
        scores = np.where(counts > 0, counts, -np.inf)
        return _shared(np.tile(scores, (len(fold.test), 1)))

    return answer


def any_sense(lexeme: Lexeme) -> Answer:
    """A guess: all senses that have a training row share the answer."""

    def answer(fold: Fold) -> Floats:
        known = lexeme.members[fold.train].any(axis=0)
        return _shared(np.where(known, 0.0, -np.inf) + np.zeros((len(fold.test), 1)))

    return answer


def answers(lexeme: Lexeme, folds: Iterable[Fold], answer: Answer) -> Floats:
    """[n, k]: the answers of all folds, zero for rows that no fold scores."""
    found = np.zeros(lexeme.members.shape)
    for fold in folds:
        if len(fold.test):
            found[fold.test] = answer(fold)
    return found


def _shared(scores: Floats, answered: object = True) -> Floats:
    """Share 1 among the best candidates of each row; zeros where there is no candidate."""
    best = (scores == scores.max(axis=1, keepdims=True)) & np.isfinite(scores)
    best &= np.broadcast_to(np.asarray(answered), len(scores))[:, None]
    found: Floats = best / np.maximum(best.sum(axis=1, keepdims=True), 1)
    return found
