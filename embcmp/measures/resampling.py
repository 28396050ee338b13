"""Percentile bootstrap intervals within a word: sentences drawn anew within their senses.

What is inferred holds for new sentences of these senses of this word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures import weighted
from embcmp.measures.labels import Floats, Labels, Sample
from embcmp.measures.threads import one_thread

MIN_SENTENCES = 5
MAX_UNDEFINED = 0.05
TRUSTED_AUC, TRUSTED_SENTENCES = (0.65, 0.8), 10

Statistic = Callable[[Floats], Floats]  # weights [draws, m] -> values [draws], NaN undefined


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, or the reason why there is none."""

    ci95: tuple[float, float] | None
    reason: str | None = None


def sense_intervals(uses: Sample, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Interval]:
    """Intervals of `within`, `between`, `separation`, `auc` and `auc_macro`.

    Each draw weighs the sentences of a sense by how often they come up when as many are drawn
    with replacement; a pair weighs w_i * w_j, and copies of one sentence form no pair. A draw in
    which a measure is undefined is drawn again; over 5 % of such draws there is no interval.

    Args:
        uses: [m] of them, in `canonical_order`.
        draws: how many.
        seed: of the draws. Encoders with vectors for the same uses share them.

    Returns:
        By metric; without an interval below five sentences a sense.
    """
    same = uses.codes[:, None] == uses.codes
    other = ~same
    np.fill_diagonal(same, False)
    within = partial(weighted.mean_cosine, uses, same)
    between = partial(weighted.mean_cosine, uses, other)
    statistics: dict[str, Statistic] = {
        "within": within,
        "between": between,
        "separation": lambda w: within(w) - between(w),
        "auc": partial(weighted.auc, uses),
        "auc_macro": partial(weighted.macro_auc, uses),
    }
    if uses.undefined:
        return dict.fromkeys(statistics, Interval(None, uses.undefined))
    return bootstrap(statistics, uses, draws, seed)


def trusted(auc: float, uses: Labels) -> bool:
    """Whether intervals of `auc` were seen to hold the truth in about 92 to 98 % of cases.

    The tables of simulated words are in docs/notes/simulations.md: below, intervals hold it more
    often; above, and with few sentences, less often, and are to be marked as approximate.
    """
    low, high = TRUSTED_AUC
    return bool(
        low <= auc <= high and uses.sizes.min(initial=TRUSTED_SENTENCES) >= TRUSTED_SENTENCES
    )


def self_similarity_interval(uses: Sample, *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Interval of `self_similarity`: of all uses, with one label where any has none."""
    pairs = ~np.eye(len(uses.rows), dtype=bool)
    return bootstrap({"": partial(weighted.mean_cosine, uses, pairs)}, uses, draws, seed)[""]


def hit_intervals(
    hits: Floats, uses: Labels, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Interval, Interval]:
    """Intervals of a classifier's accuracy and of its mean over senses.

    The leave-one-out predictions stay and their hits are resampled: copies of a use would be its
    own neighbors. What other sentences would have changed in the predictions is not in these
    intervals, so they are too narrow (docs/reference/measures.md), and always to be marked.

    Args:
        hits: [m], as `Classified.hits`.
        uses: that were classified.
        draws: how many.
        seed: of the draws.
    """
    if uses.undefined:
        return Interval(None, uses.undefined), Interval(None, uses.undefined)
    members = np.eye(len(uses.senses))[uses.codes]

    def accuracy(w: Floats) -> Floats:
        return weighted.ratio(w @ hits, w.sum(axis=1))

    def macro(w: Floats) -> Floats:
        by_sense = weighted.ratio(w @ (hits[:, None] * members), w @ members)
        means: Floats = by_sense.mean(axis=1)
        return means

    intervals = bootstrap({"": accuracy, "macro": macro}, uses, draws, seed)
    return intervals[""], intervals["macro"]


@one_thread
def bootstrap(
    statistics: Mapping[str, Statistic], uses: Labels, draws: int, seed: int
) -> dict[str, Interval]:
    """Percentile intervals of several statistics on the same draws.

    Args:
        statistics: by name, each from weights [draws, m] to values [draws].
        uses: that the statistics are of.
        draws: how many.
        seed: of the draws.
    """
    if reason := too_few(uses):
        return dict.fromkeys(statistics, Interval(None, reason))
    rng = np.random.default_rng(seed)
    weights = _sentence_weights(uses, draws, rng)
    return {name: _interval(s, weights, uses, rng) for name, s in statistics.items()}


def too_few(uses: Labels) -> str | None:
    """Why there are too few sentences to infer anything, or None."""
    return uses.too_few(MIN_SENTENCES, "an interval")


def _interval(
    statistic: Statistic, weights: Floats, uses: Labels, rng: np.random.Generator
) -> Interval:
    values = statistic(weights)
    lost = np.isnan(values)
    if lost.mean() > MAX_UNDEFINED:
        return Interval(None, f"undefined in {lost.mean():.0%} of the draws")
    while lost.any():
        values[lost] = statistic(_sentence_weights(uses, int(lost.sum()), rng))
        lost = np.isnan(values)
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval((float(low), float(high)))


def _sentence_weights(uses: Labels, draws: int, rng: np.random.Generator) -> Floats:
    """How often each use's sentence is drawn when each stratum is drawn anew: [draws, m]."""
    drawn = np.empty((draws, len(uses.strata)))
    for sense in np.unique(uses.strata):
        members = np.flatnonzero(uses.strata == sense)
        drawn[:, members] = rng.multinomial(
            len(members), np.full(len(members), 1 / len(members)), draws
        )
    return drawn[:, uses.sentences]


@one_thread
def auc_band(layers: Sequence[Sample], *, draws: int = DRAWS, seed: int = 0) -> list[Interval]:
    """Simultaneous 95 % band of `auc` over layers, which are looked at together.

    logit(auc_l) +- q * s_l / (auc_l * (1 - auc_l)), taken back to [0, 1], where s_l is the standard
    deviation of layer l over bootstrap draws that all layers share, and q the 95 % quantile of the
    largest |draw - auc_l| / s_l of a draw: a sup-t band (Montiel Olea and Plagborg-Moller 2019)
    whose ends keep their distance from 0 and 1. The true curve lies in it as a whole with about
    95 %, so that layers may be compared by eye; docs/notes/simulations.md has how often it did.

    Args:
        layers: the same uses in each, as `samples` gives them.
        draws: how many.
        seed: of the draws.

    Returns:
        One a layer; without an interval where a layer's own has none.
    """
    uses = layers[0]
    if reason := uses.undefined or too_few(uses):
        return [Interval(None, reason)] * len(layers)
    weights = _sentence_weights(uses, draws, np.random.default_rng(seed))
    values = np.array([weighted.auc(layer, np.ones((1, len(uses.rows))))[0] for layer in layers])
    drawn = np.stack([weighted.auc(layer, weights) for layer in layers])
    # With five sentences a sense, fewer than one draw in 600 leaves a sense without a pair.
    drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
    spread = drawn.std(axis=1)
    away = np.abs(drawn - values[:, None])
    scaled = np.divide(away, spread[:, None], out=np.zeros_like(away), where=spread[:, None] > 0)
    reach = np.quantile(scaled.max(axis=0), 0.95) * spread
    return [Interval(_around(*ends)) for ends in zip(values.tolist(), reach.tolist(), strict=True)]


def _around(value: float, reach: float) -> tuple[float, float]:
    """Ends at the distance `reach` on the logit scale; what no draw changes has no width."""
    if reach == 0:
        return value, value
    middle, half = np.log(value / (1 - value)), reach / (value * (1 - value))
    return float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle)))
