"""What a row of a sentence file is, and making one of a row of a table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embcmp.errors import InputError

COLUMNS = ("sentence", "id", "sense", "word", "start", "end")
_MOST_SHOWN = 10  # names of columns in a message, and three times as many characters of each


@dataclass(frozen=True, slots=True)
class Sentence:
    """A row of a sentence file, before any target is looked for.

    Attributes:
        text: the sentence.
        source: where it stands, for messages: `file.tsv:3`, or `file.parquet: row 3`.
        id: its name, unique in its file, where given.
        sense: the label of the use of the word, where given.
        word: the word that the row is about, where given.
        start: Python str offset of the word, where given.
        end: the offset after it, where given.
        problem: what the reader found wrong with the row's content.
    """

    text: str
    source: str
    id: str | None = None
    sense: str | None = None
    word: str | None = None
    start: int | None = None
    end: int | None = None
    problem: str | None = None


def check_columns(columns: Sequence[str], source: str) -> None:
    """Refuse a table or an object without `sentence`, or with a known column twice.

    Raises:
        InputError: naming the columns that are there, and those with a name near `sentence`.
    """
    for name in COLUMNS:
        if columns.count(name) > 1:
            raise InputError(f"{source}: has the column `{name}` twice", "rename one of them")
    if "sentence" in columns:
        return
    shown = ", ".join(_shown(name) for name in columns[:_MOST_SHOWN])
    more = ", ..." if len(columns) > _MOST_SHOWN else ""
    by_lower_case = {name.casefold(): name for name in columns if len(name) < 3 * _MOST_SHOWN}
    near = difflib.get_close_matches("sentence", by_lower_case)
    meant = " or ".join(_shown(by_lower_case[name]) for name in near)
    raise InputError(
        f"{source}: has no `sentence`; what it has: {shown or 'nothing'}{more}",
        f"did you mean {meant}? Its name must be `sentence`" if near else "name one `sentence`",
    )


def _shown(name: str) -> str:
    short = name if len(name) <= 3 * _MOST_SHOWN else name[: 3 * _MOST_SHOWN] + "..."
    return short if short.isprintable() else repr(short)


def row_sentence(row: Mapping[str, Any], source: str) -> Sentence:
    """Make a sentence of a row.

    Offsets are whole numbers (a float that is one too: numbers pass through floats in data frames
    with missing values); others are noted in the sentence's `problem`.

    Raises:
        InputError: the sentence is not a string, or a label neither string nor whole number.
    """
    text = row["sentence"]
    if not isinstance(text, str):
        raise InputError(f"{source}: `sentence` is not a string", "put it in quotes")
    start, end = _offset(row.get("start")), _offset(row.get("end"))
    wrong = [key for key, value in (("start", start), ("end", end)) if isinstance(value, str)]
    return Sentence(
        text,
        source,
        id=_label(row, "id", source),
        sense=_label(row, "sense", source),
        word=_label(row, "word", source),
        start=None if isinstance(start, str) else start,
        end=None if isinstance(end, str) else end,
        problem=f"{' and '.join(wrong)} must be a whole number" if wrong else None,
    )


def _offset(value: object) -> int | str | None:
    """The offset, None if there is none, or what stands in its place."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _label(row: Mapping[str, Any], key: str, source: str) -> str | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"{source}: `{key}` is not a string", "put it in quotes")
    return str(value)
