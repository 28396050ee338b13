"""Percentile bootstrap intervals for one word, from resampling the sentences of each sense.

The inference is to new sentences with the same senses of the same word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures import weighted_pairs
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
    """Bootstrap intervals of `within`, `between`, `separation`, `auc` and `auc_macro`.

    Each draw takes as many sentences of a sense as there are, with replacement; the weight of a
    sentence is how often it is drawn. A pair of uses has the weight w_i * w_j, and copies of one
    sentence form no pair. A draw in which a measure is undefined is repeated; if more than 5 % of
    the draws are, there is no interval.

    Args:
        uses: The uses, in `canonical_order`.
        draws: Number of draws.
        seed: Seed of the draws. Encoders with vectors for the same uses share the draws.

    Returns:
        The interval of each metric; none if a sense has fewer than five sentences.
    """
    same = uses.codes[:, None] == uses.codes
    other = ~same
    np.fill_diagonal(same, False)
    within = partial(weighted_pairs.mean_cosine, uses, same)
    between = partial(weighted_pairs.mean_cosine, uses, other)
    statistics: dict[str, Statistic] = {
        "within": within,
        "between": between,
        "separation": lambda w: within(w) - between(w),
        "auc": partial(weighted_pairs.auc, uses),
        "auc_macro": partial(weighted_pairs.macro_auc, uses),
    }
    if uses.undefined:
        return dict.fromkeys(statistics, Interval(None, uses.undefined))
    return bootstrap(statistics, uses, draws, seed)


def is_calibrated(auc: float, uses: Labels) -> bool:
    """Whether intervals of `auc` contained the true value in 92 to 98 % of simulations.

    The tables of simulated words are in docs/notes/simulations.md. For a lower AUC, intervals
    contain the true value more often; for a higher one, and with few sentences, less often, and
    they should be marked as approximate.
    """
    low, high = TRUSTED_AUC
    return bool(
        low <= auc <= high and uses.sizes.min(initial=TRUSTED_SENTENCES) >= TRUSTED_SENTENCES
    )


def self_similarity_interval(uses: Sample, *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Interval of `self_similarity`; give all uses one label if any use has none."""
    pairs = ~np.eye(len(uses.rows), dtype=bool)
    return bootstrap({"": partial(weighted_pairs.mean_cosine, uses, pairs)}, uses, draws, seed)[""]


def hit_intervals(
    hits: Floats, uses: Labels, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Interval, Interval]:
    """Intervals of a classifier's accuracy and of its mean over senses.

    The leave-one-out predictions are kept and their hits are resampled, since copies of a use
    would be its own neighbors. How other sentences would change the predictions is not part of
    these intervals, so they are too narrow (docs/reference/measures.md) and should always be
    marked as approximate.

    Args:
        hits: [m], as in `LeaveOneOut.hits`.
        uses: The uses that were classified.
        draws: Number of draws.
        seed: Seed of the draws.
    """
    if uses.undefined:
        return Interval(None, uses.undefined), Interval(None, uses.undefined)
    members = np.eye(len(uses.senses))[uses.codes]

    def accuracy(w: Floats) -> Floats:
        return weighted_pairs.ratio(w @ hits, w.sum(axis=1))

    def macro(w: Floats) -> Floats:
        by_sense = weighted_pairs.ratio(w @ (hits[:, None] * members), w @ members)
        means: Floats = by_sense.mean(axis=1)
        return means

    intervals = bootstrap({"": accuracy, "macro": macro}, uses, draws, seed)
    return intervals[""], intervals["macro"]


@one_thread()
def bootstrap(
    statistics: Mapping[str, Statistic], uses: Labels, draws: int, seed: int
) -> dict[str, Interval]:
    """Percentile intervals of several statistics, from the same draws.

    Args:
        statistics: By name, functions that compute values [draws] from weights [draws, m].
        uses: The uses that the statistics describe.
        draws: Number of draws.
        seed: Seed of the draws.
    """
    if reason := too_few(uses):
        return dict.fromkeys(statistics, Interval(None, reason))
    rng = np.random.default_rng(seed)
    weights = _sentence_weights(uses, draws, rng)
    return {name: _interval(s, weights, uses, rng) for name, s in statistics.items()}


def too_few(uses: Labels) -> str | None:
    """Why a sense has too few sentences for any inference, or None if no sense has."""
    return uses.too_few(MIN_SENTENCES, "an interval")


def _interval(
    statistic: Statistic, weights: Floats, uses: Labels, rng: np.random.Generator
) -> Interval:
    values = statistic(weights)
    undefined = np.isnan(values)
    if undefined.mean() > MAX_UNDEFINED:
        return Interval(None, f"undefined in {undefined.mean():.0%} of the draws")
    while undefined.any():
        values[undefined] = statistic(_sentence_weights(uses, int(undefined.sum()), rng))
        undefined = np.isnan(values)
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval((float(low), float(high)))


def _sentence_weights(uses: Labels, draws: int, rng: np.random.Generator) -> Floats:
    """[draws, m], how often each use's sentence is drawn when the strata are resampled."""
    drawn = np.empty((draws, len(uses.strata)))
    for sense in np.unique(uses.strata):
        members = np.flatnonzero(uses.strata == sense)
        drawn[:, members] = rng.multinomial(
            len(members), np.full(len(members), 1 / len(members)), draws
        )
    return drawn[:, uses.sentences]


@one_thread()
def auc_band(layers: Sequence[Sample], *, draws: int = DRAWS, seed: int = 0) -> list[Interval]:
    """Simultaneous 95 % confidence band of `auc` over the layers of an encoder.

    The band is logit(auc_l) +- q * s_l / (auc_l * (1 - auc_l)), transformed back to [0, 1]. Here
    s_l is the standard deviation of layer l over bootstrap draws that all layers share, and q is
    the 95 % quantile over draws of the largest |draw - auc_l| / s_l: a sup-t band (Montiel Olea
    and Plagborg-Moller 2019), whose ends stay between 0 and 1. It contains the whole true curve
    with a probability of about 95 %, so that layers may be compared by eye; how often it did in
    simulations is in docs/notes/simulations.md.

    Args:
        layers: The same uses as each layer sees them, from `samples`.
        draws: Number of draws.
        seed: Seed of the draws.

    Returns:
        The interval of each layer; none where `sense_intervals` gives none.
    """
    uses = layers[0]
    if reason := uses.undefined or too_few(uses):
        return [Interval(None, reason)] * len(layers)
    weights = _sentence_weights(uses, draws, np.random.default_rng(seed))
    values = np.array(
        [weighted_pairs.auc(layer, np.ones((1, len(uses.rows))))[0] for layer in layers]
    )
    drawn = np.stack([weighted_pairs.auc(layer, weights) for layer in layers])
    # With five sentences a sense, fewer than one draw in 600 leaves a sense without pairs.
    drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
    spread = drawn.std(axis=1)
    deviations = np.abs(drawn - values[:, None])
    scaled = np.divide(
        deviations, spread[:, None], out=np.zeros_like(deviations), where=spread[:, None] > 0
    )
    half_widths = np.quantile(scaled.max(axis=0), 0.95) * spread
    return [
        Interval(_logit_interval(value, half_width))
        for value, half_width in zip(values.tolist(), half_widths.tolist(), strict=True)
    ]


def _logit_interval(value: float, half_width: float) -> tuple[float, float]:
    """The interval value +- half_width, made symmetric on the logit scale by the delta method."""
    if half_width == 0:
        return value, value
    middle, half = np.log(value / (1 - value)), half_width / (value * (1 - value))
    return float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle)))
