"""Which row of a fixed vocabulary a word has, found without reading the words.

The table is made once and kept in the cache: 128-bit digests of the words, sorted, and their
rows. Two different words share a digest with a chance of about 10^-27 in 400,000, so that the
words themselves, and what it takes to read them, are not needed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import cache_dir, whole_file
from embcmp.errors import OutputError


class Vocabulary:
    """A sorted table of digests, mapped from the cache.

    Args:
        key: what the vocabulary is, as a file name.
        words: reads it, in the order of its rows; called where the cache has no table.
    """

    def __init__(self, key: str, words: Callable[[], Iterable[str]]) -> None:
        path = cache_dir() / "vocabulary" / f"{key}.npy"
        try:
            self._table: NDArray[np.uint64] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            self._table = _table(words())
            _remember(path, self._table)

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The row of each word [n]; -1 where it is none of them."""
        asked = _digests(words)
        places = np.searchsorted(self._table[0], asked[0]).clip(max=self._table.shape[1] - 1)
        found = (self._table[:2, places] == asked).all(axis=0)
        return np.where(found, self._table[2, places].astype(np.int64), -1)


def _digests(words: Iterable[str]) -> NDArray[np.uint64]:
    """The two halves of each word's digest, [2, n]."""
    # a lone surrogate is just a word not found
    encoded = (word.encode("utf-8", "surrogatepass") for word in words)
    joined = b"".join(blake2b(word, digest_size=16).digest() for word in encoded)
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2).T


def _table(words: Iterable[str]) -> NDArray[np.uint64]:
    """The digests in order and the rows, [3, n]."""
    digests = _digests(words)
    order = np.argsort(digests[0], kind="stable")
    return np.vstack([digests[:, order], order.astype(np.uint64)])


def _remember(path: Path, table: NDArray[np.uint64]) -> None:
    """Keep the table; a cache that cannot be written costs time, and nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft, draft.open("wb") as f:
            np.save(f, table, allow_pickle=False)
    except (OSError, OutputError):
        return
