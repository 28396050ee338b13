"""A band that holds a whole curve: the layers of one encoder are looked at together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures import weighted
from embcmp.measures.labels import Floats, Index, Senses, labels, present, units
from embcmp.measures.resampling import Interval, sentence_weights, too_few
from embcmp.measures.threads import one_thread


@one_thread
def auc_band(
    layers: Sequence[Floats],
    senses: Senses,
    sentences: Index,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Interval]:
    """Simultaneous 95 % band of `auc` over layers.

    logit(auc_l) +- q * s_l / (auc_l * (1 - auc_l)), taken back to [0, 1], where s_l is the standard
    deviation of layer l over bootstrap draws that all layers share, and q the 95 % quantile of the
    largest |draw - auc_l| / s_l of a draw: a sup-t band (Montiel Olea and Plagborg-Moller 2019)
    whose ends keep their distance from 0 and 1. The true curve lies in it as a whole with about
    95 %, so that layers may be compared by eye; docs/reference/measures.md has how often it did.

    Args:
        layers: similarities [n, n] of the same occurrences, NaN where undefined.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them.
        draws: how many.
        seed: of the draws.

    Returns:
        One a layer; without an interval where a layer's own has none.
    """
    used = labels(senses, np.all([present(s) for s in layers], axis=0))
    grouped = units(used.codes, sentences[used.rows])
    reason = used.undefined or too_few(grouped, used.senses)
    if reason:
        return [Interval(None, reason)] * len(layers)
    pick = np.ix_(used.rows, used.rows)
    weights = sentence_weights(grouped, draws, np.random.default_rng(seed))
    ones = np.ones((1, len(used.rows)))
    values = np.array([weighted.auc(s[pick], used.codes, ones)[0] for s in layers])
    of = sentences[used.rows]
    drawn = np.stack([weighted.auc(s[pick], used.codes, weights, of) for s in layers])
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
