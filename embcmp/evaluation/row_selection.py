"""Selecting rows of a data set: by the first letters of words, or as a sample of each sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from embcmp.errors import InputError, UsageError
from embcmp.evaluation.gold_rows import Item, Part, Row
from embcmp.evaluation.lexemes import word_seed

_RANGE = re.compile(r"([a-z])(?:-([a-z]))?", re.IGNORECASE)


def in_letter_range(part: Part, letters: str) -> Part:
    """The rows whose words all begin with a letter of a range such as `N-Z`.

    Raises:
        UsageError: The text is not a range of letters.
        InputError: No row is left.
    """
    if not (match := _RANGE.fullmatch(letters)):
        raise UsageError(f"--words cannot be {letters!r}", "give a range of letters, such as N-Z")
    first = match.group(1).lower()
    last = (match.group(2) or first).lower()

    def inside(row: Row) -> bool:
        words = (row.use.word,) if isinstance(row, Item) else row.words
        return all(first <= word[:1].lower() <= last for word in words)

    return _filtered(part, inside, f"begins with {letters}")


def sampled(part: Part, most: int, seed: int) -> Part:
    """A random sample of at most `most` items of each sense, or pairs of each word."""
    groups: dict[str, list[Row]] = {}
    for row in part.rows:
        name = f"{row.lexeme} {row.keys[0]}" if isinstance(row, Item) else "|".join(row.words)
        groups.setdefault(name, []).append(row)
    chosen: set[str] = set()
    for name, rows in groups.items():
        rows.sort(key=lambda row: row.id)
        sample = np.random.default_rng(word_seed(seed, name)).permutation(len(rows))[:most]
        chosen |= {rows[k].id for k in sample}
    return _filtered(part, lambda row: row.id in chosen, "is left")


def _filtered(part: Part, condition: Callable[[Row], bool], label: str) -> Part:
    rows: Sequence[Row] = [row for row in part.rows if condition(row)]
    if not rows:
        raise InputError(f"{part.split}: no word {label}", "widen the range")
    return replace(part, rows=rows)
