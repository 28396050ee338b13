"""How far from the target the context counts: curves over signed distances, and their summary.

Changes are [n, 2 k]: the columns are the distances -k to -1, then 1 to k, as `distances` lists
them; a distance that a use has no value for is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    """Each use's changes [n, m] over its change when all context words are replaced [n].

    NaN where the latter is 0: such a use has no context that counts.
    """
    divisor = np.where(whole > 0, whole, np.nan)[:, None]
    return np.asarray(changes / divisor)


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
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    weights = _weights(sentences, draws, seed)
    drawn = weights @ filled / np.maximum(weights @ there, 1)
    drawn[weights @ there == 0] = np.nan
    found = []
    for column, known in enumerate(there.T):
        if not known.any():
            found.append(Metric(None, undefined="no use has a word there that can be replaced"))
            continue
        mean = float(filled[:, column].sum() / known.sum())
        found.append(_metric(mean, drawn[:, column], len(np.unique(sentences[known]))))
    return found


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
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    weights = np.concatenate([np.ones((1, len(values))), _weights(sentences, draws, seed)])
    curves = weights @ filled / np.maximum(weights @ there, 1)
    count = len(np.unique(sentences))
    found = {}
    for side, changes in by_side(curves).items():
        reached = halfway(changes)
        value = float(reached[0])
        found[side] = (
            Metric(None, undefined=NO_CHANGE)
            if np.isnan(value)
            else _metric(value, reached[1:], count)
        )
    return found


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


def _weights(sentences: Index, draws: int, seed: int) -> Floats:
    """How often each use's sentence comes up when as many are drawn anew: [draws, n]."""
    _, of = np.unique(sentences, return_inverse=True)
    count = int(of.max(initial=-1)) + 1
    if count == 0:
        return np.ones((draws, 0))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws)
    return np.asarray(drawn[:, of], dtype=np.float64)


def _metric(value: float, drawn: Floats, sentences: int) -> Metric:
    if sentences < MIN_SENTENCES:
        reason = f"an interval needs {MIN_SENTENCES} sentences: here are {sentences}"
        return Metric(value, no_interval=reason)
    lost = np.isnan(drawn)
    if lost.mean() > MAX_UNDEFINED:
        return Metric(value, no_interval=f"undefined in {lost.mean():.0%} of the draws")
    low, high = np.percentile(drawn[~lost], [2.5, 97.5])
    return Metric(value, (float(low), float(high)))
