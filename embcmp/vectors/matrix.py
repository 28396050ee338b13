"""A numpy matrix, and a text file that names its rows: a word a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.content import AT_ONCE, Content
from embcmp.vectors.layout import WHOLE, Rows, check_finite, check_header

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
        f"{name}: is a numpy array, which names no words, and no vocabulary lies beside it"
        f" ({looked})",
        "put one there, a word a line, or name it: ,vocabulary=FILE",
    )


class Matrix:
    """Implements `embcmp.vectors.layout.Layout`.

    A line of the vocabulary is a word; what stands behind a tab, a count for instance, is not.

    Args:
        content: the matrix, as `numpy.save` writes it.
        vocabulary: its words.
    """

    def __init__(self, content: Content, vocabulary: Content) -> None:
        self.contents: tuple[Content, ...] = (content, vocabulary)
        self._content, self._vocabulary = content, vocabulary
        matrix = self._mapped()
        self.form, self.stored = "numpy matrix", str(matrix.dtype)
        if matrix.ndim != 2 or matrix.dtype.kind != "f":
            raise ModelError(
                f"{content.name}: is an array of {matrix.ndim} dimensions of {matrix.dtype}, not"
                " a matrix of floating-point numbers",
                "save the matrix of the vectors, a row a word",
            )
        self._count, self.dim = matrix.shape
        self._dtype, self._by_rows = matrix.dtype, matrix.flags.c_contiguous
        self._begin: int = matrix.offset
        check_header(content.name, self.dim)
        self.least = 4 * self.dim
        self.settings: tuple[int, ...] = ()

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        done = 0
        together = max(1, size // (4 * self.dim))
        for words, places in self._lines():
            for start in range(0, len(words), together):
                part = slice(start, start + together)
                chosen = words[part]
                rows = Rows(chosen, places[part], self._vectors(done, len(chosen)))
                check_finite(self._content.name, rows, done + 1)
                done += len(chosen)
                yield rows
        if done != self._count:
            self._uneven(done)

    def row(self, number: int, place: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        size = 256
        while b"\n" not in (block := self._vocabulary.read(place, size)) and len(block) == size:
            size *= 8
        return _word(block.partition(b"\n")[0]), self._vectors(number, 1)[0]

    def finished(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is stored is the vectors."""
        return stored

    def _vectors(self, first: int, count: int) -> NDArray[np.float32]:
        if first + count > self._count:
            self._uneven(first + count)
        if self._by_rows:
            size = self.dim * self._dtype.itemsize
            block = self._content.read(self._begin + first * size, count * size)
            stored = np.frombuffer(block, self._dtype).reshape(count, self.dim)
        else:  # mapped anew each time, so that the pages that were read do not stay
            stored = self._mapped()[first : first + count]
        with np.errstate(over="ignore"):  # too large for float32 becomes infinite, and is refused
            return stored.astype(np.float32)

    def _mapped(self) -> np.memmap[Any, Any]:
        try:
            mapped: np.memmap[Any, Any] = np.load(
                self._content.path, mmap_mode="r", allow_pickle=False
            )
            return mapped
        except Exception as e:  # a damaged header raises whatever its parser raises
            why = str(e).splitlines()[0] if str(e) else "it ends in its header"
            raise ModelError(
                f"{self._content.name}: cannot be read as an array: {why}", WHOLE
            ) from e

    def _lines(self) -> Iterator[tuple[list[bytes], NDArray[np.int64]]]:
        at = 0
        while at < self._vocabulary.size:
            block = self._vocabulary.read(at, AT_ONCE)
            if at + len(block) < self._vocabulary.size:
                block = block[: block.rfind(b"\n") + 1]
            lines = block.removesuffix(b"\n").split(b"\n")
            lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
            if not block:
                raise ModelError(
                    f"{self._vocabulary.name}: a line of over {AT_ONCE:,} bytes", WHOLE
                )
            yield [_word(line) for line in lines], at + np.cumsum(lengths) - lengths
            at += len(block)

    def _uneven(self, words: int) -> NoReturn:
        most = "more" if words > self._count else f"{words:,}"
        raise ModelError(
            f"{self._content.name}: has {self._count:,} rows, and {self._vocabulary.name} has"
            f" {most} words",
            "give the vocabulary of this matrix",
        )


def _word(line: bytes) -> bytes:
    return line.partition(b"\t")[0].removesuffix(b"\r")
