"""Reading what data sets are published as: text, tables and JSON, each line with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embcmp.errors import InputError
from embcmp.text_file import read_json, read_text

Numbered = tuple[int, list[str]]  # the number of a line, and its fields
Row = Mapping[str, str]

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


def data_and_gold(path: Path, ending: str, gold_ending: str) -> tuple[Path, Path]:
    """A data file, or the only one of a folder, and its gold file: `dev.data.txt`, `dev.gold.txt`.

    Raises:
        InputError: the data file's name has not that ending, or a file is not there.
    """
    data = one_file(path, f"*{ending}")
    if not data.is_file():
        raise InputError(f"{data}: there is no such file", "check the path")
    if not data.name.endswith(ending):
        raise InputError(f"{data}: its name does not end in {ending}", "keep the published names")
    gold = data.with_name(data.name.removesuffix(ending) + gold_ending)
    if not gold.is_file():
        raise InputError(
            f"{gold}: there is no such file", "without gold labels nothing can be scored"
        )
    return data, gold


def lines(path: Path) -> list[str]:
    r"""The lines of a file, ended by `\n` or `\r\n` alone.

    Raises:
        InputError: as `read_text`, or the file is empty.
    """
    found = read_text(path).split("\n")
    if not found[-1]:
        found.pop()
    if not found:
        raise InputError(f"{path}: is empty", "check the path")
    return [line.removesuffix("\r") for line in found]


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


def labelled_lines(data: Path, gold: Path, count: int) -> Iterator[tuple[int, list[str], str]]:
    """The fields of each line of a data file, as `fields`, with the same line of its gold file.

    Raises:
        InputError: as `fields`, or there are more or fewer gold lines than data lines.
    """
    rows, labels = list(fields(data, None, count=count)), lines(gold)
    if len(labels) != len(rows):
        raise InputError(
            f"{gold}: has {len(labels)} lines where {data.name} has {len(rows)}",
            "a line of one belongs to the same line of the other",
        )
    for (line, cells), label in zip(rows, labels, strict=True):
        yield line, cells, label


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
    records = csv.reader(
        io.StringIO(read_text(path), newline="\n"), delimiter=delimiter, strict=True
    )
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
    value = read_json(path)
    if not isinstance(value, kind):
        raise InputError(f"{path}: is not a JSON {_KINDS[kind]}", "check the path")
    return value
