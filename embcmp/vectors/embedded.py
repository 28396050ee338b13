"""The static vectors that come as a package: GloVe 6B 50d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.models.catalogue import GLOVE, locate
from embcmp.vectors.vocabulary import Vocabulary

AT_ONCE = 1 << 16  # words


class EmbeddedVectors:
    """GloVe 6B 50d: a numpy array of vectors, and a parquet column of words in the same order.

    Implements `embcmp.vectors.store.WordVectors`. The vectors stay on disk until asked for, and so
    do the words once `vocabulary.py` has seen them: importing pyarrow takes longer than a look-up.

    Raises:
        ModelError: the package is not installed or not intact.
    """

    def __init__(self) -> None:
        self.files = tuple(Path(locate(GLOVE), name) for name in GLOVE.files)
        matrix, self._index = self.files
        self._matrix: NDArray[np.float32] = np.load(matrix, mmap_mode="r", allow_pickle=False)
        self._vocabulary = Vocabulary(GLOVE.files[self._index.name].sha256, self._every_word)
        self.name = GLOVE.display
        self.form, self.stored = "numpy matrix", str(self._matrix.dtype)
        self.count, self.dim = self._matrix.shape
        self.bytes = GLOVE.bytes
        self.digest = sha256(
            "".join(digest.sha256 for digest in GLOVE.files.values()).encode()
        ).hexdigest()
        self.remarks: tuple[str, ...] = ()

    def _words(self, rows: int) -> Iterator[list[str]]:
        """All words, at most `rows` at a time, in the order of their rows."""
        from pyarrow.parquet import ParquetFile

        for batch in ParquetFile(self._index, memory_map=True).iter_batches(rows):
            yield batch.column(0).to_pylist()

    def _every_word(self) -> Iterator[str]:
        return chain.from_iterable(self._words(AT_ONCE))

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word [n], in the file's order; -1 where unknown."""
        return self._vocabulary.rows(words)

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], rows of NaN where unknown, and which words are known [n]."""
        rows = self.rows(words)
        known = rows >= 0
        vectors = np.full((len(words), self.dim), np.nan, dtype=np.float32)
        vectors[known] = self._matrix[rows[known]]
        return vectors, known

    def subwords(self, word: str) -> None:
        """GloVe has no sub-words."""
        return

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]."""
        return self._matrix[:count]

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """All words and their vectors [at most rows, dim] at a time, in the file's order."""
        start = 0
        for words in self._words(rows):
            yield words, self._matrix[start : start + len(words)]
            start += len(words)
