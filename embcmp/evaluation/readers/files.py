"""Reading what data sets are published as: text, tables and JSON, each line with its place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embcmp.errors import InputError

Numbered = tuple[int, list[str]]  # the number of a line, and its fields
Row = Mapping[str, str]

_MARK = b"\xef\xbb\xbf"
_KINDS = {list: "list", dict: "object"}


def one_file(path: Path, pattern: str) -> Path:
    """The file itself, or the only one in a folder that matches a pattern.

    Raises:
        InputError: there is none, or there are several.
    """
    if not path.is_dir():
        return path
    found = sorted(path.glob(pattern))
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"{path}: holds no {pattern}", "name the folder that holds it")
    names = ", ".join(file.name for file in found)
    raise InputError(f"{path}: holds several: {names}", "name one of them")


def beside(path: Path, ending: str, other: str) -> Path:
    """The file that belongs to another one by its name: `dev.data.txt` and `dev.gold.txt`.

    Raises:
        InputError: the name has not that ending, or there is no such file.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file", "check the path")
    if not path.name.endswith(ending):
        raise InputError(f"{path}: its name does not end in {ending}", "keep the published names")
    found = path.with_name(path.name.removesuffix(ending) + other)
    if not found.is_file():
        raise InputError(
            f"{found}: there is no such file", "without gold labels nothing can be scored"
        )
    return found


def text(path: Path) -> str:
    """A file's text, without a byte-order mark.

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes().removeprefix(_MARK)
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror or e}", "check the path") from e
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8", "save it as UTF-8") from e


def lines(path: Path) -> list[str]:
    r"""The lines of a file, ended by `\n` or `\r\n` alone.

    Raises:
        InputError: as `text`, or the file is empty.
    """
    found = text(path).split("\n")
    if not found[-1]:
        found.pop()
    if not found:
        raise InputError(f"{path}: is empty", "check the path")
    return [line.removesuffix("\r") for line in found]


def as_many(gold: int, data: int, gold_path: Path, data_path: Path) -> None:
    """Refuse gold lines that cannot be told which rows they belong to.

    Raises:
        InputError: there are more or fewer of them than data lines.
    """
    if gold != data:
        raise InputError(
            f"{gold_path}: has {gold} lines where {data_path.name} has {data}",
            "a line of one belongs to the same line of the other",
        )


def fields(path: Path, header: Sequence[str] | None, count: int = 0) -> Iterator[Numbered]:
    """The fields of a table whose lines are parted by TABs, without any quoting.

    Args:
        path: the file.
        header: what its first line must be; None where there is none.
        count: how many fields a line has, where there is no header.

    Yields:
        The number of each line, and its fields.

    Raises:
        InputError: another header, or a line with more or fewer fields.
    """
    width = len(header or ()) or count
    for number, line in enumerate(lines(path), 1):
        cells = line.split("\t")
        if header and number == 1:
            if cells != list(header):
                raise InputError(f"{path}:1: is not the header", f"it is {' '.join(header)}")
        elif len(cells) != width:
            raise InputError(
                f"{path}:{number}: has {len(cells)} fields, not {width}",
                "a TAB parts the fields, and quotes do not protect it",
            )
        else:
            yield number, cells


def quoted(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[tuple[int, Row]]:
    """The records of a table with a header and quoted fields.

    Args:
        path: the file.
        columns: those that are needed; there may be more.
        delimiter: a comma or a TAB.

    Yields:
        The number of each record's last line, and its fields by column.

    Raises:
        InputError: a column is missing, a record has not as many fields as the header, or the
            quotes do not pair.
    """
    records = csv.reader(io.StringIO(text(path), newline="\n"), delimiter=delimiter, strict=True)
    try:
        header = next(records, [])
        if missing := [name for name in columns if name not in header]:
            raise InputError(f"{path}:1: has no column {missing[0]!r}", "check the path")
        for record in records:
            if len(record) != len(header):
                raise InputError(
                    f"{path}:{records.line_num}: has {len(record)} fields, not {len(header)}",
                    "check the quotes",
                )
            yield records.line_num, dict(zip(header, record, strict=True))
    except csv.Error as e:
        raise InputError(f"{path}:{records.line_num}: {e}", "check the quotes") from e


def json_value(path: Path, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:  # noqa: ANN401  any JSON
    """A JSON file's value, which must be a list or an object.

    Raises:
        InputError: it is not JSON, or another kind of value.
    """
    try:
        value = json.loads(text(path))
    except json.JSONDecodeError as e:
        raise InputError(f"{path}:{e.lineno}: is not JSON: {e.msg}", "check the path") from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"{path}: is not JSON that can be read: {e}", "check the path") from e
    if not isinstance(value, kind):
        raise InputError(f"{path}: is not a JSON {_KINDS[kind]}", "check the path")
    return value


def whole_number(value: object) -> int | None:
    """The whole number that a field holds, be it a number or a string; else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def token_span(sentence: str, index: object) -> tuple[int, int] | str:
    """The offsets of a token by its number, counted from 0 between single spaces.

    Returns:
        start and end, or what is wrong with the number.
    """
    tokens = sentence.split(" ")
    number = whole_number(index)
    if number is None:
        return f"index {index!r} is no whole number"
    if number >= len(tokens):
        return f"index {number} lies outside the sentence of {len(tokens)} tokens"
    start = sum(len(token) + 1 for token in tokens[:number])
    return start, start + len(tokens[number])
