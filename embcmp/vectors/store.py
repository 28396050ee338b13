"""Looking words up in a set of static vectors, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embcmp.models.catalogue import GLOVE
from embcmp.models.verify import file_digest, file_stamp
from embcmp.vectors.embedded import EmbeddedVectors
from embcmp.vectors.readers import read_table


class WordVectors(Protocol):
    """A set of static word vectors.

    Attributes:
        name: for people, as `GloVe 6B 50d` or the file's name.
        dim: width of a vector.
        count: number of words.
        bytes: size of the files it is read from.
        digest: of the files' content, 64 hexadecimal digits of sha256.
    """

    name: str
    dim: int
    count: int
    bytes: int
    digest: str

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], rows of NaN where unknown, and which words are known [n].

        Exactly these strings are looked up: case and forms are the caller's business.
        """
        ...

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]: files list the most frequent words first."""
        ...

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """All words and their vectors [at most rows, dim] at a time, in the file's order.

        Of equal words only the first is there.
        """
        ...


class FileVectors:
    """The vectors of a word2vec or GloVe file, held in memory.

    Raises:
        ModelError: the file cannot be read whole and right.
    """

    def __init__(self, path: Path) -> None:
        table = read_table(path)
        self._words, self._matrix = table.words, table.matrix
        self._rows: dict[bytes, int] = {}
        for row, word in enumerate(table.words):
            self._rows.setdefault(word, row)  # of equal words the first counts
        self.name = path.name
        self.count, self.dim = len(self._rows), table.matrix.shape[1]
        self.bytes = path.stat().st_size
        self.digest = file_digest(path)

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], rows of NaN where unknown, and which words are known [n]."""
        rows = np.array(
            [self._rows.get(word.encode("utf-8", "surrogatepass"), -1) for word in words],
            dtype=np.intp,
        )
        known = rows >= 0
        vectors = np.full((len(words), self.dim), np.nan, dtype=np.float32)
        vectors[known] = self._matrix[rows[known]]
        return vectors, known

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]."""
        return self._matrix[:count]

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """All words and their vectors [at most rows, dim] at a time, in the file's order."""
        firsts = list(self._rows.values())
        for start in range(0, len(firsts), rows):
            chosen = firsts[start : start + rows]
            words = [self._words[row].decode("utf-8", "surrogateescape") for row in chosen]
            yield words, self._matrix[chosen]


def open_vectors(source: str | Path | None = None) -> WordVectors:
    """Open a file of word vectors, or the embedded default.

    What is open stays open: encoders that ask for the same unchanged file share it.

    Args:
        source: a path, `glove-6b-50d`, or None for the embedded default, which is the same.

    Raises:
        ModelError: missing, broken or refused.
    """
    if source is None or source == GLOVE.name:
        return _embedded()
    path = Path(source)
    try:
        stamp = file_stamp(path)
    except OSError:
        stamp = ""  # the reader says what is wrong with it
    return _file(path, stamp)


@cache
def _embedded() -> WordVectors:
    return EmbeddedVectors()


@lru_cache(maxsize=4)
def _file(path: Path, stamp: str) -> WordVectors:
    """A file in the state that `stamp` stands for: a file that changes is read again."""
    return FileVectors(path)
