"""What every format of word vectors has: rows of a word and a vector, at places of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import Content

FINITE = "remove that word from the file"
LONGEST_WORD = 1 << 16  # bytes of a word in a binary file; word2vec.c stops at 100


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that follow each other.

    Attributes:
        words: as the file's bytes spell them; none of rows that words share.
        places: int64 [rows], the offset of each word, or of its line, in the file.
        vectors: float32 [rows, dim] as they are stored; some may not be finite.
    """

    words: list[bytes]
    places: NDArray[np.int64]
    vectors: NDArray[np.float32]


class Layout(ABC):
    """How rows lie in a file: a format of word vectors.

    Attributes:
        form: what the field calls the format.
        stored: what its numbers are.
        contents: the files.
        dim: width of a vector.
        least: the fewest bytes that a row takes.
        settings: what else the vectors depend on.

    Args:
        content: the file; messages name it.
        more: the files beside it.
    """

    form: str
    stored = "float32"
    dim: int
    least: int
    settings: tuple[int, ...] = ()

    def __init__(self, content: Content, *more: Content) -> None:
        self.contents = (content, *more)
        self._content = content

    @staticmethod
    @abstractmethod
    def looks(head: bytes) -> bool:
        """Whether a file that begins so is of this format."""

    @abstractmethod
    def scan(self, size: int) -> Iterator[Rows]:
        """All rows in the file's order, checked, from about `size` bytes of the file at a time.

        A row that is larger than that comes alone.

        Raises:
            ModelError: the header lies, the file is cut short, or a row has another width; in
                text, also that a number is not finite, since the line is known here.
        """

    @abstractmethod
    def row(self, number: int, place: int) -> tuple[bytes, NDArray[np.float32]]:
        """The word of a row and its stored vector [dim]."""

    def finished(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """The words' vectors [n, dim], made of what is stored for them [n, dim]."""
        return stored


def join_rows(
    words: Iterable[tuple[list[bytes], NDArray[np.int64]]],
    vectors: Callable[[int, int], NDArray[np.float32]],
    together: int,
) -> Iterator[Rows]:
    """The rows of a file whose words stand apart from their vectors.

    Args:
        words: all words in the order of their rows, and the offset of each.
        vectors: reads so many vectors [count, dim] from the row of a number on.
        together: the most rows that come at once.
    """
    row = 0
    for block, places in words:
        for start in range(0, len(block), together):
            part = slice(start, start + together)
            yield Rows(block[part], places[part], vectors(row, len(block[part])))
            row += len(block[part])
