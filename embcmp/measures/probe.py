"""Probing classifier: how well a linear model on the vectors predicts the senses."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index, Labels, Vectors, has_vector, labels, undefined
from embcmp.measures.use_groups import Grouping
from embcmp.threads import one_thread
from embcmp.types import Metric

FOLDS, REPEATS, MIN_UNITS = 5, 10, 10
SAMPLE = 300  # uses
SHUFFLES, MOST_SHUFFLES = 5, 100  # made at once, and in all
CHANCE_ERROR = 0.015  # the largest standard error of the chance level
_TOLERANCE = 1e-4  # largest gradient of the mean loss at the end, as in scikit-learn
_STEPS = 200
_BLOCK = 200_000  # numbers in a block of folds that fits the processor's cache


@one_thread()
def probe(vectors: Vectors, uses: Grouping, *, seed: int = 0) -> Metric:
    """Cross-validated balanced accuracy of a logistic regression from vectors to senses.

    It is what transfer learning would reach that keeps the encoder and trains a new top layer.
    The regression has an L2 penalty with C = 1, and each dimension is standardized inside the
    fold. The 5 folds keep the uses of a unit together and spread each sense; predictions are
    pooled over the folds, and the value is the mean over 10 repeats. The chance level is the same
    with shuffled labels, over as many shuffles as bring its standard error below .015. A high value
    shows that the senses can be predicted from the vectors, not that the space is arranged by them
    (Hewitt and Liang 2019).

    Args:
        vectors: [n, dim], in `canonical_order`, rows of NaN are missing.
        uses: How the n uses are grouped. Of more than 300 labeled uses, a sample of about 300 is
            taken that keeps the shares of the senses, and at least 10 uses of each.
        seed: Seed of the sample, of the folds and of the shuffled labels.

    Returns:
        A value from 0 to 1; undefined if a sense has fewer than 10 units.
    """
    used = labels(uses, has_vector(vectors))
    if reason := used.undefined or used.too_few(MIN_UNITS, "the probe"):
        return undefined(reason)
    rng = np.random.default_rng(seed)
    if len(used.rows) > SAMPLE:
        chosen = np.zeros(len(vectors), dtype=bool)
        chosen[used.rows[_chosen(used, rng)]] = True
        used = labels(uses, chosen)
    x = vectors[used.rows].astype(np.float64)
    folds = np.stack([unit_folds(used, rng) for _ in range(REPEATS)])
    first = SHUFFLES if len(x) > SAMPLE // 2 else REPEATS  # the more uses, the less they vary
    both = np.stack([[used.codes, rng.permutation(used.codes)] for _ in range(first)])
    true, shuffled = _accuracies(x, both, folds[:first])
    if first < REPEATS:
        true += _accuracies(x, np.stack([[used.codes]] * (REPEATS - first)), folds[first:])[0]
    while np.std(shuffled, ddof=1) > CHANCE_ERROR * len(shuffled) ** 0.5:
        if len(shuffled) >= MOST_SHUFFLES:
            break
        more = np.stack([[rng.permutation(used.codes)] for _ in range(SHUFFLES)])
        shuffled += _accuracies(x, more, folds[:SHUFFLES])[0]
    return Metric(float(np.mean(true)), chance=float(np.mean(shuffled)))


def _chosen(used: Labels, rng: np.random.Generator) -> Index:
    """Positions of about SAMPLE uses that keep the shares of the senses."""
    shares = np.maximum(MIN_UNITS, np.round(SAMPLE * used.counts / len(used.rows)).astype(int))
    drawn = [
        rng.permutation(np.flatnonzero(used.codes == sense))[:number]
        for sense, number in enumerate(shares.tolist())
    ]
    return np.sort(np.concatenate(drawn))


def _accuracies(x: Floats, labelings: Index, held_out: NDArray[np.bool_]) -> list[list[float]]:
    """The balanced accuracies [labelings][repeats] of labelings [repeats, labelings, m].

    The folds are [repeats, FOLDS, m].
    """
    predicted = _predicted(x, labelings, held_out)
    return [
        [balanced_accuracy(*pair) for pair in zip(codes, found, strict=True)]
        for codes, found in zip(labelings.swapaxes(0, 1), predicted.swapaxes(0, 1), strict=True)
    ]


def balanced_accuracy(codes: Index, predicted: Index) -> float:
    """Mean over the senses of the share of their uses that are predicted right (mean recall)."""
    hits = np.bincount(codes, weights=codes == predicted)
    return float((hits / np.bincount(codes)).mean())


def _predicted(x: Floats, labelings: Index, held_out: NDArray[np.bool_]) -> Index:
    """[REPEATS, labelings, m], the sense predicted for each use in the fold that holds it out."""
    folds = held_out.reshape(-1, len(x))
    y = labelings.repeat(FOLDS, axis=0)
    predicted = np.empty_like(labelings)
    width = min(x.shape)
    block = max(1, _BLOCK // (len(x) * width))
    for first in range(0, len(folds), block):
        part = slice(first, first + block)
        standardized = np.stack([standardize(x, ~fold) for fold in folds[part]])
        predictions = scores(standardized, y[part], ~folds[part], senses=y.max() + 1).argmax(axis=2)
        for k, (fold, of_fold) in enumerate(zip(folds[part], predictions, strict=True), first):
            predicted[k // FOLDS][:, fold] = of_fold[:, fold]
    return predicted


def unit_folds(used: Labels, rng: np.random.Generator) -> NDArray[np.bool_]:
    """[FOLDS, m], the uses to hold out; each stratum's units are dealt to the folds in turn."""
    shuffled = rng.permutation(len(used.strata))
    dealt = shuffled[np.argsort(used.strata[shuffled], kind="stable")]
    fold = np.empty(len(dealt), dtype=np.intp)
    fold[dealt] = np.arange(len(dealt)) % FOLDS
    held_out: NDArray[np.bool_] = fold[used.units] == np.arange(FOLDS)[:, None]
    return held_out


def standardize(x: Floats, train: NDArray[np.bool_]) -> Floats:
    """Standardize by the training rows; more dimensions than rows are rotated into their span.

    An L2 penalty does not change under rotation, and weights outside the span of the training
    rows are 0. So the predictions stay the same, and the fit has fewer dimensions to work on.
    """
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    constant = deviation <= np.finfo(np.float32).eps * np.abs(mean)  # constant but for rounding
    x = (x - mean) / np.where(constant, 1, deviation)
    if x.shape[1] > len(x):
        x = np.asarray(np.linalg.qr(x.T, mode="r")).T
    return x


def scores(x: Floats, y: Index, train: NDArray[np.bool_], *, senses: int) -> Floats:
    """Scores of the senses from L2-penalized multinomial logistic regressions with C = 1.

    There is a regression for each fold and labeling. Its weights W [senses, dim] and intercepts
    minimize the sum of -log P(sense) over the training rows, plus |W|^2 / 2. If there are only two
    senses to train on they share one vector of weights w, and the penalty is |w|^2 / 2. All
    regressions are fitted as one problem, the sum of their losses: since no two share a weight,
    its minimum is the minimum of each. One problem of hundreds takes as long as a few alone.

    Args:
        x: [folds, m, dim], standardized vectors.
        y: [folds, labelings, m], codes of senses.
        train: [folds, m], which rows to train on.
        senses: Number of senses.

    Returns:
        [folds, labelings, senses, m]; the sense with the highest score is predicted.
    """
    from scipy.optimize import minimize

    folds, labelings, m = y.shape
    target = y[:, :, None] == np.arange(senses)[:, None]  # [folds, labelings, senses, m]
    counts = train[:, None, None, :]
    columns = x.transpose(0, 2, 1)
    senses_to_train = (target & counts).any(axis=-1).sum(axis=2)  # [folds, labelings]
    # w is the difference of two opposite vectors, whose squared lengths sum to half of |w|^2
    penalty = np.where(senses_to_train == 2, 2.0, 1.0).repeat(senses, axis=1)[..., None]

    def parts(flat: Floats) -> tuple[Floats, Floats]:
        both = flat.reshape(folds, labelings * senses, -1)
        return both[..., :-1], both[..., -1:]

    def linear_scores(flat: Floats) -> Floats:
        weights, intercepts = parts(flat)
        linear: Floats = weights @ columns + intercepts
        return linear.reshape(target.shape)

    def slope(off: Floats, weights: Floats) -> Floats:
        off = (counts * off).reshape(folds, -1, m)
        of_intercepts = off.sum(axis=-1, keepdims=True)
        return np.concatenate([off @ x + penalty * weights, of_intercepts], axis=-1).ravel()

    @lru_cache(maxsize=2)  # the current point, and the previous one, which a failed step returns to
    def log_p_at(point: bytes) -> Floats:
        return _log_softmax(linear_scores(np.frombuffer(point)))

    def loss(flat: Floats) -> tuple[float, Floats]:
        log_p = log_p_at(flat.tobytes())
        weights, _ = parts(flat)
        negative_log_likelihood = -float(log_p[target & counts].sum())
        gradient = slope(np.exp(log_p) - target, weights)
        return negative_log_likelihood + float((penalty * weights**2).sum()) / 2, gradient

    def curvature(flat: Floats, direction: Floats) -> Floats:
        p = np.exp(log_p_at(flat.tobytes()))
        z = linear_scores(direction)
        return slope(p * (z - (p * z).sum(axis=2, keepdims=True)), parts(direction)[0])

    minimum = minimize(
        loss,
        np.zeros(folds * labelings * senses * (x.shape[2] + 1)),
        jac=True,
        hessp=curvature,
        method="trust-ncg",
        options={"gtol": _TOLERANCE * train.sum(axis=1).min(), "maxiter": _STEPS},
    )
    return linear_scores(minimum.x)


def _log_softmax(z: Floats) -> Floats:
    """Log-softmax over the senses; scipy's is slower on small arrays."""
    z = z - z.max(axis=2, keepdims=True)
    log_p: Floats = z - np.log(np.exp(z).sum(axis=2, keepdims=True))
    return log_p
