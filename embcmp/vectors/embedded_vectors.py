"""The static vectors that are installed as a package: GloVe 6B 50d."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b, sha256
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embcmp.models.catalog import GLOVE, locate
from embcmp.vectors.index_cache import cached_array

AT_ONCE = 1 << 16  # words


class EmbeddedVectors:
    """GloVe 6B 50d: a numpy array of vectors, and a parquet column of words in the same order.

    Implements `embcmp.vectors.store.WordVectors`. Vectors are read when they are requested. Words
    are not read once their `Vocabulary` is cached: importing pyarrow takes longer than a look-up.

    Raises:
        ModelError: The package is not installed or not intact.
    """

    reads_any_text = False

    def __init__(self) -> None:
        self.files = tuple(locate(GLOVE) / file.name for file in GLOVE.files)
        matrix, self._index = self.files
        self._matrix: NDArray[np.float32] = np.load(matrix, mmap_mode="r", allow_pickle=False)
        self._vocabulary = Vocabulary(GLOVE.files[1].sha256, self._every_word)
        self.name = GLOVE.display
        self.format_name, self.number_format = "numpy matrix", str(self._matrix.dtype)
        self.count, self.dim = self._matrix.shape
        self.bytes = GLOVE.bytes
        self.digest = sha256("".join(file.sha256 for file in GLOVE.files).encode()).hexdigest()
        self.remarks: tuple[str, ...] = ()

    def _words(self, rows: int) -> Iterator[list[str]]:
        """Yield all words in the order of their rows, at most `rows` at a time."""
        from pyarrow.parquet import ParquetFile

        for batch in ParquetFile(self._index, memory_map=True).iter_batches(rows):
            yield batch.column(0).to_pylist()

    def _every_word(self) -> Iterator[str]:
        return chain.from_iterable(self._words(AT_ONCE))

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of each word's row [n]; -1 for unknown words."""
        return self._vocabulary.rows(words)

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], NaN for unknown words, and whether each word is known [n]."""
        rows = self.rows(words)
        known = rows >= 0
        vectors = np.full((len(words), self.dim), np.nan, dtype=np.float32)
        vectors[known] = self._matrix[rows[known]]
        return vectors, known

    def subwords(self, word: str) -> None:
        """None, since GloVe has no n-grams."""
        return

    def head(self, count: int) -> NDArray[np.float32]:
        """The first vectors [at most count, dim]."""
        return self._matrix[:count]

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """Yield all words and vectors in the order of the file, at most `rows` at a time."""
        start = 0
        for words in self._words(rows):
            yield words, self._matrix[start : start + len(words)]
            start += len(words)


class Vocabulary:
    """A table of the row of each word, which is used without reading the words.

    The table has the sorted 128-bit digests of the words, and their rows; it is computed once and
    cached. Among 400,000 words the probability that any two share a digest is about 10^-27, so that
    the words themselves, and the packages for reading them, are not needed again.

    Args:
        key: File name for this vocabulary.
        words: Function that reads the words in the order of their rows; called if there is no
            table in the cache.
    """

    def __init__(self, key: str, words: Callable[[], Iterable[str]]) -> None:
        self._table = cached_array(f"vocabulary/{key}", lambda: _table(words()))

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word [n]; -1 for unknown words."""
        digests = _digests(words)
        places = np.searchsorted(self._table[0], digests[0]).clip(max=self._table.shape[1] - 1)
        known = (self._table[:2, places] == digests).all(axis=0)
        return np.where(known, self._table[2, places].astype(np.int64), -1)


def _digests(words: Iterable[str]) -> NDArray[np.uint64]:
    """The two halves of the digest of each word, [2, n]."""
    # a word with a lone surrogate is an unknown word, not an error
    encoded = (word.encode("utf-8", "surrogatepass") for word in words)
    joined = b"".join(blake2b(word, digest_size=16).digest() for word in encoded)
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2).T


def _table(words: Iterable[str]) -> NDArray[np.uint64]:
    """The sorted digests and their rows, [3, n]."""
    digests = _digests(words)
    order = np.argsort(digests[0], kind="stable")
    return np.vstack([digests[:, order], order.astype(np.uint64)])
