"""Groups of rows and uses: their names in order, periods of years or dates, and documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np

from embcmp.errors import InputError, UsageError
from embcmp.text.sentence_rows import Sentence
from embcmp.types import Occurrence

Row = TypeVar("Row", Sentence, Occurrence)

_YEAR = re.compile(r"\s*(-?\d+)")
_FILES = 5  # a group of so many files has a document in each


def group_names(occurrences: Sequence[Occurrence], given: Sequence[str] = ()) -> list[str]:
    """The names of the groups in order: as given, else by number or year, else by the alphabet."""
    names = {o.group for o in occurrences if o.group is not None} - set(given)
    numbers = {name: _YEAR.match(name) for name in names}
    if all(numbers.values()):
        return [*given, *sorted(names, key=lambda n: (int((numbers[n] or [0])[0]), n))]
    return [*given, *sorted(names)]


def binned(rows: Sequence[Row], starts: Sequence[int]) -> list[Row]:
    """Put rows or uses whose group is a year or a date into periods.

    Args:
        rows: those without a year, or outside all periods, lose their group.
        starts: the first year of each period but the last, which says where the one before ends.

    Raises:
        UsageError: the years are fewer than three, or do not rise.
    """
    if len(starts) < 3 or any(a >= b for a, b in pairwise(starts)):
        listed = ",".join(map(str, starts))
        raise UsageError(f"--bins {listed}: the years of periods", "for example 1800,1850,1900")
    return [replace(o, group=_period(o.group, starts)) for o in rows]


def _period(group: str | None, starts: Sequence[int]) -> str | None:
    year = _YEAR.match(group or "")
    if year is None:
        return None
    number = int(np.searchsorted(starts, int(year[1]), "right"))
    return f"{starts[number - 1]}-{starts[number] - 1}" if 0 < number < len(starts) else None


def with_documents(uses: Sequence[Occurrence]) -> tuple[list[Occurrence], bool]:
    """The uses with a unit each: their document, or else their file where a group has several.

    Returns:
        The uses, and whether documents are known.

    Raises:
        InputError: a document is in two groups.
    """
    if all(o.unit is None for o in uses):
        files = {(o.group, _file(o)) for o in uses}
        by_group = Counter(group for group, _ in files)
        if not by_group or min(by_group.values()) < _FILES:
            return list(uses), False
        uses = [replace(o, unit=_file(o)) for o in uses]
    group_of: dict[str, str | None] = {}
    for o in uses:
        if o.unit is not None and group_of.setdefault(o.unit, o.group) != o.group:
            raise InputError(
                f"{o.source or o.id}: the document {o.unit!r} is in the groups"
                f" {group_of[o.unit]!r} and {o.group!r}",
                "a document belongs to one group; name another column with --columns unit=...",
            )
    return list(uses), True


def _file(o: Occurrence) -> str:
    return (o.source or "").rpartition(":")[0]
