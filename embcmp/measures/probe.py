"""What a model would reach whose top layer is trained for the senses."""

from __future__ import annotations

from functools import lru_cache

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
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

FOLDS, REPEATS, MIN_SENTENCES = 5, 10, 10
_TOLERANCE = 1e-4  # of the gradient of the mean loss, as in scikit-learn
_STEPS = 200
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


def scores(x: Floats, y: Index, train: NDArray[np.bool_], *, senses: int) -> Floats:
    """Scores of the senses by L2-penalised multinomial logistic regressions with C = 1.

    They are fitted side by side: one problem of hundreds costs what a few cost alone.

    Each fold and labeling has its own: weights W [senses, dim] and intercepts that minimise the sum
    of -log P(sense) over the rows to train on, plus |W|^2 / 2. Two senses to train on share one
    vector of weights w, and |w|^2 / 2 is the penalty. What is minimised is the sum of these
    functions: no two share a weight, so its minimum is theirs.

    Args:
        x: [folds, m, dim], standardised.
        y: [folds, labelings, m], codes of senses.
        train: [folds, m], which rows to train on.
        senses: how many there are.

    Returns:
        [folds, labelings, senses, m]; the highest one is what is predicted.
    """
    from scipy.optimize import minimize

    folds, labelings, m = y.shape
    target = y[:, :, None] == np.arange(senses)[:, None]  # [folds, labelings, senses, m]
    counts = train[:, None, None, :]
    columns = x.transpose(0, 2, 1)
    trained_on = (target & counts).any(axis=-1).sum(axis=2)  # [folds, labelings], how many senses
    # w is the difference of two opposite vectors, whose squares sum up to half of its square
    penalty = np.where(trained_on == 2, 2.0, 1.0).repeat(senses, axis=1)[..., None]

    def parts(flat: Floats) -> tuple[Floats, Floats]:
        both = flat.reshape(folds, labelings * senses, -1)
        return both[..., :-1], both[..., -1:]

    def scored(flat: Floats) -> Floats:
        weights, intercepts = parts(flat)
        found: Floats = weights @ columns + intercepts
        return found.reshape(target.shape)

    def slope(off: Floats, weights: Floats) -> Floats:
        off = (counts * off).reshape(folds, -1, m)
        of_intercepts = off.sum(axis=-1, keepdims=True)
        return np.concatenate([off @ x + penalty * weights, of_intercepts], axis=-1).ravel()

    @lru_cache(maxsize=2)  # the last point, and the one to turn back to
    def log_p_at(point: bytes) -> Floats:
        return _log_softmax(scored(np.frombuffer(point)))

    def loss(flat: Floats) -> tuple[float, Floats]:
        log_p = log_p_at(flat.tobytes())
        weights, _ = parts(flat)
        missed = -float(log_p[target & counts].sum())
        gradient = slope(np.exp(log_p) - target, weights)
        return missed + float((penalty * weights**2).sum()) / 2, gradient

    def curvature(flat: Floats, direction: Floats) -> Floats:
        p = np.exp(log_p_at(flat.tobytes()))
        z = scored(direction)
        return slope(p * (z - (p * z).sum(axis=2, keepdims=True)), parts(direction)[0])

    found = minimize(
        loss,
        np.zeros(folds * labelings * senses * (x.shape[2] + 1)),
        jac=True,
        hessp=curvature,
        method="trust-ncg",
        options={"gtol": _TOLERANCE * train.sum(axis=1).min(), "maxiter": _STEPS},
    )
    return scored(found.x)


def _log_softmax(z: Floats) -> Floats:
    """Over the senses; scipy's is for any array library, and slower on small ones."""
    z = z - z.max(axis=2, keepdims=True)
    log_p: Floats = z - np.log(np.exp(z).sum(axis=2, keepdims=True))
    return log_p
