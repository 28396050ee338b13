"""A numpy matrix, and a text file with the word of each row on a line."""

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

LARGEST_HEADER = 1 << 16  # bytes; numpy writes 128 for a matrix
_COUNTED = re.compile(rb"[^ \t]+ \d+\r?")
_BOM = b"\xef\xbb\xbf"

BESIDE = ("{}.vocab", "{}.txt", "{}.words", "vocab.txt", "words.txt")  # {}: the name of the matrix


def vocabulary_of(path: Path, name: str) -> Path:
    """The vocabulary file beside a matrix.

    Raises:
        ModelError: There is none.
    """
    candidates = [path.with_name(pattern.format(path.stem)) for pattern in BESIDE]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    names = ", ".join(candidate.name for candidate in candidates)
    raise ModelError(
        f"{name}: is a numpy array, which does not name its words, and there is no vocabulary file"
        f" beside it ({names})",
        "put one there with a word on each line, or name it with ,vocabulary=FILE",
    )


class Matrix(Layout):
    """A numpy matrix and its vocabulary.

    A line of the vocabulary has a word. Text after a tab, such as a count, is ignored; so is a
    count after a space if all of the first lines have one, as in the vocabularies of GloVe and
    word2vec.c.

    The matrix is read by position, in C or Fortran order, and not mapped: see `content.py`.

    Args:
        content: Matrix, as `numpy.save` writes it.
        vocabulary: File with the words.
    """

    format_name = "numpy matrix"

    def __init__(self, content: Content, vocabulary: Content) -> None:
        super().__init__(content, vocabulary)
        self._vocabulary = vocabulary
        shape, self._by_columns, self._dtype, self._begin = array_header(content)
        self.number_format = str(self._dtype)
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
        lines = head[self._first_word : head.rfind(b"\n") + 1].splitlines()
        self._counted = bool(lines) and all(map(_COUNTED.fullmatch, lines))
        self.min_row_bytes = 4 * self.dim

    @staticmethod
    def recognizes(head: bytes) -> bool:
        """Whether a file begins as numpy saves an array."""
        return head.startswith(b"\x93NUMPY")

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        count = 0
        lines = self._vocabulary.lines(self._first_word, AT_ONCE)
        words = (([self._word(line) for line in block], offsets) for block, offsets in lines)
        for rows in join_rows(words, self._vectors, max(1, size // self.min_row_bytes)):
            count += len(rows.words)
            yield rows
        if count != self._count:
            self._refuse_word_count(count)

    def row(self, number: int, offset: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        word = self._word(self._vocabulary.read_until(b"\n", offset))
        return word, self._vectors(number, 1)[0]

    def _vectors(self, first: int, count: int) -> NDArray[np.float32]:
        if first + count > self._count:
            self._refuse_word_count(first + count)
        if self._by_columns:
            columns = [self._numbers(j * self._count + first, count) for j in range(self.dim)]
            stored = np.stack(columns, axis=1)
        else:
            stored = self._numbers(first * self.dim, count * self.dim).reshape(count, self.dim)
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
            return stored.astype(np.float32)

    def _numbers(self, first: int, count: int) -> NDArray[np.floating]:
        """Read consecutive numbers [count]."""
        size = self._dtype.itemsize
        return np.frombuffer(
            self._content.read(self._begin + first * size, count * size), self._dtype
        )

    def _word(self, line: bytes) -> bytes:
        word = line.removesuffix(b"\r") if b"\t" not in line else line.partition(b"\t")[0]
        return word.rpartition(b" ")[0] if self._counted else word

    def _refuse_word_count(self, words: int) -> NoReturn:
        number = "more" if words > self._count else f"{words:,}"
        raise self._content.error(
            f"has {self._count:,} rows, and {self._vocabulary.name} has {number} words",
            "use the vocabulary of this matrix",
        )


def array_header(content: Content) -> tuple[tuple[int, ...], bool, np.dtype[np.floating], int]:
    """The shape, whether it is stored by columns, the type, and the offset of the numbers.

    Raises:
        ModelError: The header is damaged, or the array contains Python objects.
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
    except Exception as e:  # numpy's parser raises various errors for a damaged header
        why = str(e).splitlines()[0] if str(e) else "it ends within its header"
        raise content.error(f"cannot be read as an array: {why}") from e
    return shape, by_columns, dtype, head.tell()
