"""The static vectors that come as a package: GloVe 6B 50d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.models.catalogue import GLOVE, locate


class EmbeddedVectors:
    """GloVe 6B 50d: a numpy array of vectors, and a parquet column of words in the same order.

    Implements `embcmp.vectors.store.WordVectors`. Nothing is held but the words as they lie in
    the column; the vectors stay on disk until asked for.

    Raises:
        ModelError: the package is not installed or not intact.
    """

    def __init__(self) -> None:
        from pyarrow.parquet import ParquetFile

        matrix, index = (Path(locate(GLOVE), name) for name in GLOVE.files)
        self._matrix: NDArray[np.float32] = np.load(matrix, mmap_mode="r", allow_pickle=False)
        self._words = ParquetFile(index, memory_map=True).read().column(0).cast("binary")
        self.name = GLOVE.display
        self.form, self.stored = "numpy matrix", str(self._matrix.dtype)
        self.count, self.dim = self._matrix.shape
        self.bytes = GLOVE.bytes
        self.digest = sha256(
            "".join(digest.sha256 for digest in GLOVE.files.values()).encode()
        ).hexdigest()
        self.remarks: tuple[str, ...] = ()

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word [n], in the file's order; -1 where unknown."""
        import pyarrow as pa
        from pyarrow import compute as pc

        # The few words asked for are hashed and the 400,000 pass by, which takes a thirtieth of
        # the time of hashing the 400,000. As bytes, a lone surrogate is just a word not found.
        places = {word: place for place, word in enumerate(dict.fromkeys(words))}
        asked = pa.array([w.encode("utf-8", "surrogatepass") for w in places], pa.binary())
        found = pc.index_in(self._words, value_set=asked)
        rows = np.full(len(places), -1, dtype=np.int64)
        rows[found.drop_null().to_numpy()] = pc.indices_nonzero(found.is_valid()).to_numpy()
        return rows[np.array([places[word] for word in words], dtype=np.intp)]

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
        for start in range(0, self.count, rows):
            words = self._words.slice(start, rows).cast("string").to_pylist()
            yield words, self._matrix[start : start + rows]
