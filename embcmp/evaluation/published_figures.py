"""Figures to compare scores with: published results, and the agreement of raters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

import numpy as np

from embcmp.evaluation.gold_rows import Pair
from embcmp.evaluation.results import Published
from embcmp.measures import ratings


def published(task: str, kind: str, split: str, rows: int) -> list[Published]:
    """The published figures for a data set.

    Args:
        task: The name of the data set.
        kind: The kind of rows that are scored; figures for other kinds are left out.
        split: The name of the part that is scored. Graphs have figures for that part alone, which
            is a data set of its own.
        rows: Number of rows that are scored. Figures are comparable if it is the whole split.
    """
    text = files("embcmp").joinpath("data", "published.json").read_text(encoding="utf-8")
    known = json.loads(text)
    whole = rows == known["rows"].get(task, {}).get(split)
    return [
        Published(
            **{key: value for key, value in figure.items() if key not in ("task", "kind")},
            comparable=whole and figure["split"] == split,
        )
        for figure in known["figures"]
        if (figure["task"], figure["kind"]) == (task, kind)
        and (kind != "graphs" or figure["split"] == split)
    ]


def warnings(figures: Sequence[Published], split: str, rows: int) -> Iterator[str]:
    """A warning if the scores and the published figures are not about the same rows."""
    splits = sorted({f.split for f in figures if not f.human and not f.comparable})
    if not splits:
        return
    yours = f"{rows} rows of {split}" if split in splits else split
    yield f"published figures are for {', '.join(splits)}, yours for {yours}: the rows differ"


HALVES = 100
_SYSTEM, _SOURCE = "raters, split half", "the ratings in the files"
_METHOD = f"mean of {HALVES} random halves of the raters of each pair, Spearman-Brown"


def split_half(pairs: Sequence[Pair], split: str, seed: int) -> list[Published]:
    """The agreement between two random halves of the ratings of each pair.

    The correlation r of the means of two halves is converted to that of all ratings by
    the formula of Spearman (1910) and Brown (1910), 2 r / (1 + r), after the mean over the halves.

    Returns:
        Spearman's and Pearson's correlation. None of them if a pair has fewer than two ratings, or
        if the halves do not agree at all.
    """
    if any(len(pair.ratings) < 2 for pair in pairs):
        return []
    rng = np.random.default_rng(seed)
    values: dict[str, list[float]] = {"spearman": [], "pearson": []}
    weights = np.ones((1, len(pairs)))
    ordered = sorted(pairs, key=lambda pair: pair.id)
    for _ in range(HALVES):
        means = np.array([_halves(pair.ratings, rng) for pair in ordered]).T
        for name, correlation in (("spearman", ratings.spearman), ("pearson", ratings.pearson)):
            values[name].append(float(correlation(means[0], means[1], weights)[0]))
    agreement = {name: float(np.mean(r)) for name, r in values.items()}
    return [
        Published(_SYSTEM, name, 2 * r / (1 + r), split, _METHOD, _SOURCE, human=True)
        for name, r in agreement.items()
        if r > 0
    ]


def _halves(values: Sequence[float], rng: np.random.Generator) -> tuple[float, float]:
    shuffled = rng.permutation(np.sort(values))
    half = len(shuffled) // 2
    return float(shuffled[:half].mean()), float(shuffled[half:].mean())
