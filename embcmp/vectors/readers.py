"""Reading a whole file of word vectors into memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.formats import (
    BYTE_ORDER_MARK,
    HEADER,
    is_number,
    numbers_at_end,
    recognize,
)

_WHOLE = "get the whole file"
_FINITE = "leave that word out of the file"


@dataclass(frozen=True, slots=True)
class Table:
    """All words of a file, as its bytes spell them, and their vectors.

    Attributes:
        words: in the file's order.
        matrix: float32 [words, dim], finite.
    """

    words: list[bytes]
    matrix: NDArray[np.float32]


def read_table(path: Path) -> Table:
    """Read a file of word vectors whole.

    Raises:
        ModelError: it cannot be read, is of no known format, its header lies, it is cut short,
            a row has another width, or a number is not finite.
    """
    form = recognize(path)
    data = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    table = _read_binary(path, data) if form.binary else _read_text(path, data, form.header)
    if not table.words:
        raise ModelError(f"{path}: holds no word", _WHOLE)
    return table


def _read_binary(path: Path, data: bytes) -> Table:
    """word2vec binary: `count dim`, then per word its bytes, a space and dim float32 numbers.

    word2vec.c ends each vector with a newline, gensim does not.
    """
    at, count, dim = _header(path, data)
    words: list[bytes] = []
    values = bytearray()
    for number in range(1, count + 1):
        space = data.find(b" ", at)
        if space < 0 or space + 1 + 4 * dim > len(data):
            raise ModelError(
                f"{path}: ends in vector {number:,} of the {count:,} that its header declares",
                _WHOLE,
            )
        words.append(data[at:space].lstrip(b"\n"))
        if not words[-1] or b"\n" in words[-1]:
            raise ModelError(f"{path}: word {number:,} is none, so the file is damaged", _WHOLE)
        at = space + 1 + 4 * dim
        values += data[space + 1 : at]
    if data[at:].strip():
        raise ModelError(
            f"{path}: goes on after the {count:,} vectors of width {dim} that its header declares",
            _WHOLE,
        )
    matrix = np.frombuffer(values, dtype="<f4").reshape(len(words), dim)
    if (row := _first_not_finite(matrix)) is not None:
        word = words[row].decode("utf-8", "replace")
        raise ModelError(
            f"{path}: the vector of {word!r} (number {row + 1:,}) holds NaN or infinity", _FINITE
        )
    return Table(words, matrix)


def _read_text(path: Path, data: bytes, has_header: bool) -> Table:
    """word2vec text, or GloVe, which has no header: per line a word and dim decimal numbers."""
    at, count, dim = _header(path, data) if has_header else (0, None, 0)
    if not data.endswith(b"\n"):
        # Nothing else tells 0.1234 from the 0.12 that is left when the file is cut there.
        raise ModelError(
            f"{path}: the last line has no line end, as if the file were cut short",
            "get the whole file, or end its last line if it is whole",
        )
    dim = dim or numbers_at_end(data[: data.index(b"\n")])
    first_line = 2 if has_header else 1
    words: list[bytes] = []
    values = array("f")
    for line, row in enumerate(_lines(data, at), first_line):
        word, numbers = _row(f"{path}:{line}", row, dim)
        words.append(word)
        values.extend(numbers)
    if count is not None and count != len(words):
        raise ModelError(
            f"{path}: its header declares {count:,} words and {len(words):,} follow", _WHOLE
        )
    matrix = np.frombuffer(values, dtype=np.float32).reshape(len(words), dim)
    if (bad := _first_not_finite(matrix)) is not None:
        raise ModelError(f"{path}:{bad + first_line}: a row holds NaN or infinity", _FINITE)
    return Table(words, matrix)


def _header(path: Path, data: bytes) -> tuple[int, int, int]:
    """Where the header ends, and the count and the width that it declares."""
    match = HEADER.match(data)
    assert match is not None, "the format has a header"
    count, dim = int(match[1]), int(match[2])
    if not dim:
        raise ModelError(f"{path}: its header declares vectors of width 0", _WHOLE)
    return match.end(), count, dim


def _lines(data: bytes, at: int) -> Iterator[bytes]:
    """The lines from `at` on; only a line feed ends one, since words may hold other separators."""
    while at < len(data):
        end = data.index(b"\n", at)
        yield data[at:end]
        at = end + 1


def _row(where: str, row: bytes, dim: int) -> tuple[bytes, list[float]]:
    """Split a row into its word, which may contain spaces, and its numbers."""
    word, *numbers = row.rsplit(maxsplit=dim) or [b""]
    first, *rest = word.split() or [b""]
    if len(numbers) < dim or (rest and is_number(rest[-1])):
        found = len(numbers) + sum(map(is_number, rest))
        raise ModelError(f"{where}: a row of {found} numbers instead of {dim}", _WHOLE)
    try:
        return word if rest else first, [float(number) for number in numbers]
    except ValueError as e:
        raise ModelError(f"{where}: a row of {dim} numbers is expected, but {e}", _WHOLE) from e


def _first_not_finite(matrix: NDArray[np.float32]) -> int | None:
    bad = ~np.isfinite(matrix).all(axis=1)
    return int(bad.argmax()) if bad.any() else None
