"""Reading published files: text, tables and JSON, with line numbers."""

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
    """The path itself if it is a file, else the only file in the folder that matches a pattern.

    Raises:
        InputError: The folder has no such file, or several.
    """
    if not path.is_dir():
        return path
    files = sorted(path.glob(pattern))
    if len(files) == 1:
        return files[0]
    if not files:
        raise InputError(f"{path}: contains no {pattern}", "name the folder that contains it")
    names = ", ".join(file.name for file in files)
    raise InputError(f"{path}: contains several: {names}", "name one of them")


def data_and_gold(path: Path, ending: str, gold_ending: str) -> tuple[Path, Path]:
    """A data file and its gold file, such as `dev.data.txt` and `dev.gold.txt`.

    Args:
        path: The data file, or a folder with only one data file.
        ending: The end of the data file's name.
        gold_ending: The end of the gold file's name.

    Raises:
        InputError: The data file's name has another ending, or a file is missing.
    """
    data = one_file(path, f"*{ending}")
    if not data.is_file():
        raise InputError(f"{data}: there is no such file", "check the path")
    if not data.name.endswith(ending):
        raise InputError(
            f"{data}: its name does not end in {ending}", "keep the published file names"
        )
    gold = data.with_name(data.name.removesuffix(ending) + gold_ending)
    if not gold.is_file():
        raise InputError(
            f"{gold}: there is no such file", "without gold labels nothing can be scored"
        )
    return data, gold


def lines(path: Path) -> list[str]:
    r"""The lines of a file, split at `\n` or `\r\n` only.

    Raises:
        InputError: The file cannot be read, is not UTF-8, or is empty.
    """
    texts = read_text(path).split("\n")
    if not texts[-1]:
        texts.pop()
    if not texts:
        raise InputError(f"{path}: is empty", "check the path")
    return [line.removesuffix("\r") for line in texts]


def fields(path: Path, header: Sequence[str] | None, count: int = 0) -> Iterator[Numbered]:
    """The fields of a table with TABs between the fields of a line and without quoting.

    Args:
        path: The file.
        header: The fields that the first line must have; None if there is no header.
        count: Number of fields in a line, if there is no header.

    Yields:
        The number of each line after the header, and its fields.

    Raises:
        InputError: The header differs, or a line has more or fewer fields.
    """
    width = len(header or ()) or count
    for number, line in enumerate(lines(path), 1):
        cells = line.split("\t")
        if header and number == 1:
            if cells != list(header):
                expected = " ".join(header)
                raise InputError(f"{path}:1: is not the header", f"the header is {expected}")
        elif len(cells) != width:
            raise InputError(
                f"{path}:{number}: has {len(cells)} fields, not {width}",
                "a TAB separates two fields, even between quotes",
            )
        else:
            yield number, cells


def labeled_lines(data: Path, gold: Path, count: int) -> Iterator[tuple[int, list[str], str]]:
    """The lines of a data file and of its gold file, in pairs.

    Yields:
        The number of each line, its fields in the data file, and the line in the gold file.

    Raises:
        InputError: A data line has more or fewer fields than `count`, or the files differ in their
            number of lines.
    """
    rows, labels = list(fields(data, None, count=count)), lines(gold)
    if len(labels) != len(rows):
        raise InputError(
            f"{gold}: has {len(labels)} lines where {data.name} has {len(rows)}",
            "each line of one file belongs to the same line of the other",
        )
    for (line, cells), label in zip(rows, labels, strict=True):
        yield line, cells, label


def quoted(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[tuple[int, Row]]:
    """The records of a table with a header and with quoted fields.

    Args:
        path: The file.
        columns: The columns that are needed; the table may have others.
        delimiter: A comma or a TAB.

    Yields:
        The number of each record's last line, and the fields by column.

    Raises:
        InputError: A column is missing, a record has more or fewer fields than the header, or a
            quote is not closed.
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
        InputError: The file is not JSON, or its value is of another kind.
    """
    value = read_json(path)
    if not isinstance(value, kind):
        raise InputError(f"{path}: is not a JSON {_KINDS[kind]}", "check the path")
    return value
