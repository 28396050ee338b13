"""Answers to items: by the nearest sense centroid, and by the baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from embcmp.evaluation.folds import Fold
from embcmp.evaluation.lexemes import Lexeme
from embcmp.measures.labels import Floats
from embcmp.measures.similarity import DECIMALS

_NO_LENGTH = 1e-12  # a mean of unit vectors shorter than this is rounding noise

Answer = Callable[[Fold], Floats]  # -> [test rows, senses]: each sense's share of the answer


def nearest(x: Floats, lexeme: Lexeme, *, decimals: int = DECIMALS) -> Answer:
    """Answer by the nearest sense centroid in cosine (Loureiro et al. 2021).

    A centroid is the mean of the unit vectors of a sense's training rows; a row with several keys
    trains each of them. Cosines are rounded before they are compared, and senses that tie share
    the answer. If the vectors of a sense cancel out, its cosine is 0.

    Args:
        x: [n, dim] unit vectors of the lexeme's rows, NaN where missing.
        lexeme: The word with its rows and senses.
        decimals: Decimals that cosines are rounded to; see `similarity.decimals_for`.

    Returns:
        A function from a fold to its answers. The answer is all zeros if the row has no vector,
        or if no sense has a training row.
    """
    has_vector = ~np.isnan(x[:, 0])

    def answer(fold: Fold) -> Floats:
        train = fold.train[has_vector[fold.train]]
        members = lexeme.members[train].astype(np.float64)
        sums = members.T @ x[train]
        lengths = np.linalg.norm(sums, axis=1)
        has_direction = lengths > _NO_LENGTH * np.maximum(members.sum(axis=0), 1)
        centroids = sums / np.where(has_direction, lengths, 1)[:, None] * has_direction[:, None]
        cosines = np.nan_to_num(x[fold.test]) @ centroids.T
        cosines = np.where(members.any(axis=0), cosines.clip(-1, 1).round(decimals), -np.inf)
        return _shared(cosines, has_vector[fold.test])

    return answer


def most_frequent(lexeme: Lexeme) -> Answer:
    """Answer every row with the sense that most training rows have."""

    def answer(fold: Fold) -> Floats:
        counts = lexeme.members[fold.train].sum(axis=0).astype(np.float64)
        scores = np.where(counts > 0, counts, -np.inf)
        return _shared(np.tile(scores, (len(fold.test), 1)))

    return answer


def any_sense(lexeme: Lexeme) -> Answer:
    """Guess: all senses that have a training row share the answer."""

    def answer(fold: Fold) -> Floats:
        known = lexeme.members[fold.train].any(axis=0)
        return _shared(np.where(known, 0.0, -np.inf) + np.zeros((len(fold.test), 1)))

    return answer


def answers(lexeme: Lexeme, folds: Iterable[Fold], answer: Answer) -> Floats:
    """[n, k]: the answers of all folds; zeros for rows that no fold scores."""
    shares = np.zeros(lexeme.members.shape)
    for fold in folds:
        if len(fold.test):
            shares[fold.test] = answer(fold)
    return shares


def _shared(scores: Floats, answered: object = True) -> Floats:
    """Divide 1 among the best senses of each row; zeros where no sense can be answered."""
    best = (scores == scores.max(axis=1, keepdims=True)) & np.isfinite(scores)
    best &= np.broadcast_to(np.asarray(answered), len(scores))[:, None]
    shares: Floats = best / np.maximum(best.sum(axis=1, keepdims=True), 1)
    return shares
