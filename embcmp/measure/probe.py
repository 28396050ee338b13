"""What a model would reach whose top layer is trained for the senses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embcmp.measure.labels import Floats, Index, Senses, Units, labels, present, undefined, units
from embcmp.measure.threads import one_thread
from embcmp.types import Metric

FOLDS, REPEATS, MIN_SENTENCES = 5, 10, 10


@one_thread
def probe(
    vectors: NDArray[np.float32] | Floats,
    senses: Senses,
    sentences: Index,
    *,
    seed: int = 0,
) -> Metric:
    """Balanced accuracy of a logistic regression: transfer with the top layer swapped.

    L2 penalty with C = 1, each dimension standardised inside the fold, 5 folds that keep the
    occurrences of a sentence together and spread each sense, predictions pooled over the folds,
    mean over 10 repeats. `chance` is the same with shuffled labels. High values show that the
    senses can be read off, not that the space is arranged by them (Hewitt and Liang 2019).

    Args:
        vectors: [n, dim] in `canonical_order`, rows of NaN missing.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them.
        seed: of the folds and of the shuffled labels.

    Returns:
        From 0 to 1; undefined where a sense has fewer than 10 sentences.
    """
    used = labels(senses, present(vectors))
    if used.undefined:
        return undefined(used.undefined)
    grouped = units(used.codes, sentences[used.rows])
    sizes = grouped.sizes(len(used.senses))
    if sizes.min() < MIN_SENTENCES:
        sense = used.senses[sizes.argmin()]
        return undefined(
            f"the probe needs {MIN_SENTENCES} sentences a sense: {sense!r} has {sizes.min()}"
        )
    x = vectors[used.rows].astype(np.float64)
    rng = np.random.default_rng(seed)
    scores = [_repeat(x, used.codes, grouped, rng) for _ in range(REPEATS)]
    value, chance = np.mean(scores, axis=0)
    return Metric(float(value), chance=float(chance))


def balanced_accuracy(codes: Index, predicted: Index) -> float:
    """Mean over the senses of the share of their occurrences that are predicted right."""
    hits = np.bincount(codes, weights=codes == predicted)
    return float((hits / np.bincount(codes)).mean())


def _repeat(
    x: Floats, codes: Index, grouped: Units, rng: np.random.Generator
) -> tuple[float, float]:
    """The score of one division into folds, with the labels and with shuffled ones."""
    shuffled = rng.permutation(codes)
    predicted = np.empty((2, len(codes)), dtype=np.intp)
    for test in _folds(grouped, rng):
        train, held_out = _standardised(x, test)
        for row, y in enumerate((codes, shuffled)):
            predicted[row, test] = _fitted(train, y[~test], held_out)
    return balanced_accuracy(codes, predicted[0]), balanced_accuracy(shuffled, predicted[1])


def _folds(grouped: Units, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Masks [m] of the occurrences to hold out: sentences dealt out in turn, sense by sense."""
    shuffled = rng.permutation(len(grouped.stratum))
    dealt = shuffled[np.argsort(grouped.stratum[shuffled], kind="stable")]
    fold = np.empty(len(dealt), dtype=np.intp)
    fold[dealt] = np.arange(len(dealt)) % FOLDS
    return (fold[grouped.of] == k for k in range(FOLDS))


def _standardised(x: Floats, test: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Standardise by the training rows; where dimensions outnumber them, turn into their span.

    An L2 penalty does not change under rotation, and weights outside the span of the training
    rows are 0: the predictions stay, and the fit has rows instead of dimensions to work on.
    """
    mean, deviation = x[~test].mean(axis=0), x[~test].std(axis=0)
    constant = deviation <= np.finfo(np.float32).eps * np.abs(mean)  # all but for rounding
    x = (x - mean) / np.where(constant, 1, deviation)
    train, held_out = x[~test], x[test]
    if train.shape[1] > len(train):
        basis, coordinates = np.linalg.qr(train.T)
        train, held_out = coordinates.T, held_out @ basis
    return train, held_out


def _fitted(train: Floats, y: Index, held_out: Floats) -> Index:
    from sklearn.linear_model import LogisticRegression

    if (y == y[0]).all():  # shuffled labels may leave one sense to train on
        return np.full(len(held_out), y[0])
    # Newton's steps end nearer the optimum than those of L-BFGS do, in two thirds of the time.
    model = LogisticRegression(C=1.0, max_iter=1000, solver="newton-cg")
    predicted: Index = model.fit(train, y).predict(held_out)
    return predicted
