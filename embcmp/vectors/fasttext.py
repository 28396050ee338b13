"""Models in the format of fastText: a dictionary, and a matrix with rows for words and n-grams.

The vector of a word is the mean of the row of the word and the rows of its character n-grams; for
an unknown word it is the mean of the rows of its n-grams (Bojanowski et al. 2017). The n-grams
share `bucket` rows: their hashes say which. In a quantized model (`.ftz`), which is made of a
supervised one, the rows are codes, and those of some n-grams may have been left out.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.layout import LONGEST_WORD, Layout, Rows, join_rows
from embcmp.vectors.quantized_matrix import QuantizedMatrix

MAGIC = struct.pack("<i", 793712314)
VERSIONS = (11, 12)
LONGEST_NGRAM = 100  # characters; a header that declares more is damaged
SUPERVISED = 3

# dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t;
# then for the dictionary: entries, words, labels, tokens
_SETTINGS = struct.Struct("<12i d 3i q")
_VERSION = struct.Struct("<4s i")  # at the beginning, since version 11; older models have none
_PRUNED = struct.Struct("<q")  # after the settings, since version 11: number of n-grams kept, or -1
_ENTRY = 9  # bytes after a word and its NUL: an int64 count, and a byte that is 0 for words
_ENTRIES = re.compile(rb"([^\0]+)\0(?s:.{%d})|(?s:.+)" % _ENTRY)
_MATRIX = struct.Struct("<q q")  # rows, columns


class FastText(Layout):
    """A model of fastText: a dictionary, a row for each word, and rows shared by n-grams."""

    format_name = "fastText model"

    def __init__(self, content: Content) -> None:
        super().__init__(content)
        head = content.read(0, _VERSION.size + _SETTINGS.size + _PRUNED.size)
        self._versioned = head.startswith(MAGIC)
        if len(head) < _VERSION.size + _SETTINGS.size + _PRUNED.size:
            raise content.error("ends within its header")
        version = _VERSION.unpack_from(head)[1] if self._versioned else VERSIONS[-1]
        if version not in VERSIONS:
            raise content.error(
                f"is a fastText model of version {version}; embcmp reads 11 and 12",
                "use its .vec file",
            )
        begin = _VERSION.size if self._versioned else 0
        settings: tuple[int, ...] = _SETTINGS.unpack_from(head, begin)
        self.dim, model = settings[0], settings[7]
        self._bucket, self._shortest, self._longest = settings[8:11]
        self._entries, self._count = settings[13:15]
        self._outputs = self._entries - self._count if model == SUPERVISED else self._count
        self._begin = begin + _SETTINGS.size
        self._pruned = 0
        if self._versioned:
            self._pruned = max(0, _PRUNED.unpack_from(head, self._begin)[0])
            self._begin += _PRUNED.size
        if version == 11 and model == SUPERVISED:
            self._longest = 0
        sizes = (self.dim, self._count, self._bucket, self._shortest, self._longest)
        most = (self._pruned > content.size, self._longest > LONGEST_NGRAM)
        if min(sizes) < 0 or any(most) or self._entries < self._count:
            raise content.error("its header is damaged")
        self._rows = self._count + self._bucket
        self._width = self.min_row_bytes = 4 * self.dim
        self.settings = (self._bucket, self._shortest, self._longest)
        self._quantized: QuantizedMatrix | None = None
        self._kept: dict[int, int] | None = None  # hash -> number of its row; None if all are
        if self._versioned and model == SUPERVISED:
            self._read_quantized()

    def _read_quantized(self) -> None:
        """Read the rows of a quantized model, which are few and small; others are left alone."""
        at = self._end_of_dictionary()
        pairs = self._content.read(at, 8 * self._pruned)
        at += 8 * self._pruned
        if self._content.read(at, 1) != b"\1":
            return
        self.number_format = "quantized"
        declared = _PRUNED.unpack(self._content.read(self._begin - _PRUNED.size, _PRUNED.size))[0]
        if declared >= 0:
            kept = np.frombuffer(pairs, "<i4").reshape(-1, 2)
            self._kept = {hashed: row for hashed, row in kept.tolist() if 0 <= row < declared}
            self._rows = self._count + declared
            self.settings += (zlib.crc32(pairs),)
        shape = (self._rows, self.dim)
        self._quantized = QuantizedMatrix(self._content, at + 1, shape, "vectors")

    @staticmethod
    def recognizes(head: bytes) -> bool:
        """Whether a file begins with the magic number, or with plausible settings."""
        if head.startswith(MAGIC):
            return True
        if len(head) < _SETTINGS.size:
            return False
        settings = _SETTINGS.unpack_from(head)
        dim, window, *_, loss, model, bucket, shortest, longest, rate, _ = settings[:13]
        entries, words, labels, _ = settings[13:]
        plausible: bool = (
            0 < dim < 1 << 16
            and 0 <= window < 1 << 16
            and 1 <= loss <= 4
            and 1 <= model <= SUPERVISED
            and 0 <= min(bucket, shortest, rate, words, labels)
            and longest <= LONGEST_NGRAM
            and entries == words + labels
        )
        return plausible

    def scan(self, size: int) -> Iterator[Rows]:
        """All words with their rows, as `Layout.scan`, then the rows that n-grams share."""
        self._check()
        rows_per_block = max(1, size // self._width)
        yield from join_rows(self._words(size), self._stored, rows_per_block)
        for first in range(self._count, self._rows, rows_per_block):
            shared = self._stored(first, min(rows_per_block, self._rows - first))
            if not np.isfinite(shared).all():
                raise self._content.error("the vector of an n-gram contains NaN or infinity")
            yield Rows([], np.zeros(0, np.int64), shared)

    def row(self, number: int, offset: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its row, as `Layout.row`."""
        return self._content.read_until(b"\0", offset), self._stored(number, 1)[0]

    def complete(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of the row of each word and the rows of its n-grams."""
        return np.array(
            [
                self._mean(word_row, [row for _, row in self._shared(word)])
                for word, word_row in zip(words, stored, strict=True)
            ],
            dtype=np.float32,
        ).reshape(len(words), self.dim)

    def subwords(self, word: bytes) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The n-grams of a word and the mean [dim] of their vectors, as `Layout.subwords`."""
        shared = self._shared(word)
        shown = tuple(ngram.decode("utf-8", "replace") for ngram, _ in shared)
        return (shown, self._mean(None, [row for _, row in shared])) if shared else None

    def _shared(self, word: bytes) -> list[tuple[bytes, int]]:
        """The n-grams of `<word>` that have a row, and the number of the row."""
        hashed = ((ngram, _hash(ngram) % self._bucket) for ngram in self._ngrams(word))
        if self._kept is None:
            return [(ngram, self._count + row) for ngram, row in hashed]
        return [(n, self._count + self._kept[row]) for n, row in hashed if row in self._kept]

    def _ngrams(self, word: bytes) -> tuple[bytes, ...]:
        """The n-grams of `<word>`, in the order in which fastText adds them."""
        if not self._bucket:
            return ()
        text = b"<" + word + b">"
        starts = [i for i, byte in enumerate(text) if byte & 0xC0 != 0x80]  # of the characters
        ends = [*starts[1:], len(text)]
        ngrams = []
        for first, start in enumerate(starts):
            for length, end in enumerate(ends[first : first + self._longest], 1):
                at_edge = length == 1 and (start == 0 or end == len(text))
                if length >= self._shortest and not at_edge:
                    ngrams.append(text[start:end])
        return tuple(ngrams)

    def _mean(
        self, word_row: NDArray[np.float32] | None, shared: Sequence[int]
    ) -> NDArray[np.float32]:
        """The mean, added in float32 one row after the other, so that every bit is gensim's."""
        total = np.zeros(self.dim, np.float32) if word_row is None else word_row.astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # checked below
            for row in shared:
                total += self._stored(row, 1)[0]
        if not np.isfinite(total).all():
            raise self._content.error(
                "the n-gram vectors of a word add up to numbers too large for float32",
                "train the model again: its numbers have diverged",
            )
        np.divide(total, np.float32(len(shared) + (word_row is not None)), out=total)
        return total

    def _stored(self, first: int, count: int) -> NDArray[np.float32]:
        """Read rows of the matrix [count, dim]."""
        if self._quantized is not None:
            return self._quantized.rows(first, count)
        block = self._content.read(self._matrix + first * self._width, count * self._width)
        return np.frombuffer(block, "<f4").reshape(count, self.dim)

    def _dictionary(self, size: int) -> Iterator[tuple[list[bytes], NDArray[np.int64], int]]:
        """Yield words, then labels, with their offsets and the offset of the next entry."""
        at, done = self._begin, 0
        size = max(size, LONGEST_WORD)
        while done < self._entries:
            block = self._content.read(at, size)
            words = _ENTRIES.findall(block)[: self._entries - done]
            if words and not words[-1]:
                words.pop()  # the incomplete entry at the end of the block
            if not words:
                raise self._content.error(
                    f"ends within word {done + 1:,} of the {self._entries:,} that its header"
                    " declares"
                )
            ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)) + 1 + _ENTRY)
            kinds = np.frombuffer(block, np.uint8)[ends - 1]
            if (kinds != (np.arange(done, done + len(words)) >= self._count)).any():
                raise self._content.error("its dictionary is damaged")
            yield words, at + np.concatenate([[0], ends[:-1]]), at + int(ends[-1])
            at, done = at + int(ends[-1]), done + len(words)

    def _words(self, size: int) -> Iterator[tuple[list[bytes], NDArray[np.int64]]]:
        """Yield the words and their offsets, without the labels."""
        left = self._count
        for words, offsets, _ in self._dictionary(size):
            yield words[:left], offsets[:left]
            left = max(0, left - len(words))

    @cached_property
    def _matrix(self) -> int:
        """The offset of the numbers of the matrix.

        Only the output layer follows them, so that it can be computed from the size of a file that
        `_check` has found intact. Reading the dictionary takes a second for a million words.
        """
        output = self._versioned + _MATRIX.size + self._outputs * self._width
        return self._content.size - output - self._rows * self._width

    def _check(self) -> None:
        """Check that the file consists of a dictionary, a matrix and an output layer.

        Raises:
            ModelError: The model is damaged, or the file is truncated or too long.
        """
        if self._quantized is not None:
            at = self._quantized.end
        else:
            at = self._end_of_dictionary() + 8 * self._pruned
            if self._versioned and self._content.read(at, 1) != b"\0":
                raise self._content.error(
                    "is a quantized fastText model that is not supervised, which fastText cannot"
                    " make",
                    "use the .bin file that it was made from, or its .vec file",
                )
            at = self._end_of_matrix(at + self._versioned, self._rows, "vectors")
        quantized_output = self._versioned and self._content.read(at, 1) == b"\1"
        at += self._versioned
        if quantized_output:
            shape = (self._outputs, self.dim)
            at = QuantizedMatrix(self._content, at, shape, "output layer").end
        else:
            at = self._end_of_matrix(at, self._outputs, "output layer")
        if at != self._content.size:
            raise self._content.error("continues after its output layer")

    def _end_of_dictionary(self) -> int:
        """The offset of the first byte after the words and labels."""
        at = self._begin
        for _, _, end in self._dictionary(AT_ONCE):
            at = end
        return at

    def _end_of_matrix(self, at: int, rows: int, what: str) -> int:
        """The offset of the end of a matrix whose size is stored at offset `at`."""
        head = self._content.read(at, _MATRIX.size)
        if len(head) < _MATRIX.size:
            raise self._content.error(f"ends before its {what}")
        if _MATRIX.unpack(head) != (rows, self.dim):
            raise self._content.error(f"the matrix of its {what} does not have the declared size")
        end = at + _MATRIX.size + rows * self._width
        if end > self._content.size:
            raise self._content.error(f"ends within its {what}")
        return end


def _hash(ngram: bytes) -> int:
    """The 32-bit FNV-1a hash over signed bytes, as in fastText."""
    value = 2166136261
    for byte in ngram:
        signed = byte | 0xFFFFFF00 if byte > 127 else byte
        value = (value ^ signed) * 16777619 & 0xFFFFFFFF
    return value
