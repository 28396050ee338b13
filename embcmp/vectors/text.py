"""word2vec text, and GloVe text, which has no header: per line a word and dim decimal numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.binary import LONGEST_HEADER
from embcmp.vectors.binary import header as count_and_dim
from embcmp.vectors.content import Content, is_number, numbers_at_end
from embcmp.vectors.layout import FINITE, WHOLE, Rows, check_header

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_LINE = 1 << 24  # bytes


class Text:
    """Implements `embcmp.vectors.layout.Layout`.

    Args:
        content: the file.
        header: whether it begins with a line `count dim`.
    """

    def __init__(self, content: Content, *, header: bool) -> None:
        self.form = "word2vec text" if header else "GloVe text"
        self.stored = "decimal numbers"
        self.contents: tuple[Content, ...] = (content,)
        self._content = content
        match = count_and_dim(content.read(0, LONGEST_HEADER)) if header else None
        self._count = int(match[1]) if match else None
        mark = content.read(0, len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK
        self._begin = match.end() if match else len(BYTE_ORDER_MARK) * mark
        self._first_line = 2 if match else 1
        self.dim = int(match[2]) if match else numbers_at_end(self._line(self._begin))
        check_header(content.name, self.dim)
        self.least = 2 * self.dim + 2
        self.settings: tuple[int, ...] = ()

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        at, line = self._begin, self._first_line
        if self._content.read(self._content.size - 1, 1) != b"\n":
            # Nothing else tells 0.1234 from the 0.12 that is left when the file is cut there.
            raise ModelError(
                f"{self._content.name}: the last line has no line end, as if the file were cut"
                " short",
                "get the whole file, or end its last line if it is whole",
            )
        while at < self._content.size:
            block = self._content.read(at, size)
            if (end := block.rfind(b"\n") + 1) == 0:
                end = len(block := self._line(at) + b"\n")
            rows = self._rows(block[:end], at, line)
            at, line = at + end, line + len(rows.words)
            yield rows
        found = line - self._first_line
        if self._count is not None and self._count != found:
            raise ModelError(
                f"{self._content.name}: its header declares {self._count:,} words and"
                f" {found:,} follow",
                WHOLE,
            )

    def row(self, number: int, place: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        word, numbers = self._row(self._line(place), number + self._first_line)
        return word, np.array(numbers).astype(np.float32)

    def finished(self, words: Sequence[bytes], stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is stored is the vectors."""
        return stored

    def _rows(self, block: bytes, at: int, first: int) -> Rows:
        """The rows of whole lines that begin at `at`."""
        lines = block[:-1].split(b"\n")
        lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
        words: list[bytes] = []
        values = array("d")
        for number, line in enumerate(lines, first):
            word, numbers = self._row(line, number)
            words.append(word)
            values.extend(numbers)
        with np.errstate(over="ignore"):  # too large for float32 becomes infinite: see below
            vectors = np.frombuffer(values).astype(np.float32).reshape(len(words), self.dim)
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            where = f"{self._content.name}:{first + int(finite.argmin())}"
            raise ModelError(f"{where}: a row holds NaN or infinity", FINITE)
        return Rows(words, at + np.cumsum(lengths) - lengths, vectors)

    def _row(self, line: bytes, number: int) -> tuple[bytes, list[float]]:
        """Split a line into its word, which may contain spaces, and its numbers."""
        word, *numbers = line.rsplit(maxsplit=self.dim) or [b""]
        first, *rest = word.split() or [b""]
        where = f"{self._content.name}:{number}"
        if not line.strip():
            raise ModelError(f"{where}: an empty line", "take it out")
        if len(numbers) < self.dim or (rest and is_number(rest[-1])):
            found = len(numbers) + sum(map(is_number, rest))
            raise ModelError(f"{where}: a row of {found} numbers instead of {self.dim}", WHOLE)
        try:
            return word if rest else first, list(map(float, numbers))
        except ValueError as e:
            raise ModelError(
                f"{where}: a row of {self.dim} numbers is expected, but {e}", WHOLE
            ) from e

    def _line(self, at: int) -> bytes:
        """The line that begins at a place, without its end.

        Only a line feed ends a line, since words may hold other separators.
        """
        size = 4096
        while True:
            block = self._content.read(at, size)
            end = block.find(b"\n")
            if end >= 0 or len(block) < size:
                return block[: end if end >= 0 else None]
            if size >= LONGEST_LINE:
                raise ModelError(f"{self._content.name}: a line of over {size:,} bytes", WHOLE)
            size *= 8
