"""The formats of sentence files, a reader each: an open file in, sentences out one at a time."""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, BinaryIO

from embcmp.errors import InputError

COLUMNS = ("sentence", "id", "sense", "word", "start", "end")
_MOST_SHOWN = 10  # names of columns in a message, and three times as many characters of each
_MARK = re.compile(r"\[\[([^\[\]]+)\]\]")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_NO_LIMIT = 2**31 - 1  # the most that a C long holds everywhere
_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ROWS = 4096  # of a Parquet file in memory


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


def decoded_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    r"""The lines with their numbers and ends, one at a time.

    Only `\n` and `\r\n` end a line: str.splitlines would split inside sentences.
    """
    for number, data in enumerate(file, start=1):
        line = data.removeprefix(_BOM) if number == 1 else data
        try:
            yield number, line.decode()
        except UnicodeDecodeError as e:
            encoding = "UTF-16" if data.startswith(_UTF16_MARKS) else "another encoding"
            raise InputError(
                f"{name}:{number}: is not UTF-8 (byte 0x{e.object[e.start]:02x})",
                f"it may be in {encoding}: save it as UTF-8",
            ) from e


def _bare_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without their ends."""
    for number, line in decoded_lines(file, name):
        yield number, line.removesuffix("\n").removesuffix("\r")


def _read_txt(file: BinaryIO, name: str) -> Iterator[Sentence]:
    for number, line in _bare_lines(file, name):
        if line.strip() and not line.startswith("# "):
            yield from _marked(line, f"{name}:{number}")


def _marked(line: str, source: str) -> list[Sentence]:
    """A sentence for each `[[mark]]` of a line, or the line as it is if it has none."""
    plain, *pieces = _MARK.split(line)
    spans = []
    for mark, after in zip(pieces[::2], pieces[1::2], strict=True):
        spans.append((len(plain), len(plain) + len(mark)))
        plain += mark + after
    if not spans:
        return [Sentence(line, source)]
    return [Sentence(plain, source, start=start, end=end) for start, end in spans]


def _read_tsv(file: BinaryIO, name: str) -> Iterator[Sentence]:
    records = ((number, line.split("\t")) for number, line in _bare_lines(file, name) if line)
    return _read_table(records, name, "a TAB parts the fields, and quotes do not protect it")


def _read_csv(file: BinaryIO, name: str) -> Iterator[Sentence]:
    hint = 'a field that holds a comma, a quote or a new line stands in "quotes"'
    limit = csv.field_size_limit(_NO_LIMIT)
    try:
        yield from _read_table(_csv_records(file, name, hint), name, hint)
    finally:
        csv.field_size_limit(limit)


def _csv_records(file: BinaryIO, name: str, hint: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the number of its first line."""
    rows = csv.reader((line for _, line in decoded_lines(file, name)), strict=True)
    number = 1
    try:
        for row in rows:
            if row:
                yield number, row
            number = rows.line_num + 1
    except csv.Error as e:
        what = str(e).partition(" - ")[0]  # what follows is advice to programmers
        raise InputError(f"{name}:{number}: is not CSV: {what}", hint) from e


def _read_table(
    records: Iterator[tuple[int, list[str]]], name: str, hint: str
) -> Iterator[Sentence]:
    """Read records of text, the first of which names the columns."""
    number, columns = next(records, (1, []))
    check_columns(columns, f"{name}:{number}")
    for number, cells in records:
        source = f"{name}:{number}"
        if len(cells) != len(columns):
            found = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
            raise InputError(f"{source}: has {found} where the header has {len(columns)}", hint)
        row: dict[str, Any] = dict(zip(columns, cells, strict=True))
        for key in ("start", "end"):
            if _NUMBER.fullmatch(row.get(key, "")):
                row[key] = int(row[key])
        yield row_sentence(row, source)


def _read_jsonl(file: BinaryIO, name: str) -> Iterator[Sentence]:
    for number, line in _bare_lines(file, name):
        if line.strip():
            source = f"{name}:{number}"
            row = _json_object(line, source)
            check_columns(list(row), source)
            yield row_sentence(row, source)


def _json_object(line: str, source: str) -> dict[str, Any]:
    hint = "each line is a JSON object with a key `sentence`"
    try:
        value = json.loads(line)
    except json.JSONDecodeError as e:
        raise InputError(f"{source}: is not JSON: {e.msg} at column {e.colno}", hint) from e
    except (ValueError, RecursionError) as e:  # a number of too many digits, too many brackets
        raise InputError(f"{source}: is not JSON that can be read: {e}", hint) from e
    if not isinstance(value, dict):
        raise InputError(f"{source}: is not a JSON object", hint)
    return value


def _read_parquet(file: BinaryIO, name: str) -> Iterator[Sentence]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = count(1)
    try:
        table = pq.ParquetFile(file if file.seekable() else pa.BufferReader(file.read()))
        columns = table.schema_arrow.names
        check_columns(columns, name)
        wanted = [key for key in COLUMNS if key in columns]
        for batch in table.iter_batches(_ROWS, columns=wanted):
            for row in batch.to_pylist():
                if row["sentence"] is None:
                    row["sentence"] = ""  # as an empty cell of the other tables
                yield row_sentence(row, f"{name}: row {next(numbers)}")
    except (pa.ArrowException, OSError, ValueError) as e:
        raise InputError(
            f"{name}: is not a readable Parquet file: {str(e).partition(chr(10))[0]}",
            "write it again, or name its format with --input-format",
        ) from e


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


READERS: Mapping[str, Callable[[BinaryIO, str], Iterator[Sentence]]] = {
    "txt": _read_txt,
    "tsv": _read_tsv,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
}
