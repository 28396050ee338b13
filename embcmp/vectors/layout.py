"""The interface of all formats of word vectors: rows with a word and a vector in a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import Content

FINITE = "remove that word from the file"
LONGEST_WORD = 1 << 16  # bytes of a word in a binary file; word2vec.c allows 100


@dataclass(frozen=True, slots=True)
class Rows:
    """Consecutive rows of a file.

    Attributes:
        words: Words as the bytes of the file; empty for rows that are shared by several words.
        offsets: int64 [rows], offset of each word, or of its line, in the file.
        vectors: float32 [rows, dim] as stored; they may contain NaN and infinity.
    """

    words: list[bytes]
    offsets: NDArray[np.int64]
    vectors: NDArray[np.float32]


class Layout(ABC):
    """A format of word vectors, and a reader of one file in it.

    Attributes:
        format_name: Usual name of the format.
        number_format: Type of the stored numbers.
        contents: Files that are read.
        dim: Width of a vector.
        min_row_bytes: Smallest number of bytes that a row can take.
        settings: Further settings that the vectors depend on.

    Args:
        content: File of vectors; messages name it.
        more: Further files, such as a vocabulary.
    """

    format_name: str
    number_format = "float32"
    dim: int
    min_row_bytes: int
    settings: tuple[int, ...] = ()

    def __init__(self, content: Content, *more: Content) -> None:
        self.contents = (content, *more)
        self._content = content

    @staticmethod
    @abstractmethod
    def recognizes(head: bytes) -> bool:
        """Whether a file that begins with these bytes has this format."""

    @abstractmethod
    def scan(self, size: int) -> Iterator[Rows]:
        """Yield and check all rows in the order of the file, from about `size` bytes at a time.

        A row that is larger than that is yielded alone.

        Raises:
            ModelError: The header is wrong, the file is truncated, or a row has another width. For
                text also: a number is not finite; the message has the line.
        """

    def checked_scan(self, size: int) -> Iterator[Rows]:
        """As `scan`, with the checks that a file needs once only.

        Raises:
            ModelError: As `scan`, or the words of the file may be other ones.
        """
        return self.scan(size)

    @abstractmethod
    def row(self, number: int, offset: int) -> tuple[bytes, NDArray[np.float32]]:
        """Read the word and the stored vector [dim] of one row."""

    def check_words(self, rows: Rows, first: int) -> None:  # noqa: B027  most formats have none
        """Look for a fault of the words that makes the numbers of these rows wrong.

        Args:
            rows: Rows with a number that is not finite.
            first: Number of the first of them, counted from 1.

        Raises:
            ModelError: There is such a fault.
        """

    def complete(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the vectors [n, dim] of words from the stored vectors [n, dim] of their rows."""
        return stored

    def subwords(self, word: bytes) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The n-grams of a word and the mean [dim] of their vectors; None if there are none."""
        return None


def is_utf8(word: bytes) -> bool:
    """Whether bytes are a word in UTF-8."""
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def join_rows(
    words: Iterable[tuple[list[bytes], NDArray[np.int64]]],
    vectors: Callable[[int, int], NDArray[np.float32]],
    rows_per_block: int,
) -> Iterator[Rows]:
    """Yield the rows of a file that stores all words separately from all vectors.

    Args:
        words: Blocks of words in the order of their rows, and the offset of each word.
        vectors: Function of a row number and a count that reads the vectors [count, dim] from
            that row on.
        rows_per_block: Largest number of rows to yield at once.
    """
    row = 0
    for block, offsets in words:
        for start in range(0, len(block), rows_per_block):
            part = slice(start, start + rows_per_block)
            yield Rows(block[part], offsets[part], vectors(row, len(block[part])))
            row += len(block[part])
