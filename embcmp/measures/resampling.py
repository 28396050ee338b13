"""Percentile bootstrap intervals within a word: sentences drawn anew within their senses.

What is inferred holds for new sentences of these senses of this word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.choices import DRAWS
from embcmp.measures import weighted
from embcmp.measures.labels import Floats, Index, Senses, Units, labels, present, units
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


def sense_intervals(
    similarity: Floats, senses: Senses, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval]:
    """Intervals of `within`, `between`, `separation`, `auc` and `auc_macro`.

    Each draw weighs the sentences of a sense by how often they come up when as many are drawn
    with replacement; a pair weighs w_i * w_j, and copies of one sentence form no pair. A draw in
    which a measure is undefined is drawn again; over 5 % of such draws there is no interval.

    Args:
        similarity: [n, n], NaN where undefined.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them.
        draws: how many.
        seed: of the draws. Encoders with vectors for the same occurrences share them.

    Returns:
        By metric; without an interval below five sentences a sense.
    """
    used = labels(senses, present(similarity))
    names = ("within", "between", "separation", "auc", "auc_macro")
    if used.undefined:
        return dict.fromkeys(names, Interval(None, used.undefined))
    cosines = similarity[np.ix_(used.rows, used.rows)]
    of = sentences[used.rows]
    same = used.codes[:, None] == used.codes
    other = ~same
    np.fill_diagonal(same, False)
    within = partial(weighted.mean_cosine, cosines, same, sentences=of)
    between = partial(weighted.mean_cosine, cosines, other, sentences=of)
    statistics: dict[str, Statistic] = {
        "within": within,
        "between": between,
        "separation": lambda w: within(w) - between(w),
        "auc": partial(weighted.auc, cosines, used.codes, sentences=of),
        "auc_macro": partial(
            weighted.macro_auc, cosines, used.codes, len(used.senses), sentences=of
        ),
    }
    return bootstrap(statistics, units(used.codes, of), used.senses, draws, seed)


def trusted(auc: float, senses: Senses, sentences: Index) -> bool:
    """Whether intervals of `auc` were seen to hold the truth in about 92 to 98 % of cases.

    The tables of simulated words are in docs/reference/measures.md: below, intervals hold it more
    often; above, and with few sentences, less often, and are to be marked as approximate.

    Args:
        auc: the measure.
        senses: [n], None without a label or without a vector.
        sentences: [n], as `sentence_ids` gives them.
    """
    used = labels(senses, np.ones(len(senses), dtype=bool))
    sizes = units(used.codes, sentences[used.rows]).sizes(len(used.senses))
    low, high = TRUSTED_AUC
    return bool(low <= auc <= high and sizes.min(initial=TRUSTED_SENTENCES) >= TRUSTED_SENTENCES)


def self_similarity_interval(
    similarity: Floats, senses: Senses, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """Interval of `self_similarity`; arguments as for `sense_intervals`.

    Where any occurrence has no label, sentences are drawn from all alike, not sense by sense.
    """
    every = [""] * len(senses) if None in senses else senses
    used = labels(every, present(similarity))
    cosines = similarity[np.ix_(used.rows, used.rows)]
    pairs = ~np.eye(len(used.rows), dtype=bool)
    of = sentences[used.rows]
    statistic = partial(weighted.mean_cosine, cosines, pairs, sentences=of)
    names = tuple(name or "unlabelled" for name in used.senses)
    return bootstrap({"": statistic}, units(used.codes, of), names, draws, seed)[""]


def hit_intervals(
    hits: Floats, senses: Senses, sentences: Index, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Interval, Interval]:
    """Intervals of a classifier's accuracy and of its mean over senses.

    The leave-one-out predictions stay and their hits are resampled: copies of an occurrence
    would be its own neighbors. What other sentences would have changed in the predictions is not
    in these intervals, so they are too narrow (docs/reference/measures.md), and always to be
    marked.

    Args:
        hits: [n], as `Classified.hits`.
        senses: [n], None without a label.
        sentences: [n], as `sentence_ids` gives them.
        draws: how many.
        seed: of the draws.
    """
    used = labels(senses, ~np.isnan(hits))
    if used.undefined:
        return Interval(None, used.undefined), Interval(None, used.undefined)
    score = hits[used.rows]
    members = np.eye(len(used.senses))[used.codes]

    def accuracy(w: Floats) -> Floats:
        return weighted.ratio(w @ score, w.sum(axis=1))

    def macro(w: Floats) -> Floats:
        by_sense = weighted.ratio(w @ (score[:, None] * members), w @ members)
        means: Floats = by_sense.mean(axis=1)
        return means

    grouped = units(used.codes, sentences[used.rows])
    found = bootstrap({"": accuracy, "macro": macro}, grouped, used.senses, draws, seed)
    return found[""], found["macro"]


@one_thread
def bootstrap(
    statistics: Mapping[str, Statistic],
    grouped: Units,
    senses: tuple[str, ...],
    draws: int,
    seed: int,
) -> dict[str, Interval]:
    """Percentile intervals of several statistics on the same draws.

    Args:
        statistics: by name, each from weights [draws, m] to values [draws].
        grouped: the sentences and their strata.
        senses: [k], the names of the strata.
        draws: how many.
        seed: of the draws.
    """
    if reason := too_few(grouped, senses):
        return dict.fromkeys(statistics, Interval(None, reason))
    rng = np.random.default_rng(seed)
    weights = sentence_weights(grouped, draws, rng)
    return {name: _interval(s, weights, grouped, rng) for name, s in statistics.items()}


def too_few(grouped: Units, senses: tuple[str, ...]) -> str | None:
    """Why there are too few sentences to infer anything, or None."""
    sizes = grouped.sizes(len(senses))
    if not len(sizes):
        return "no vectors"
    if sizes.min() >= MIN_SENTENCES:
        return None
    return (
        f"an interval needs {MIN_SENTENCES} sentences a sense: "
        f"{senses[sizes.argmin()]!r} has {sizes.min()}"
    )


def _interval(
    statistic: Statistic, weights: Floats, grouped: Units, rng: np.random.Generator
) -> Interval:
    values = statistic(weights)
    lost = np.isnan(values)
    if lost.mean() > MAX_UNDEFINED:
        return Interval(None, f"undefined in {lost.mean():.0%} of the draws")
    while lost.any():
        values[lost] = statistic(sentence_weights(grouped, int(lost.sum()), rng))
        lost = np.isnan(values)
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval((float(low), float(high)))


def sentence_weights(grouped: Units, draws: int, rng: np.random.Generator) -> Floats:
    """How often each occurrence's sentence is drawn when each stratum is drawn anew: [draws, m]."""
    drawn = np.empty((draws, len(grouped.stratum)))
    for sense in np.unique(grouped.stratum):
        members = np.flatnonzero(grouped.stratum == sense)
        drawn[:, members] = rng.multinomial(
            len(members), np.full(len(members), 1 / len(members)), draws
        )
    return drawn[:, grouped.of]
