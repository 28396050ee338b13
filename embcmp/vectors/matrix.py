"""A numpy matrix, and a text file that names its rows: a word a line."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.layout import Layout, Rows, join_rows

LARGEST_HEADER = 1 << 16  # bytes; of a matrix numpy writes 128
_COUNTED = re.compile(rb"[^ \t]+ \d+\r?")
_BOM = b"\xef\xbb\xbf"

BESIDE = ("{}.vocab", "{}.txt", "{}.words", "vocab.txt", "words.txt")  # {}: the matrix's own name


def vocabulary_of(path: Path, name: str) -> Path:
    """The vocabulary file that lies beside a matrix.

    Raises:
        ModelError: there is none.
    """
    places = [path.with_name(pattern.format(path.stem)) for pattern in BESIDE]
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(place.name for place in places)
    raise ModelError(
        f"{name}: is a numpy array, which does not name its words, and there is no vocabulary file"
        f" beside it ({looked})",
        "put one there with a word on each line, or name it with ,vocabulary=FILE",
    )


class Matrix(Layout):
    """A numpy matrix, and beside it its words.

    A line of the vocabulary is a word; what stands behind a tab, a count for instance, is not. Nor
    is a count behind a space, if all of the first lines have one: so GloVe and word2vec.c list
    their vocabularies.

    The matrix is read by position whatever its order, and not mapped: see `content.py`.

    Args:
        content: the matrix, as `numpy.save` writes it.
        vocabulary: its words.
    """

    form = "numpy matrix"

    def __init__(self, content: Content, vocabulary: Content) -> None:
        super().__init__(content, vocabulary)
        self._vocabulary = vocabulary
        shape, self._by_columns, self._dtype, self._begin = _header(content)
        self.stored = str(self._dtype)
        if len(shape) != 2 or self._dtype.kind != "f":
            raise content.error(
                f"is an array of {len(shape)} dimensions of {self._dtype}, not a matrix of"
                " floating-point numbers",
                "save the matrix of the vectors, with one row for each word",
            )
        self._count, self.dim = shape
        if self._begin + self._count * self.dim * self._dtype.itemsize > content.size:
            raise content.error("ends within its vectors")
        head = vocabulary.read(0, LARGEST_HEADER)
        self._first_word = len(_BOM) * head.startswith(_BOM)
        whole = head[self._first_word : head.rfind(b"\n") + 1].splitlines()
        self._counted = bool(whole) and all(map(_COUNTED.fullmatch, whole))
        self.least = 4 * self.dim

    @staticmethod
    def looks(head: bytes) -> bool:
        """Whether it begins as numpy saves an array."""
        return head.startswith(b"\x93NUMPY")

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        count = 0
        lines = self._vocabulary.lines(self._first_word, AT_ONCE)
        words = (([self._word(line) for line in block], places) for block, places in lines)
        for rows in join_rows(words, self._vectors, max(1, size // self.least)):
            count += len(rows.words)
            yield rows
        if count != self._count:
            self._uneven(count)

    def row(self, number: int, place: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        word = self._word(self._vocabulary.until(b"\n", place))
        return word, self._vectors(number, 1)[0]

    def _vectors(self, first: int, count: int) -> NDArray[np.float32]:
        if first + count > self._count:
            self._uneven(first + count)
        if self._by_columns:
            columns = [self._numbers(j * self._count + first, count) for j in range(self.dim)]
            stored = np.stack(columns, axis=1)
        else:
            stored = self._numbers(first * self.dim, count * self.dim).reshape(count, self.dim)
        with np.errstate(over="ignore"):  # too large for float32 becomes infinite, and is refused
            return stored.astype(np.float32)

    def _numbers(self, first: int, count: int) -> NDArray[np.floating]:
        """Numbers that follow each other in the file [count]."""
        size = self._dtype.itemsize
        return np.frombuffer(
            self._content.read(self._begin + first * size, count * size), self._dtype
        )

    def _word(self, line: bytes) -> bytes:
        word = line.removesuffix(b"\r") if b"\t" not in line else line.partition(b"\t")[0]
        return word.rpartition(b" ")[0] if self._counted else word

    def _uneven(self, words: int) -> NoReturn:
        most = "more" if words > self._count else f"{words:,}"
        raise self._content.error(
            f"has {self._count:,} rows, and {self._vocabulary.name} has {most} words",
            "use the vocabulary of this matrix",
        )


def _header(content: Content) -> tuple[tuple[int, ...], bool, np.dtype[np.floating], int]:
    """Shape, whether it is stored column by column, type, and where the numbers begin.

    Raises:
        ModelError: the header is damaged, or the array is of Python objects.
    """
    head = io.BytesIO(content.read(0, LARGEST_HEADER))
    try:
        version = npy.read_magic(head)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_columns, dtype = read(head)
        if dtype.hasobject or min(shape, default=0) < 0:
            raise ValueError(
                "it contains Python objects" if dtype.hasobject else "its shape is impossible"
            )
    except Exception as e:  # a damaged header raises whatever its parser raises
        why = str(e).splitlines()[0] if str(e) else "it ends within its header"
        raise content.error(f"cannot be read as an array: {why}") from e
    return shape, by_columns, dtype, head.tell()
