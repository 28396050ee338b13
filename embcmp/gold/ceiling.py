"""What people reach against each other, from the single ratings that a data set carries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embcmp.gold.evaluation import Published
from embcmp.gold.rows import Pair
from embcmp.measures import ratings

HALVES = 100
_SYSTEM, _SOURCE = "raters, split half", "the ratings in the files"
_METHOD = f"mean of {HALVES} random halves of the raters of each pair, Spearman-Brown"


def split_half(pairs: Sequence[Pair], split: str, seed: int) -> list[Published]:
    """How well one half of the ratings of each pair agrees with the other half.

    The correlation r of the means of two halves is stepped up to the whole number of ratings by
    the formula of Spearman (1910) and Brown (1910), 2 r / (1 + r), after the mean over the halves.

    Returns:
        Spearman and Pearson; nothing where a pair has fewer than two ratings, or the halves do not
        agree at all.
    """
    if any(len(pair.ratings) < 2 for pair in pairs):
        return []
    rng = np.random.default_rng(seed)
    values: dict[str, list[float]] = {"spearman": [], "pearson": []}
    once = np.ones((1, len(pairs)))
    ordered = sorted(pairs, key=lambda pair: pair.id)
    for _ in range(HALVES):
        means = np.array([_halves(pair.ratings, rng) for pair in ordered]).T
        for name, how in (("spearman", ratings.spearman), ("pearson", ratings.pearson)):
            values[name].append(float(how(means[0], means[1], once)[0]))
    agreed = {name: float(np.mean(r)) for name, r in values.items()}
    return [
        Published(_SYSTEM, name, 2 * r / (1 + r), split, _METHOD, _SOURCE, human=True)
        for name, r in agreed.items()
        if r > 0
    ]


def _halves(values: Sequence[float], rng: np.random.Generator) -> tuple[float, float]:
    drawn = rng.permutation(np.sort(values))
    half = len(drawn) // 2
    return float(drawn[:half].mean()), float(drawn[half:].mean())
