"""What the JSON of several questions has in common, each written in one way everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from embcmp.types import Metric, Occurrence, PairTest, Skipped


def metric(m: Metric) -> dict[str, Any]:
    """A measure's value with its interval and its chance, or why it has none."""
    return asdict(m) | {"ci95": _ends(m.ci95)}


def test(t: PairTest, *, by_words: bool = False) -> dict[str, Any]:
    """A test of two encoders.

    Args:
        t: the test.
        by_words: it stands on words, not on the senses and sentences of one.
    """
    found = asdict(t) | {"ci95": _ends(t.ci95)}
    left_out = ("senses", "sentences") if by_words else ()
    return {key: value for key, value in found.items() if key not in left_out}


def use(o: Occurrence) -> dict[str, Any]:
    """A use of the word: its sentence, its place in it, its label and its source."""
    return {
        "sentence": o.sentence,
        "start": o.start,
        "end": o.end,
        "form": o.form,
        "sense": o.sense,
        "source": o.source,
    }


def rows(left_out: Iterable[Skipped]) -> list[dict[str, str]]:
    """Rows of the input that were left out or noted, and why."""
    return [asdict(row) for row in left_out]


def _ends(ci95: tuple[float, float] | None) -> list[float] | None:
    return None if ci95 is None else list(ci95)
