"""A row of a sentence file, and how a row of a table becomes one."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from embcmp.errors import InputError
from embcmp.text.column_roles import SENSE_SOURCE, Columns, listed
from embcmp.types import Occurrence

_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")  # data frames with gaps write 1 as 1.0
_MISSING = {"nan", "NaN", "<NA>", "NaT"}  # what a missing value of a data frame becomes as text
NOT_AVAILABLE = "NA"  # how R writes a missing value
LABELS = ("sense", SENSE_SOURCE, "group", "unit")

_NO_COLUMNS: Mapping[str, str] = {}  # one for all sentences that have none, to save memory


@dataclass(frozen=True, slots=True)
class Lemma:
    """The lemma of a token.

    Attributes:
        start: the offset of the token in its sentence.
        end: the offset after it.
        lemma: the base form of the token.
    """

    start: int
    end: int
    lemma: str


# Nothing changes a sentence after it is made. It is not declared frozen, because making a frozen
# one takes six times as long, which is most of the time in which a million lines are read.
@dataclass(slots=True, unsafe_hash=True)
class Sentence:
    """A row of a sentence file, before any target is looked for.

    Attributes:
        text: the sentence.
        source: the file and line, for messages: `file.tsv:3`, or `file.parquet: row 3`.
        id: its name, unique in its file, where given.
        sense: the label of the use of the word, where given.
        word: the word that the row is about, where given.
        start: Python str offset of the word, where given.
        end: the offset after it, where given.
        problem: why the row cannot be used, if the reader noticed it.
        group: the collection that the row is from (a period, a corpus), where given.
        unit: what the row shares with dependent rows (a document, a scene), where given.
        lemma: the base form of the target, where given.
        columns: the values of all other columns, by their names, and what made the sense.
        lemmas: the lemmas of the tokens, where the corpus has them.
        searched: the part of the text in which the target is looked for; None for all of it.
    """

    text: str
    source: str
    id: str | None = None
    sense: str | None = None
    word: str | None = None
    start: int | None = None
    end: int | None = None
    problem: str | None = None
    group: str | None = None
    unit: str | None = None
    lemma: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: _NO_COLUMNS, hash=False)
    lemmas: tuple[Lemma, ...] = ()
    searched: tuple[int, int] | None = None


def row_sentence(row: Mapping[str, Any], columns: Columns, source: str) -> Sentence:
    """Make a sentence from a row of a table.

    Labels are text, without blanks around them and in NFC; a number is its text, a whole one
    without decimals, whatever a data frame made of it. Offsets are whole numbers; others are
    noted in the sentence's `problem`.

    Args:
        row: the values, by the table's own names of the columns.
        columns: which of them are known.
        source: the file and line of the row, for messages.

    Raises:
        InputError: the sentence is not text, or a label is a list or an object.
    """
    known = columns.known
    text = row.get(known["sentence"])
    if is_missing(text):
        text = ""
    if not isinstance(text, str):
        raise InputError(f"{source}: `{known['sentence']}` is not text", "put it in quotes")

    def label(key: str) -> str | None:
        value = row.get(known[key]) if key in known else None
        return None if key in LABELS and value == NOT_AVAILABLE else _label(value, key, source)

    start, end = (
        _offset(row.get(known[key])) if key in known else None for key in ("start", "end")
    )
    if "span" in known and start is None and end is None:
        start, end = _span(row.get(known["span"]))
    made_by = {} if (value := label(SENSE_SOURCE)) is None else {SENSE_SOURCE: value}
    wrong = [key for key, value in (("start", start), ("end", end)) if isinstance(value, str)]
    return Sentence(
        text,
        source,
        start=None if isinstance(start, str) else start,
        end=None if isinstance(end, str) else end,
        problem=f"{' and '.join(wrong)} must be a whole number" if wrong else None,
        columns=made_by
        | {name: value for name in columns.others if (value := _kept(row.get(name))) is not None},
        id=label("id"),
        sense=label("sense"),
        group=label("group"),
        unit=label("unit"),
        word=label("word"),
        lemma=label("lemma"),
    )


def as_checked(row: Sentence) -> Sentence:
    """The row without the mark that its label comes from vectors: a person has checked it."""
    kept = {name: value for name, value in row.columns.items() if name != SENSE_SOURCE}
    return replace(row, columns=kept)


def why_circular(labeled: Iterable[Occurrence]) -> str | None:
    """Why nothing is inferred from labels: vectors made some of them. None if they made none.

    Groups of vectors lie apart in these vectors, so a test of encoders with such labels favors the
    one whose vectors they are, and what resembles it, even in noise.

    Args:
        labeled: the uses that have a label.
    """
    sources = sorted({o.columns.get(SENSE_SOURCE, "") for o in labeled} - {""})
    if not sources:
        return None
    return (
        f"the labels were made from vectors ({listed(sources)}), so a test with them would argue in"
        " a circle; check them, then pass --checked"
    )


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: no value, empty text, or what stands for a missing number."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def as_text(value: object) -> str | None:
    """A value of a table as text; None where there is none.

    Whole numbers have no decimals; text is in NFC and has no blanks around it.
    """
    if is_missing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = unicodedata.normalize("NFC", str(value)).strip()
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    return text or None


def _kept(value: object) -> str | None:
    """The text of a cell that embcmp only passes on: as it stands, but for blanks around it."""
    return value.strip() or None if isinstance(value, str) else as_text(value)


def _label(value: object, name: str, source: str) -> str | None:
    if isinstance(value, list | dict | tuple | set | bytes):
        raise InputError(f"{source}: `{name}` is neither text nor a number", "give it a label")
    text = as_text(value)
    return None if text in _MISSING and not isinstance(value, str) else text


def _offset(value: object) -> int | str | None:
    """The offset, None if there is none, or what stands in its place."""
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return str(value)
    text = str(value).strip()
    if whole := _WHOLE.fullmatch(text):
        return int(whole[1])
    return text or None


def _span(value: object) -> tuple[int | str | None, int | str | None]:
    """Both offsets in one cell: `[4, 8]`, or the text `4:8` or `4-8`."""
    if is_missing(value):
        return None, None
    if isinstance(value, list | tuple) and len(value) == 2:
        return _offset(value[0]), _offset(value[1])
    numbers = re.fullmatch(r"\[?\s*(\d+)\s*[:,-]\s*(\d+)\s*\]?", str(value).strip())
    return (int(numbers[1]), int(numbers[2])) if numbers else (str(value), str(value))
