"""What every format of word vectors has: rows of a word and a vector, at places of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.content import Content

WHOLE = "get the whole file"
FINITE = "leave that word out of the file"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that follow each other.

    Attributes:
        words: as the file's bytes spell them; none of rows that words share.
        places: int64 [rows], the offset of each word, or of its line, in the file.
        vectors: float32 [rows, dim] as they are stored; `check_finite` is still to be asked.
    """

    words: list[bytes]
    places: NDArray[np.int64]
    vectors: NDArray[np.float32]


class Layout(Protocol):
    """How rows lie in a file.

    Attributes:
        form: what the field calls the format.
        stored: what its numbers are.
        contents: the files.
        dim: width of a vector.
        least: the fewest bytes that a row takes.
        settings: what else the vectors depend on.
    """

    form: str
    stored: str
    contents: tuple[Content, ...]
    dim: int
    least: int
    settings: tuple[int, ...]

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows in the file's order, checked, from about `size` bytes of the file at a time.

        A row that is larger than that comes alone.

        Raises:
            ModelError: the header lies, the file is cut short, or a row has another width; in
                text, also that a number is not finite, since the line is known here.
        """
        ...

    def row(self, number: int, place: int) -> tuple[bytes, NDArray[np.float32]]:
        """The word of a row and its stored vector [dim]."""
        ...

    def finished(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """The words' vectors [n, dim], made of what is stored for them [n, dim]."""
        ...


def check_header(name: str, dim: int) -> None:
    """Refuse vectors without numbers.

    Raises:
        ModelError: the width is 0.
    """
    if not dim:
        raise ModelError(f"{name}: its header declares vectors of width 0", WHOLE)


def check_finite(name: str, rows: Rows, first: int) -> None:
    """Refuse vectors that are no points.

    Args:
        name: of the file.
        rows: what to look at.
        first: the number of the first of them, counted from 1.

    Raises:
        ModelError: a number is NaN or infinite.
    """
    finite = np.isfinite(rows.vectors)
    if not finite.all():
        row = int(finite.all(axis=1).argmin())
        word = rows.words[row].decode("utf-8", "replace")
        raise ModelError(
            f"{name}: the vector of {word!r} (number {first + row:,}) holds NaN or infinity",
            FINITE,
        )
