"""Logistic regressions fitted side by side: one problem of hundreds costs what a few cost alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.labels import Floats, Index

_TOLERANCE = 1e-4  # of the gradient of the mean loss, as in scikit-learn
_STEPS = 200


def scores(x: Floats, y: Index, train: NDArray[np.bool_], *, senses: int) -> Floats:
    """Scores of the senses by L2-penalised multinomial logistic regressions with C = 1.

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
