"""The binary format of word2vec.

A line `count dim`; then for each word its bytes, a space and `dim` float32 numbers. word2vec.c
writes a line feed after each vector, gensim does not. A word that contains a blank or a line feed
would be read wrong, so a file in which one may do so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.blank_words import RENAME, BlankWords
from embcmp.vectors.content import WHOLE, Content
from embcmp.vectors.layout import LONGEST_WORD, Layout, Rows

LONGEST_HEADER = 64  # bytes

_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*(\d{1,12})[ \t]+(\d{1,12})[ \t]*\r?\n")


def header(head: bytes) -> re.Match[bytes] | None:
    """Match a line `count dim` at the beginning of a file; the groups are the two numbers."""
    return _HEADER.match(head[:LONGEST_HEADER])


class Binary(Layout):
    """A file in the binary format of word2vec."""

    format_name = "word2vec binary"

    def __init__(self, content: Content) -> None:
        super().__init__(content)
        match = header(content.read(0, LONGEST_HEADER))
        assert match is not None, "the format has a header"
        self._begin, self._count, self.dim = match.end(), int(match[1]), int(match[2])
        self._width = 4 * self.dim
        self.min_row_bytes = self._width + 2

    @staticmethod
    def recognizes(head: bytes) -> bool:
        """Whether there is a header; files of text have been recognized before."""
        return header(head) is not None

    def scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.scan`."""
        return self._scan(size, None)

    def checked_scan(self, size: int) -> Iterator[Rows]:
        """All rows, as `Layout.checked_scan`; refuses words that may contain a blank."""
        blank_words = BlankWords(self._content, self.dim, self._count)
        try:
            yield from self._scan(size, blank_words)
        except ModelError:
            blank_words.check()  # a blank may be the cause
            raise

    def _scan(self, size: int, blank_words: BlankWords | None) -> Iterator[Rows]:
        at, done = self._begin, 0
        pattern = re.compile(b"")
        while done < self._count:
            block = self._content.read(at, size) if done else b""
            words = pattern.findall(block)[: self._count - done]
            if words and not words[-1]:
                words.pop()  # the incomplete row at the end of the block
            if words:
                offsets, begins = self._places(words, at)
            else:
                words, offsets, begins = self._single_row(at, done + 1)
                at = int(begins[0])
                block = self._content.read(at, self._width)
            places = begins - at
            end = int(begins[-1]) + self._width
            if not done:
                pattern = self._pattern(end)
            if blank_words:  # while the beginnings of the vectors are in the processor's cache
                blank_words.add(block, places, offsets, begins)
                blank_words.feed = self._between
            yield Rows(words, offsets, self._vectors(block, places))
            at = end
            done += len(words)
        if blank_words:
            blank_words.check()
        self._check_end(at)

    def check_words(self, rows: Rows, first: int) -> None:
        """Refuse rows of which a word may contain a blank, as `Layout.check_words`."""
        check = BlankWords(self._content, self.dim, self._count)
        check.feed = self._between if first > 1 else None
        for number, (word, offset) in enumerate(zip(rows.words, rows.offsets, strict=True), first):
            check.check_row(int(offset), int(offset) + len(word) + 1, number)

    def row(self, number: int, offset: int) -> tuple[bytes, NDArray[np.float32]]:
        """A word and its vector, as `Layout.row`."""
        block = self._content.read(offset, self._width + 256)
        if (space := block.find(b" ")) + 1 + self._width > len(block):
            block = self._content.read(offset, self._width + 1 + LONGEST_WORD)
            space = block.find(b" ")
        return block[:space], np.frombuffer(block, "<f4", self.dim, space + 1)

    def _pattern(self, at: int) -> re.Pattern[bytes]:
        """A pattern that finds the words of consecutive rows, and "" for everything else.

        One call of `findall` takes half the time of a loop that searches for spaces.
        """
        self._between = b"\n" if self._content.read(at, 1) == b"\n" else b""
        return re.compile(rb"%s([^ \n]+) (?s:.{%d})|(?s:.+)" % (self._between, self._width))

    def _places(self, words: list[bytes], at: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The offsets of the words and of the vectors of the rows from offset `at` on."""
        # The blanks between words tell their lengths; calling `len` takes four times as long.
        joined = np.frombuffer(b" ".join([b"", *words, b""]), np.uint8)
        lengths = np.diff(np.flatnonzero(joined == ord(" "))) - 1
        ends = at + np.cumsum(lengths + (len(self._between) + 1 + self._width))
        begins = ends - self._width
        return begins - 1 - lengths, begins

    def _vectors(self, block: bytes, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors at some places of a block."""
        # A vector may begin at any byte. Copying items of the size of a vector takes half the time
        # of copying rows of bytes.
        anywhere = np.ndarray(len(block) - self._width + 1, f"V{self._width}", block, strides=(1,))
        return anywhere[places].view("<f4").reshape(len(places), self.dim)

    def _single_row(
        self, at: int, number: int
    ) -> tuple[list[bytes], NDArray[np.int64], NDArray[np.int64]]:
        """The word of the row at offset `at`, its offset and that of its vector."""
        head = self._content.read(at, LONGEST_WORD)
        newlines = len(head) - len(head.lstrip(b"\n"))
        space = head.find(b" ")
        begin = at + space + 1
        cut = begin + self._width > self._content.size or (space < 0 and len(head) < LONGEST_WORD)
        if cut:
            raise self._content.error(
                f"ends within vector {number:,} of the {self._count:,} that its header declares"
            )
        word = head[newlines:space] if space >= 0 else b""
        if not word or b"\n" in word:
            raise self._content.error(
                f"there is no word before vector {number:,}, at byte {at:,}: a word contains a"
                " blank or a line end, which this format cannot hold, or the file is damaged, or"
                f" its vectors do not have the width {self.dim} that its header declares",
                f"{RENAME}; or {WHOLE}",
            )
        if newlines != (len(self._between) if number > 1 else 0):
            raise self._line_feed(f"before vector {number:,}, at byte {at:,},")
        return [word], np.array([at + newlines]), np.array([begin])

    def _check_end(self, at: int) -> None:
        """Refuse a file that does not end after its last row, as its other rows end."""
        rest = self._content.read(at, LONGEST_WORD)
        if rest.strip(b"\n") or len(rest) > 1:
            raise self._content.error(
                f"continues after the {self._count:,} vectors of width {self.dim} that its header"
                f" declares, at byte {at:,}: the file is damaged, or a word contains a blank",
                "get a complete copy of the file, or save the vectors as text",
            )
        if self._count > 1 and rest != self._between:
            raise self._line_feed(
                "after the last vector alone" if rest else "after each vector but the last"
            )

    def _line_feed(self, where: str) -> ModelError:
        return self._content.error(
            f"{where} there is a line feed where the other rows have none, or the other way round:"
            " a word begins with a line end, which this format cannot hold, or the file is damaged",
            f"{RENAME}; or {WHOLE}",
        )
