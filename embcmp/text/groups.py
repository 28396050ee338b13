"""Groups of rows and uses: their names in order, periods of years or dates, and documents."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from embcmp.errors import InputError, UsageError
from embcmp.text.sentence_rows import Sentence
from embcmp.types import Occurrence

Row = TypeVar("Row", Sentence, Occurrence)

_YEAR = re.compile(r"\s*(-?\d+)")
MANY_FILES = 5  # in groups of so many files, each file is a document


def group_names(occurrences: Sequence[Occurrence], given: Sequence[str] = ()) -> list[str]:
    """The names of the groups in order: as given, else by number or year, else as they come."""
    known = dict.fromkeys(given)
    names = [n for n in dict.fromkeys(o.group for o in occurrences) if n is not None]
    others = [name for name in names if name not in known]
    numbers = {name: _YEAR.match(name) for name in others}
    if all(numbers.values()):
        others.sort(key=lambda name: (int((numbers[name] or [0])[0]), name))
    return [*known, *others]


def files_by_group(rows: Iterable[Row]) -> dict[str, int]:
    """How many files the rows or uses of each group are from."""
    files = {(row.group, _file(row)) for row in rows if row.group is not None}
    return dict(Counter(str(group) for group, _ in files))


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
        raise UsageError(
            f"--bins {listed}: has to have three or more years that rise",
            "each begins a period, and the last one ends the last period: 1800,1850,1900",
        )
    return [replace(o, group=_period(o.group, starts)) for o in rows]


def _period(group: str | None, starts: Sequence[int]) -> str | None:
    year = _YEAR.match(group or "")
    if year is None:
        return None
    number = bisect_right(starts, int(year[1]))
    return f"{starts[number - 1]}-{starts[number] - 1}" if 0 < number < len(starts) else None


def with_documents(uses: Sequence[Occurrence], files: Mapping[str, int]) -> list[Occurrence]:
    """The uses with their documents: their file where they have none and each group has several.

    Args:
        uses: the uses.
        files: how many files each group has, with and without the word.

    Raises:
        InputError: a document is in two groups.
    """
    if all(o.unit is None for o in uses) and min(files.values(), default=0) >= MANY_FILES:
        uses = [replace(o, unit=_file(o)) for o in uses]
    group_of: dict[str, str | None] = {}
    for o in uses:
        if o.unit is not None and group_of.setdefault(o.unit, o.group) != o.group:
            raise InputError(
                f"{o.source or o.id}: the document {o.unit!r} is in the groups"
                f" {group_of[o.unit]!r} and {o.group!r}",
                "a document belongs to one group; name another column with --columns unit=...",
            )
    return list(uses)


def _file(row: Sentence | Occurrence) -> str:
    return (row.source or "").rpartition(":")[0]
