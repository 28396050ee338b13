"""What a model would reach whose top layer is trained for the senses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import (
    Floats,
    Index,
    Labels,
    Senses,
    Vectors,
    labels,
    present,
    undefined,
)
from embcmp.measures.logistic import scores
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

FOLDS, REPEATS, MIN_SENTENCES = 5, 10, 10
_TOGETHER = 200_000  # numbers in a block of folds that stays in the processor's cache


@one_thread
def probe(
    vectors: Vectors,
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
    used = labels(senses, present(vectors), sentences)
    if reason := used.undefined or used.too_few(MIN_SENTENCES, "the probe"):
        return undefined(reason)
    x = vectors[used.rows].astype(np.float64)
    rng = np.random.default_rng(seed)
    labelings, held_out = _divisions(used, rng)
    predicted = _predicted(x, labelings, held_out)
    found = [
        [balanced_accuracy(true, guessed) for true, guessed in zip(*both, strict=True)]
        for both in zip(labelings, predicted, strict=True)
    ]
    value, chance = np.mean(found, axis=0)
    return Metric(float(value), chance=float(chance))


def balanced_accuracy(codes: Index, predicted: Index) -> float:
    """Mean over the senses of the share of their occurrences that are predicted right."""
    hits = np.bincount(codes, weights=codes == predicted)
    return float((hits / np.bincount(codes)).mean())


def _divisions(used: Labels, rng: np.random.Generator) -> tuple[Index, NDArray[np.bool_]]:
    """The senses and shuffled ones [REPEATS, 2, m], and whom to hold out [REPEATS, FOLDS, m]."""
    drawn = [(rng.permutation(used.codes), _folds(used, rng)) for _ in range(REPEATS)]
    labelings = np.stack([[used.codes, shuffled] for shuffled, _ in drawn])
    return labelings, np.stack([folds for _, folds in drawn])


def _predicted(x: Floats, labelings: Index, held_out: NDArray[np.bool_]) -> Index:
    """What is predicted [REPEATS, 2, m] of each occurrence in the fold that holds it out."""
    folds = held_out.reshape(-1, len(x))
    y = labelings.repeat(FOLDS, axis=0)
    predicted = np.empty_like(labelings)
    width = min(x.shape)
    together = max(1, _TOGETHER // (len(x) * width))
    for first in range(0, len(folds), together):
        part = slice(first, first + together)
        spread = np.stack([_standardised(x, ~fold) for fold in folds[part]])
        guessed = scores(spread, y[part], ~folds[part], senses=y.max() + 1).argmax(axis=2)
        for k, (fold, of_fold) in enumerate(zip(folds[part], guessed, strict=True), first):
            predicted[k // FOLDS][:, fold] = of_fold[:, fold]
    return predicted


def _folds(used: Labels, rng: np.random.Generator) -> NDArray[np.bool_]:
    """[FOLDS, m], the uses to hold out: sentences dealt out in turn, sense by sense."""
    shuffled = rng.permutation(len(used.strata))
    dealt = shuffled[np.argsort(used.strata[shuffled], kind="stable")]
    fold = np.empty(len(dealt), dtype=np.intp)
    fold[dealt] = np.arange(len(dealt)) % FOLDS
    held_out: NDArray[np.bool_] = fold[used.sentences] == np.arange(FOLDS)[:, None]
    return held_out


def _standardised(x: Floats, train: NDArray[np.bool_]) -> Floats:
    """Standardise by the training rows; where dimensions outnumber rows, turn into their span.

    An L2 penalty does not change under rotation, and weights outside the span of the training
    rows are 0: the predictions stay, and the fit has rows instead of dimensions to work on.
    """
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    constant = deviation <= np.finfo(np.float32).eps * np.abs(mean)  # all but for rounding
    x = (x - mean) / np.where(constant, 1, deviation)
    if x.shape[1] > len(x):
        x = np.asarray(np.linalg.qr(x.T, mode="r")).T
    return x
