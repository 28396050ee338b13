"""Reading sentence files, whatever their format."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from embcmp.errors import InputError, UsageError
from embcmp.text.readers import READERS
from embcmp.text.rows import Sentence

__all__ = ["Sentence", "read_sentences"]

_STANDARD_INPUT = "-"


def read_sentences(path: str | Path, input_format: str | None = None) -> list[Sentence]:
    r"""Read a sentence file.

    `txt` holds a sentence a line; blank lines and lines that start with `# ` are passed over, and
    `[[man]]` marks the use of the word that is meant: such a line gives one sentence a mark,
    without the brackets. The other formats have a column or key `sentence` and may have `sense`,
    `id`, `word`, `start` and `end` (Python str offsets); an empty cell is one not given, other
    columns and blank lines are passed over. `tsv` knows no quoting: a `"` is a character. `csv`
    follows RFC 4180. Text is UTF-8, with or without a byte-order mark, and only `\n` and `\r\n`
    end a line.

    Args:
        path: a file, or "-" for standard input.
        input_format: txt, tsv, csv, jsonl or parquet; by the file's extension if not given, txt
            for standard input.

    Raises:
        InputError: the file cannot be read, holds no sentence, or has not the shape of its
            format: not UTF-8, no JSON object, a missing column, a row too short or too long,
            an id twice.
        UsageError: there is no such format.
    """
    name = "<stdin>" if str(path) == _STANDARD_INPUT else str(path)
    if input_format is not None and input_format not in READERS:
        raise UsageError(
            f"there is no input format {input_format!r}", f"known are {', '.join(READERS)}"
        )
    data = _read_bytes(path)
    read = READERS[input_format or _format_of(path, READERS)]
    sentences = list(read(data, name)) if data else []
    if not sentences:
        raise InputError(f"{name}: holds no sentence", "give at least one")
    _refuse_twice(sentences)
    return sentences


def _read_bytes(path: str | Path) -> bytes:
    try:
        if str(path) != _STANDARD_INPUT:
            return Path(path).read_bytes()
        if sys.stdin is None:
            raise InputError("standard input is closed", "name a file")
        return sys.stdin.buffer.read()
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except IsADirectoryError as e:
        raise InputError(f"{path}: is a folder", "name a file in it") from e
    except OSError as e:
        raise InputError(
            f"{path}: cannot be read: {e.strerror or e}", "check the path and its permissions"
        ) from e


def _format_of(path: str | Path, formats: Iterable[str]) -> str:
    if str(path) == _STANDARD_INPUT:
        return "txt"
    extension = Path(path).suffix.lower().removeprefix(".")
    if extension not in formats:
        known = ", ".join(formats)
        raise InputError(
            f"{path}: its extension does not tell its format", f"use --input-format, one of {known}"
        )
    return extension


def _refuse_twice(sentences: Iterable[Sentence]) -> None:
    first: dict[str, str] = {}
    for sentence in sentences:
        if sentence.id is None:
            continue
        if sentence.id in first:
            raise InputError(
                f"{sentence.source}: the id {sentence.id!r} is given twice, "
                f"first at {first[sentence.id]}",
                "make the ids unique or leave the column out",
            )
        first[sentence.id] = sentence.source
