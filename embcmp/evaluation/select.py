"""Fewer rows of a data set: the words of a range of letters, a sample of each sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from embcmp.errors import InputError, UsageError
from embcmp.evaluation.lexemes import word_seed
from embcmp.evaluation.rows import Item, Pair, Part

_RANGE = re.compile(r"([a-z])(?:-([a-z]))?", re.IGNORECASE)


def in_range(part: Part, letters: str) -> Part:
    """The rows whose words all begin with a letter of a range, as `N-Z`.

    Raises:
        UsageError: it is no range.
        InputError: no row is left.
    """
    if not (found := _RANGE.fullmatch(letters)):
        raise UsageError(f"--words cannot be {letters!r}", "it is a range of letters, as N-Z")
    first = found.group(1).lower()
    last = (found.group(2) or first).lower()

    def inside(row: Item | Pair) -> bool:
        words = row.words if isinstance(row, Pair) else (row.use.word,)
        return all(first <= word[:1].lower() <= last for word in words)

    return _kept(part, inside, f"begins with {letters}")


def limited(part: Part, most: int, seed: int) -> Part:
    """At most so many items of each sense of a word, or pairs of each word, drawn by the seed."""
    groups: dict[str, list[Item | Pair]] = {}
    for row in part.rows:
        name = f"{row.lexeme} {row.keys[0]}" if isinstance(row, Item) else "|".join(row.words)
        groups.setdefault(name, []).append(row)
    kept: set[str] = set()
    for name, rows in groups.items():
        rows.sort(key=lambda row: row.id)
        drawn = np.random.default_rng(word_seed(seed, name)).permutation(len(rows))[:most]
        kept |= {rows[k].id for k in drawn}
    return _kept(part, lambda row: row.id in kept, "is left")


def _kept(part: Part, wanted: Callable[[Item | Pair], bool], what: str) -> Part:
    rows: Sequence[Item | Pair] = [row for row in part.rows if wanted(row)]
    if not rows:
        raise InputError(f"{part.split}: no word {what}", "widen the range")
    return replace(part, rows=rows)
