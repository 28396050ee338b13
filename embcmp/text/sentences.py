"""Reading sentence files, whatever their format."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from embcmp.errors import InputError, UsageError
from embcmp.text.readers import READERS, Sentence

__all__ = ["Sentence", "read_sentences", "stream_sentences"]

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
    sentences = list(stream_sentences(path, input_format))
    if not sentences:
        raise InputError(f"{_name(path)}: holds no sentence", "give at least one")
    _refuse_twice(sentences)
    return sentences


def stream_sentences(path: str | Path, input_format: str | None = None) -> Iterator[Sentence]:
    """As `read_sentences`, one at a time, so that a file may be larger than the memory.

    Ids are not compared, and a file without a sentence is no error.

    Raises:
        InputError: the file cannot be read, or has not the shape of its format.
        UsageError: there is no such format.
    """
    if input_format is not None and input_format not in READERS:
        raise UsageError(
            f"there is no input format {input_format!r}", f"known are {', '.join(READERS)}"
        )
    with _opened(path) as file:
        read = READERS[input_format or _format_of(path)]
        if file.peek(1):
            yield from read(file, _name(path))


def _name(path: str | Path) -> str:
    return "<stdin>" if str(path) == _STANDARD_INPUT else str(path)


@contextmanager
def _opened(path: str | Path) -> Iterator[BufferedReader]:
    """Open a file; what goes wrong while it is read is told as what goes wrong when opening."""
    try:
        if str(path) != _STANDARD_INPUT:
            with Path(path).open("rb") as file:
                yield file
            return
        if sys.stdin is None:
            raise InputError("standard input is closed", "name a file")
        yield sys.stdin.buffer  # type: ignore[misc]  # a BufferedReader, whatever typeshed says
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except IsADirectoryError as e:
        raise InputError(f"{path}: is a folder", "name a file in it") from e
    except OSError as e:
        raise InputError(
            f"{path}: cannot be read: {e.strerror or e}", "check the path and its permissions"
        ) from e


def _format_of(path: str | Path) -> str:
    if str(path) == _STANDARD_INPUT:
        return "txt"
    extension = Path(path).suffix.lower().removeprefix(".")
    if extension not in READERS:
        raise InputError(
            f"{path}: its extension does not tell its format",
            f"use --input-format, one of {', '.join(READERS)}",
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
