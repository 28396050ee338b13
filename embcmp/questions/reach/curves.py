"""How far from the target the context counts: curves over signed distances, and their summary.

Changes are [n, 2 k]: the columns are the distances -k to -1, then 1 to k, as `distances` lists
them; a distance that a use has no value for is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures.labels import Floats, Index
from embcmp.measures.resampling import MAX_UNDEFINED, MIN_SENTENCES
from embcmp.measures.threads import one_thread
from embcmp.types import Metric

SPAN = 10  # words on each side that the summary is about
SIDES = ("both", "left", "right")
NO_USE = f"no use has {SPAN} words on both sides"
NO_CHANGE = "no word on this side changes the vector"


def distances(k: int) -> list[int]:
    """-k to -1 and 1 to k."""
    return [*range(-k, 0), *range(1, k + 1)]


def normalized(changes: Floats, whole: Floats) -> Floats:
    """Each use's changes [..., n, m] over its change when all context words are replaced [..., n].

    NaN where the latter is 0: such a use has no context that counts.
    """
    return np.asarray(changes / np.where(whole > 0, whole, np.nan)[..., None])


@dataclass(frozen=True)
class Shares:
    """What each context word of each use counts for one encoder.

    Attributes:
        values: float64 [layers, uses, 2 k], the share of the word at a distance, as `distances(k)`
            lists them; NaN where there is none.
        whole: float64 [layers, uses], the change when all words are replaced, 1 - cosine; None for
            gradients.
        jacobian: of gradients: norms by part of the state (memory and output of an LSTM, output of
            a plain cell) and by steps, from the states that make the targets' vectors.
        warnings: what the user should know.
    """

    values: Floats
    whole: Floats | None = None
    jacobian: Mapping[str, Lags] | None = None
    warnings: tuple[str, ...] = ()


class Lag(NamedTuple):
    """Geometric means of a Jacobian's norms over positions.

    Attributes:
        frobenius: over the root of the width, so that the identity has 1.
        spectral: the largest singular value.
        positions: how many.
    """

    frobenius: float
    spectral: float
    positions: int


Lags = Mapping[int, Lag]  # by steps


@one_thread
def mean_curve(
    values: Floats, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> list[Metric]:
    """Means over uses with 95 % percentile intervals, sentences being resampled.

    Args:
        values: [n, m], NaN where a use has none.
        sentences: [n], as `sentence_ids` gives them.
        draws: of the bootstrap.
        seed: of the draws.

    Returns:
        One a column; without an interval below five sentences.
    """
    resampled = _means(values, _weights(sentences, draws, seed))
    metrics = []
    for column, drawn in zip(values.T, resampled.T, strict=True):
        known = ~np.isnan(column)
        if not known.any():
            metrics.append(Metric(None, undefined="no use has a word there that can be replaced"))
            continue
        mean = float(np.nan_to_num(column).sum() / known.sum())
        metrics.append(_metric(mean, drawn, len(np.unique(sentences[known]))))
    return metrics


@one_thread
def reach50(
    values: Floats, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> Mapping[str, Metric]:
    """The smallest distance within which half of the change up to ten words lies, by side.

    It is that of the mean curve; the interval is that of sentences drawn anew.

    Args:
        values: [n, 20], the normalized changes at -10 to 10 of uses with ten words on both sides;
            NaN where a word cannot be replaced.
        sentences: [n].
        draws: of the bootstrap.
        seed: of the draws.
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
    """Curves [n, 2 k] as changes at the distances 1 to k [n, k]: both sides added, and each."""
    left, right = np.split(curves, 2, axis=1)
    left = left[:, ::-1]
    return {"both": left + right, "left": left, "right": right}


def halfway(changes: Floats) -> Floats:
    """The first distance up to which half of the sum lies; changes [n, k] -> [n], NaN for none."""
    sums = changes.cumsum(axis=1)
    # A hair less than half, so that rounding moves no flat curve.
    first = (sums >= sums[:, -1:] * (0.5 - 1e-9)).argmax(axis=1) + 1.0
    return np.where(sums[:, -1] > 0, first, np.nan)


def _means(values: Floats, weights: Floats) -> Floats:
    """The means [draws, m] of values [n, m], weighted [draws, n]; NaN where no use has any."""
    known = ~np.isnan(values)
    total = weights @ known
    with np.errstate(invalid="ignore"):
        return np.asarray(weights @ np.where(known, values, 0.0) / total)


def _weights(sentences: Index, draws: int, seed: int) -> Floats:
    """How often each use's sentence comes up when as many are drawn anew: [draws, n]."""
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
