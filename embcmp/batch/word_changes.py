"""The changes of a batch's words: what the summary needs of each, and the words by change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from embcmp.batch.over_words import by_word
from embcmp.measures.encoder_differences import LEVEL
from embcmp.measures.group_change import MEASURES
from embcmp.measures.inference import percentile
from embcmp.measures.permutation import over_words
from embcmp.questions.change.conclusion import of_word
from embcmp.questions.change.word_change import EncoderChange, WordChange
from embcmp.questions.compare.names_in_prose import words_found
from embcmp.render.numbers import plural, short
from embcmp.types import Metric

CHANGE = tuple(f"change_{name}" for name in MEASURES)
NOT_AVERAGED = ("change_p",)  # measures whose mean over words says nothing

Json = dict[str, Any]


def measures(r: EncoderChange) -> dict[str, Metric]:
    """What an encoder sees of a change, as measures for the tables of a batch."""
    values = [r.change.measures[name].metric for name in MEASURES]
    p = Metric(r.primary.p, undefined=r.change.no_test)
    return dict(zip((*CHANGE, *NOT_AVERAGED), (*values, p), strict=True))


def outline(change: WordChange) -> Json:
    """What the summary says of a word: its change by the main encoder, and the keywords."""
    groups, primary = change.groups, change.main.primary
    low, high = primary.metric.ci95 or (None, None)
    return {
        "uses": dict(zip(groups.names, groups.counts, strict=True)),
        "encoder": change.main.name,
        "prt": primary.metric.value,
        "low": low,
        "high": high,
        "p": primary.p,
        "keywords": dict(zip(groups.names, map(list, change.keywords), strict=True)),
        "verdict": list(of_word(change)),
    }


def by_change(outlines: Mapping[str, Json]) -> list[Json]:
    """The words that changed most first, those without a value last.

    Args:
        outlines: the `outline` of each word.

    Returns:
        Each outline with its `word`, its `file`, `p_adjusted` over the words or, among many, its
        `false_discovery_rate`, and `percentile`: the share of the other words that changed less, in
        percent, where a tie counts one half.
    """
    rows = by_word(outlines)
    for row, among in zip(rows, over_words([row["p"] for row in rows]), strict=True):
        row |= among._asdict()
        row["percentile"] = percentile(row["prt"], (r["prt"] for r in rows if r is not row))
    return sorted(rows, key=lambda row: (row["prt"] is None, -(row["prt"] or 0), row["word"]))


def by_chance(rows: Sequence[Json]) -> Json:
    """How many words have a p below LEVEL before it is adjusted, and how many chance alone gives.

    Args:
        rows: what `by_change` returned.
    """
    p = [row["p"] for row in rows if row["p"] is not None]
    return {
        "tested": len(p),
        "expected": LEVEL * len(p),
        "observed": sum(value < LEVEL for value in p),
    }


def finding(rows: Sequence[Json]) -> list[str]:
    """Say how many words changed, and which.

    Args:
        rows: what `by_change` returned.
    """
    words = [(row["word"], row["p_adjusted"], row["false_discovery_rate"]) for row in rows]
    found = list(words_found(words, "is shown to have changed", "are shown to have changed"))
    return found or ["No word could be tested for a change."]


def chance(rows: Sequence[Json]) -> Iterator[str]:
    """Say how many words chance alone would let through if p were not adjusted, if any is tested.

    Args:
        rows: what `by_change` returned.
    """
    counts = by_chance(rows)
    if counts["tested"]:
        yield (
            f"The p of a word by itself is below {short(LEVEL)} for {counts['observed']} of"
            f" {plural(counts['tested'], 'tested word')};"
            f" {short(counts['expected'], 1)} are expected by chance alone."
        )
