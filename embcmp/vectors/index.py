"""An index of the words in a file of vectors: built in one pass and stored in the cache.

An entry is a 64-bit number: the CRC-32 of the word's bytes in the upper half, and the number of its
row in the lower half. In sorted order the rows of one checksum are adjacent, the first in the file
first. Words that share a checksum are distinguished by reading them from the file.
docs/notes/vectors.md has the measurements of other structures.

The same pass computes a digest of the words and vectors that does not depend on the file format.
For each row two 32-bit numbers go into a SHA-256: the CRC-32 of the word, and a polynomial in the
numbers of the vector, read as integers modulo 2^32. All its coefficients are odd, so that a change
of any one number changes the result. It takes a sixth of the time of a CRC-32 of the vectors.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Progress
from embcmp.vectors.content import AT_ONCE
from embcmp.vectors.layout import FINITE, Layout, Rows, is_utf8

VERSION = "embcmp.vectors.index/3"
_ROW_BITS = np.uint64(32)
_ROWS = np.uint64((1 << 32) - 1)
_LARGEST_HEADER = 4096
_BASE = 0x2C1B3C6D  # 5 modulo 8: its powers repeat after 2^30


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a file.

    Attributes:
        entries: uint64 [words], sorted; of equal words it has only the first.
        offsets: int64 [rows], offset of each row, as `Rows.offsets`.
        repeated: int64, sorted numbers of the rows whose word occurred before.
        odd: Number of words that are not UTF-8.
        latin: Whether these words are read as Latin-1, as they are if all other words are ASCII.
        digest: Digest of words and vectors.
    """

    entries: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    repeated: NDArray[np.int64]
    odd: int
    latin: bool
    digest: str

    def candidates(self, words: Iterable[bytes]) -> Iterator[list[int]]:
        """Yield for each word the rows that may have it, in the order of the file."""
        keys = _checksums(words) << _ROW_BITS
        begins = np.searchsorted(self.entries, keys).tolist()
        ends = np.searchsorted(self.entries, keys | _ROWS).tolist()  # no row has this number
        for begin, end in zip(begins, ends, strict=True):
            yield (self.entries[begin:end] & _ROWS).tolist() if begin < end else []

    def save(self, path: Path) -> None:
        """Write the index: a line of JSON, then the arrays."""
        counts = [len(self.entries), len(self.offsets), len(self.repeated)]
        facts = {"counts": counts, "odd": self.odd, "latin": self.latin, "digest": self.digest}
        header = f"{VERSION} {json.dumps(facts)}"
        with path.open("wb") as f:
            f.write(f"{header:{-len(header) // 8 * -8 + 7}}\n".encode())
            for array in (self.entries, self.offsets, self.repeated):
                f.write(array.tobytes())


def load(path: Path) -> Index | None:
    """Map an index of the cache into memory; None if there is none that can be used."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with path.open("rb") as f:
            header = f.readline(_LARGEST_HEADER)
        version, _, facts = header.decode().partition(" ")
        data = np.memmap(path, np.uint64, "r", len(header))
        read = json.loads(facts)
        if version == VERSION and len(data) == sum(read["counts"]):
            entries, offsets, repeated = np.split(data, np.cumsum(read.pop("counts"))[:-1])
            return Index(entries, offsets.view(np.int64), repeated.view(np.int64), **read)
    return None


def build(layout: Layout, progress: Progress | None = None) -> Index:
    """Build an index in one pass, which checks the complete file.

    Args:
        layout: Reader of the file.
        progress: Called with the number of bytes that were read, and the size of the file.

    Raises:
        ModelError: The file is incomplete or wrong, or contains no words.
    """
    checksums: list[NDArray[np.uint64]] = []
    offsets: list[NDArray[np.int64]] = []
    beyond_ascii = odd = 0  # words, and those of them that are not UTF-8
    digest = Digest(layout.dim, layout.settings)
    size = sum(content.size for content in layout.contents)
    done = 0
    for rows in prefetch(layout.checked_scan(AT_ONCE)):
        _check_finite(layout, rows, done + 1)
        done += len(rows.words)
        checksums.append(_checksums(rows.words))
        digest.update(checksums[-1], rows.vectors)
        offsets.append(rows.offsets)
        if not b"".join(rows.words).isascii():
            beyond_ascii += len(words := [word for word in rows.words if not word.isascii()])
            if not is_utf8(b"\n".join(words)):
                odd += sum(not is_utf8(word) for word in words)
        if progress:
            progress(min(size, sum(content.bytes_read for content in layout.contents)), size)
    if not done:
        raise layout.contents[0].error("contains no word")
    entries = np.concatenate(checksums) << _ROW_BITS
    entries |= np.arange(len(entries), dtype=np.uint64)
    entries.sort()
    all_offsets = np.concatenate(offsets)
    repeated = _repeated(layout, entries, all_offsets)
    if len(repeated):
        entries = entries[~np.isin(entries & _ROWS, repeated.astype(np.uint64))]
    latin = odd == beyond_ascii > 0
    return Index(entries, all_offsets, repeated, odd, latin, digest.value)


def prefetch(parts: Iterator[Rows]) -> Iterator[Rows]:
    """Yield the same parts; another thread makes the next one while the caller uses the last.

    Other threads can run while a file is read and while numpy works on large arrays.
    """
    with ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, parts, None)
        while (part := upcoming.result()) is not None:
            upcoming = thread.submit(next, parts, None)
            yield part


def _checksums(words: Iterable[bytes]) -> NDArray[np.uint64]:
    return np.fromiter(map(zlib.crc32, words), np.uint64)


def _repeated(
    layout: Layout, entries: NDArray[np.uint64], offsets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows whose word occurred before."""
    checksums = entries >> _ROW_BITS
    equals_next = checksums[1:] == checksums[:-1]
    shared = entries[np.append(equals_next, False) | np.append(False, equals_next)]
    seen: set[bytes] = set()
    repeated = []
    for row in (shared & _ROWS).tolist():
        word, _ = layout.row(row, int(offsets[row]))
        if word in seen:
            repeated.append(row)
        seen.add(word)
    return np.array(sorted(repeated), dtype=np.int64)


def _check_finite(layout: Layout, rows: Rows, first: int) -> None:
    """Refuse NaN and infinity; `first` is the number of the first of the rows, counted from 1."""
    finite = np.isfinite(rows.vectors)
    if not finite.all():
        layout.check_words(rows, first)
        row = int(finite.all(axis=1).argmin())
        word = rows.words[row].decode("utf-8", "replace")
        raise layout.contents[0].error(
            f"the vector of {word!r} (number {first + row:,}) contains NaN or infinity", FINITE
        )


@cache
def _powers(dim: int) -> NDArray[np.uint32]:
    return np.cumprod(np.full(dim, _BASE, np.uint32), dtype=np.uint32)


class Digest:
    """Computes the digest from blocks of rows, of whatever sizes.

    Args:
        dim: Width of the vectors.
        settings: Further settings that the vectors depend on.
    """

    def __init__(self, dim: int, settings: Sequence[int] = ()) -> None:
        self._content = sha256(repr((dim, *settings)).encode())

    def update(self, words: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
        """Add rows: the checksums [n] of their words, or none, and their vectors [n, dim]."""
        powers = _powers(vectors.shape[1])
        rows = np.zeros((len(vectors), 2), np.dtype("<u4"))
        rows[: len(words), 0] = words
        bits = np.ascontiguousarray(vectors, np.dtype("<f4")).view("<u4")
        rows[:, 1] = np.einsum("ij,j->i", bits, powers)
        self._content.update(rows.tobytes())

    @property
    def value(self) -> str:
        """64 hexadecimal digits."""
        return self._content.hexdigest()
