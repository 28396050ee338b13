"""Text formats: word2vec's, and GloVe's, which has no header. A line has a word and its vector."""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterator
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.binary import LONGEST_HEADER, header
from embcmp.vectors.content import WHOLE, Content
from embcmp.vectors.layout import FINITE, Layout, Rows

_LINES_TRIED = 8  # at the beginning of a file: a word may contain a line end
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


class GloveText(Layout):
    """The text format of GloVe: a word and `dim` decimal numbers on each line."""

    format_name = "GloVe text"
    number_format = "decimal numbers"
    headed = False

    def __init__(self, content: Content) -> None:
        super().__init__(content)
        head = content.read(0, LONGEST_HEADER)
        declared = header(head) if self.headed else None
        self._count = int(declared[1]) if declared else None
        self._first_line = 2 if declared else 1
        self._begin = len(codecs.BOM_UTF8) * head.startswith(codecs.BOM_UTF8)
        if declared:
            self._begin, self.dim = declared.end(), int(declared[2])
        else:
            self.dim = _numbers_at_end(content.read_until(b"\n", self._begin))
        self.min_row_bytes = 2 * self.dim + 2

    @staticmethod
    def recognizes(head: bytes) -> bool:
        """Whether the first line ends in two numbers; prose and a lone header may end in one."""
        return _numbers_at_end(head.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0]) >= 2

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        if self._content.read(self._content.size - 1, 1) != b"\n":
            # Without a line end, 0.1234 cannot be told from 0.12, which is left after truncation.
            raise self._content.error(
                "the last line has no line end, as if the file were cut short",
                "get a complete copy, or end the last line if the file is complete",
            )
        count = 0
        for lines, offsets in self._content.lines(self._begin, size):
            yield self._rows(lines, offsets, count + self._first_line)
            count += len(lines)
        if self._count is not None and self._count != count:
            raise self._content.error(
                f"its header declares {self._count:,} words, but {count:,} follow"
            )

    def row(self, number: int, offset: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        line = self._content.read_until(b"\n", offset)
        word, numbers = self._row(line, number + self._first_line)
        return word, np.array(numbers).astype(np.float32)

    def _rows(self, lines: list[bytes], offsets: NDArray[np.int64], first: int) -> Rows:
        """Parse lines; `first` is the line number of the first of them in the file."""
        words: list[bytes] = []
        values = array("d")
        for number, line in enumerate(lines, first):
            word, numbers = self._row(line, number)
            words.append(word)
            values.extend(numbers)
        with np.errstate(
            over="ignore"
        ):  # what is too large for float32 becomes infinite, see below
            vectors = np.frombuffer(values).astype(np.float32).reshape(len(words), self.dim)
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            where = f"{self._content.name}:{first + int(finite.argmin())}"
            raise ModelError(f"{where}: the row contains NaN or infinity", FINITE)
        return Rows(words, offsets, vectors)

    def _row(self, line: bytes, number: int) -> tuple[bytes, list[float]]:
        """Split a line into a word, which may contain blanks, and numbers.

        A line with single spaces between the numbers, as gensim writes it, is split at these
        alone, so that the word keeps what other blanks it has.
        """
        if (exact := _split_at_spaces(line, self.dim)) is not None:
            return exact
        word, *numbers = line.rsplit(maxsplit=self.dim) or [b""]
        first, *rest = word.split() or [b""]
        where = f"{self._content.name}:{number}"
        if not line.strip():
            raise ModelError(
                f"{where}: the line is empty, or the line end is a part of a word", "remove it"
            )
        if len(numbers) < self.dim or (rest and _is_number(rest[-1])):
            count = len(numbers) + sum(map(_is_number, rest))
            wrong = f"the row has {count} numbers instead of {self.dim}"
            if count > self.dim:
                wrong += f", or {word.strip().decode(errors='replace')!r} is a word"
            elif count < self.dim:
                wrong += ", or its line end is a part of a word"
            raise ModelError(f"{where}: {wrong}", WHOLE)
        try:
            return word if rest else first, list(map(float, numbers))
        except ValueError as e:
            raise ModelError(
                f"{where}: the row should have {self.dim} numbers, but {e}", WHOLE
            ) from e


class Word2VecText(GloveText):
    """The text format of word2vec: a line `count dim`, then the lines that GloVe has."""

    format_name = "word2vec text"
    headed = True

    @staticmethod
    def recognizes(head: bytes) -> bool:
        """Whether the first row has as many numbers as declared, or is text with a number in it.

        The second condition recognizes files whose first row is wrong, so that the message is
        about that row.
        """
        declared = header(head)
        if not declared:
            return False
        body = head[declared.end() :]
        first, *more = body.split(b"\n", _LINES_TRIED)[:_LINES_TRIED]
        dim = int(declared[2])
        if any(dim > 1 and _split_at_spaces(line, dim) for line in (first, *more)):
            return True
        return _numbers_at_end(first) >= dim or (
            _is_text(body) and any(map(_is_number, first.split()[1:]))
        )


def _split_at_spaces(line: bytes, dim: int) -> tuple[bytes, list[float]] | None:
    """The word and the numbers of a line with a single space before each number.

    None if the line is written otherwise or has no word, or if the word ends in a number after a
    blank: then the row may as well have a number too many.
    """
    word, *numbers = line.rsplit(b" ", dim)
    if len(numbers) < dim or not word:
        return None
    parts = word.split()
    if len(parts) > 1 and _is_number(parts[-1]):
        return None
    try:
        return word, list(map(float, numbers))
    except ValueError:
        return None


def _is_text(content: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(content)


def _numbers_at_end(line: bytes) -> int:
    """Count the numbers at the end of a row; its first field is part of the word."""
    return sum(1 for _ in takewhile(_is_number, reversed(line.split()[1:])))


def _is_number(field: bytes) -> bool:
    """Whether a field of a row is a number, NaN or infinity."""
    try:
        float(field)
    except ValueError:
        return False
    return True
