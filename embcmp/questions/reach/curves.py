"""How much the context counts by signed distance from the target, and how far it reaches.

Changes are [n, 2 k]: the columns are the distances -k to -1, then 1 to k, as `distances` lists
them; a distance that a use has no value for is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.measures.labels import Floats, Index
from embcmp.threads import one_thread
from embcmp.types import Metric

DRAWS = 2000  # bootstrap samples
MIN_SENTENCES, MAX_UNDEFINED = 5, 0.05
SPAN = 10  # words on each side that reach50 takes into account
SIDES = ("both", "left", "right")
NO_USE = f"no use has {SPAN} words on both sides"
NO_CHANGE = "no word on this side changes the vector"


def distances(k: int) -> list[int]:
    """The signed distances -k to -1 and 1 to k."""
    return [*range(-k, 0), *range(1, k + 1)]


def normalize(changes: Floats, whole: Floats) -> Floats:
    """Divide changes [..., n, m] by the changes when all context words are replaced [..., n].

    The result is NaN where the latter is 0, because nothing in the context of such a use counts.
    """
    return np.asarray(changes / np.where(whole > 0, whole, np.nan)[..., None])


@dataclass(frozen=True)
class Shares:
    """How much each context word of each use counts for one encoder.

    Attributes:
        values: float64 [layers, uses, 2 k], the share of the word at each of `distances(k)`; NaN
            where there is no word.
        change_of_all: float64 [layers, uses], the change when all context words are replaced,
            1 - cosine; None for gradients.
        jacobian: for gradients, norms by part of the state (memory and output of an LSTM, output of
            a plain cell) and by steps back from the states that make the targets' vectors.
        warnings: sentences for the user.
    """

    values: Floats
    change_of_all: Floats | None = None
    jacobian: Mapping[str, Lags] | None = None
    warnings: tuple[str, ...] = ()


class LagNorms(NamedTuple):
    """The norms of a Jacobian over a number of steps, as geometric means over positions.

    Attributes:
        frobenius: the Frobenius norm divided by the root of the width, 1 for the identity.
        spectral: the largest singular value.
        positions: the number of positions.
    """

    frobenius: float
    spectral: float
    positions: int


Lags = Mapping[int, LagNorms]  # number of steps -> norms


@one_thread()
def mean_curve(
    values: Floats, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> list[Metric]:
    """The mean of each column over uses, with a 95 % percentile interval over sentences.

    Args:
        values: [n, m]; NaN where a use has no value.
        sentences: [n], as `sentence_ids` gives them.
        draws: number of bootstrap samples.
        seed: seed of the bootstrap.

    Returns:
        A metric for each column; fewer than five sentences have no interval.
    """
    resampled = _means(values, _weights(sentences, draws, seed))
    metrics = []
    for column, drawn in zip(values.T, resampled.T, strict=True):
        known = ~np.isnan(column)
        if not known.any():
            metrics.append(Metric(None, undefined="no use has a replaceable word at this distance"))
            continue
        mean = float(np.nan_to_num(column).sum() / known.sum())
        metrics.append(_metric(mean, drawn, len(np.unique(sentences[known]))))
    return metrics


@one_thread()
def reach50(
    values: Floats, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> Mapping[str, Metric]:
    """The smallest distance within which half of the change up to ten words lies, by side.

    The distance is read from the mean curve, and its interval from resampled sentences.

    Args:
        values: [n, 20], the normalized changes at -10 to 10 of uses with ten words on both sides;
            NaN where a word cannot be replaced.
        sentences: [n], as `sentence_ids` gives them.
        draws: number of bootstrap samples.
        seed: seed of the bootstrap.
    """
    if not len(values):
        return {side: Metric(None, undefined=NO_USE) for side in SIDES}
    weights = np.concatenate([np.ones((1, len(values))), _weights(sentences, draws, seed)])
    count = len(np.unique(sentences))
    metrics = {}
    for side, changes in by_side(np.nan_to_num(_means(values, weights))).items():
        value, *drawn = halfway(changes).tolist()
        metrics[side] = (
            Metric(None, undefined=NO_CHANGE)
            if np.isnan(value)
            else _metric(value, np.array(drawn), count)
        )
    return metrics


def by_side(curves: Floats) -> dict[str, Floats]:
    """Curves [n, 2 k] as changes at the distances 1 to k [n, k]: of each side, and their sum."""
    left, right = np.split(curves, 2, axis=1)
    left = left[:, ::-1]
    return {"both": left + right, "left": left, "right": right}


def halfway(changes: Floats) -> Floats:
    """The smallest distance [n] within which half of the changes [n, k] lies; NaN if all are 0."""
    sums = changes.cumsum(axis=1)
    # Slightly less than half, so that rounding errors do not move the result for a flat curve.
    first = (sums >= sums[:, -1:] * (0.5 - 1e-9)).argmax(axis=1) + 1.0
    return np.where(sums[:, -1] > 0, first, np.nan)


def _means(values: Floats, weights: Floats) -> Floats:
    """The means [draws, m] of values [n, m], weighted [draws, n]; NaN where no use has any."""
    known = ~np.isnan(values)
    total = weights @ known
    with np.errstate(invalid="ignore"):
        return np.asarray(weights @ np.where(known, values, 0.0) / total)


def _weights(sentences: Index, draws: int, seed: int) -> Floats:
    """How often the sentence of each use is in each bootstrap sample: [draws, n]."""
    different, numbers = np.unique(sentences, return_inverse=True)
    count = len(different)
    if count == 0:
        return np.ones((draws, 0))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws)
    return np.asarray(drawn[:, numbers], dtype=np.float64)


def _metric(value: float, drawn: Floats, sentences: int) -> Metric:
    if sentences < MIN_SENTENCES:
        reason = f"an interval needs {MIN_SENTENCES} sentences: here are {sentences}"
        return Metric(value, no_interval=reason)
    lost = np.isnan(drawn)
    if lost.mean() > MAX_UNDEFINED:
        return Metric(value, no_interval=f"undefined in {lost.mean():.0%} of the draws")
    low, high = np.percentile(drawn[~lost], [2.5, 97.5])
    return Metric(value, (float(low), float(high)))
