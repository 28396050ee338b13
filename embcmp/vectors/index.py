"""Where each word of a file of vectors stands: made by one pass, kept in the cache, then mapped.

An entry is a 64-bit number: the CRC-32 of the word's bytes, and below it the number of its row.
Sorted, the rows of one checksum lie together, the first in the file first. Words that share a
checksum are told apart by what stands in the file. docs/notes/vectors.md tells what else was
measured.

The same pass makes the digest that tells words with their vectors from others, whatever file they
are in. For each row two 32-bit numbers go into a SHA-256: the CRC-32 of the word, and a polynomial
in the vector's numbers taken as integers, modulo 2^32. All of its coefficients are odd, so that any
one number that changes changes it. That takes a sixth of the time of a CRC-32 of the vectors.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Progress
from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.layout import FINITE, Layout, Rows

VERSION = "embcmp.vectors.index/2"
_ROW_BITS = np.uint64(32)
_ROWS = np.uint64((1 << 32) - 1)
_LARGEST_HEADER = 4096
_BASE = 0x2C1B3C6D  # 5 modulo 8: its powers repeat after 2^30


@dataclass(frozen=True, slots=True)
class Index:
    """Where words stand.

    Attributes:
        entries: uint64 [words], sorted; of equal words only the first is there.
        places: int64 [rows], where each row is, as `Rows.places`.
        repeated: int64, sorted: the rows whose word has come before.
        odd: how many keys are not UTF-8.
        latin: they are taken for Latin-1, since no other key goes beyond ASCII.
        digest: of words and vectors.
    """

    entries: NDArray[np.uint64]
    places: NDArray[np.int64]
    repeated: NDArray[np.int64]
    odd: int
    latin: bool
    digest: str

    def candidates(self, words: Iterable[bytes]) -> Iterator[list[int]]:
        """For each word the rows where it may stand, in the file's order: mostly one or none."""
        keys = _checksums(words) << _ROW_BITS
        begins = np.searchsorted(self.entries, keys).tolist()
        ends = np.searchsorted(self.entries, keys | _ROWS).tolist()  # no row has that number
        for begin, end in zip(begins, ends, strict=True):
            yield (self.entries[begin:end] & _ROWS).tolist() if begin < end else []

    def save(self, path: Path) -> None:
        """Write it: a line of JSON, then the arrays."""
        counts = [len(self.entries), len(self.places), len(self.repeated)]
        facts = {"counts": counts, "odd": self.odd, "latin": self.latin, "digest": self.digest}
        header = f"{VERSION} {json.dumps(facts)}"
        with path.open("wb") as f:
            f.write(f"{header:{-len(header) // 8 * -8 + 7}}\n".encode())
            for array in (self.entries, self.places, self.repeated):
                f.write(array.tobytes())


def load(path: Path) -> Index | None:
    """Map an index that was kept; None where there is none that can be used."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with path.open("rb") as f:
            header = f.readline(_LARGEST_HEADER)
        version, _, facts = header.decode().partition(" ")
        data = np.memmap(path, np.uint64, "r", len(header))
        read = json.loads(facts)
        if version == VERSION and len(data) == sum(read["counts"]):
            entries, places, repeated = np.split(data, np.cumsum(read.pop("counts"))[:-1])
            return Index(entries, places.view(np.int64), repeated.view(np.int64), **read)
    return None


def build(layout: Layout, progress: Progress | None = None) -> Index:
    """Make an index in one pass over the file, which is checked whole.

    Args:
        layout: of the file.
        progress: called with the bytes that were read, and all of them.

    Raises:
        ModelError: the file is not whole and right, or holds no word.
    """
    checksums: list[NDArray[np.uint64]] = []
    places: list[NDArray[np.int64]] = []
    utf8: Counter[bool] = Counter()  # whether the words beyond ASCII are
    digest = Digest(layout.dim, layout.settings)
    size = sum(content.size for content in layout.contents)
    done = 0
    for rows in ahead(layout.scan(AT_ONCE)):
        _check_finite(layout.contents[0], rows, done + 1)
        done += len(rows.words)
        checksums.append(_checksums(rows.words))
        digest.update(checksums[-1], rows.vectors)
        places.append(rows.places)
        if not b"".join(rows.words).isascii():
            utf8.update(_is_utf8(word) for word in rows.words if not word.isascii())
        if progress:
            progress(min(size, sum(content.taken for content in layout.contents)), size)
    if not done:
        raise layout.contents[0].error("contains no word")
    entries = np.concatenate(checksums) << _ROW_BITS
    entries |= np.arange(len(entries), dtype=np.uint64)
    entries.sort()
    offsets = np.concatenate(places)
    repeated = _repeated(layout, entries, offsets)
    if len(repeated):
        entries = entries[~np.isin(entries & _ROWS, repeated.astype(np.uint64))]
    latin = utf8[False] > utf8[True] == 0
    return Index(entries, offsets, repeated, utf8[False], latin, digest.value)


def ahead(parts: Iterator[Rows]) -> Iterator[Rows]:
    """The same parts, each made in another thread while the one before it is worked on.

    Reading and numpy's work on large arrays let other threads run.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part


def _checksums(words: Iterable[bytes]) -> NDArray[np.uint64]:
    return np.fromiter(map(zlib.crc32, words), np.uint64)


def _repeated(
    layout: Layout, entries: NDArray[np.uint64], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows whose word has come before."""
    checksums = entries >> _ROW_BITS
    same = checksums[1:] == checksums[:-1]
    shared = entries[np.append(same, False) | np.append(False, same)]
    seen: set[bytes] = set()
    repeated = []
    for row in (shared & _ROWS).tolist():
        word, _ = layout.row(row, int(places[row]))
        if word in seen:
            repeated.append(row)
        seen.add(word)
    return np.array(sorted(repeated), dtype=np.int64)


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_finite(content: Content, rows: Rows, first: int) -> None:
    """Refuse vectors that are no points; `first` is the number of the first row, from 1."""
    finite = np.isfinite(rows.vectors)
    if not finite.all():
        row = int(finite.all(axis=1).argmin())
        word = rows.words[row].decode("utf-8", "replace")
        raise content.error(
            f"the vector of {word!r} (number {first + row:,}) contains NaN or infinity", FINITE
        )


@cache
def _powers(dim: int) -> NDArray[np.uint32]:
    return np.cumprod(np.full(dim, _BASE, np.uint32), dtype=np.uint32)


class Digest:
    """Computes the digest as rows come; how they are cut into blocks does not matter.

    Args:
        dim: width of the vectors.
        settings: what else the vectors depend on.
    """

    def __init__(self, dim: int, settings: Sequence[int] = ()) -> None:
        self._content = sha256(repr((dim, *settings)).encode())

    def update(self, words: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
        """Take in rows: the words' checksums [n], or none, and the vectors [n, dim]."""
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
