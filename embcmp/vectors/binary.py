"""The binary format of word2vec.

A line `count dim`; then for each word its bytes, a space and `dim` float32 numbers. word2vec.c
writes a newline after each vector, gensim does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import Content
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
        at, done = self._begin, 0
        pattern = re.compile(b"")
        while done < self._count:
            block = self._content.read(at, size) if done else b""
            words = pattern.findall(block)[: self._count - done]
            if words and not words[-1]:
                words.pop()  # the incomplete row at the end of the block
            if words:
                rows, at = self._rows(block, words, at)
            else:
                rows, at = self._single_row(at, done + 1)
            if not done:
                pattern = self._pattern(at)
            done += len(rows.words)
            yield rows
        if self._content.read(at, LONGEST_WORD).strip():
            raise self._content.error(
                f"continues after the {self._count:,} vectors of width {self.dim} that its header"
                " declares"
            )

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

    def _rows(self, block: bytes, words: list[bytes], at: int) -> tuple[Rows, int]:
        """The rows of a block that begins at offset `at`, and the offset of their end."""
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        ends = np.cumsum(lengths + (len(self._between) + 1 + self._width))
        # A vector may begin at any byte. Copying items of the size of a vector takes half the time
        # of copying rows of bytes.
        anywhere = np.ndarray(len(block) - self._width + 1, f"V{self._width}", block, strides=(1,))
        vectors = anywhere[ends - self._width].view("<f4").reshape(len(words), self.dim)
        offsets = at + ends - self._width - 1 - lengths
        return Rows(words, offsets, vectors), at + int(ends[-1])

    def _single_row(self, at: int, number: int) -> tuple[Rows, int]:
        """The row at offset `at`, and the offset of its end."""
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
                f"there is no word before vector {number:,}: the file is damaged, or its vectors"
                f" do not have the width {self.dim} that its header declares, or a word has a blank"
                " or a line end in it, which this format cannot hold"
            )
        vector = np.frombuffer(self._content.read(begin, self._width), "<f4")
        return Rows([word], np.array([at + newlines]), vector[None]), begin + self._width
