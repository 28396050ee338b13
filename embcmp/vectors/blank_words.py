"""Words of the binary format of word2vec that may contain a blank.

A blank ends a word in this format, but gensim writes words that contain one. A reader then takes
the rest of the word for the beginning of the vector, and the last bytes of the vector for the
beginning of the next word, and may reach the end of the file all the same.

A row can be read in such a way if what follows its word is UTF-8 and then a blank. In every
hundredth row of an ordinary file this is so by chance. The numbers tell which of the two readings
is right, since bytes that are taken for numbers from a wrong place rarely have the size of those
of word vectors. If the longer word leads to numbers that are no more unusual, and the following
rows can be read as well, the row is in doubt.

To leave the speed of reading as it is, most rows are ruled out by eight bytes, and the first bytes
of the others are looked through for many blocks at once. The few rows that are left are read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.vectors.content import Content
from embcmp.vectors.layout import LONGEST_WORD

RENAME = "save the vectors as text, or put _ for each blank and line end in the words"
_HEAD = 32  # bytes from the beginning of a vector that are collected
_ROWS_AT_ONCE, _TIMES_AT_ONCE = 1 << 14, 32
_Added = tuple[NDArray[Any], ...]  # beginnings of vectors, offsets of words and of vectors
_SMALLEST, _LARGEST = 2.0**-40, 2.0**20  # usual numbers of word vectors, besides 0
_MOST_ROWS, _MOST_PLACES = 100, 1_000  # that are tried until two ways to read a file meet again
_START, _REFUSED, _ENDED = 0, 8, 9  # the states between are those within a character


class BlankWords:
    """Refuses a file in which a word may contain a blank, while its rows are read.

    Args:
        content: File of vectors.
        dim: Width of a vector.
        count: Number of rows that the header declares.
    """

    def __init__(self, content: Content, dim: int, count: int) -> None:
        self._content, self._dim, self._count = content, dim, count
        self._width = 4 * dim
        self._longest_rest = max(self._width, 256)  # with more, a word would hold vectors
        self._added: list[_Added] = []  # since they were last looked through
        self._possible: list[
            _Added
        ] = []  # those of the rows before that eight bytes do not rule out
        self._count_added = self._first = 0
        self.feed: bytes | None = None  # what stands after each vector, once it is known

    def add(
        self,
        block: bytes,
        places: NDArray[np.int64],
        offsets: NDArray[np.int64],
        begins: NDArray[np.int64],
    ) -> None:
        """Add the rows that follow those that were added before.

        Args:
            block: Bytes of the file.
            places: Offset [rows] of each vector in the block.
            offsets: Offset [rows] of each word in the file.
            begins: Offset [rows] of each vector in the file.

        Raises:
            ModelError: As `check`.
        """
        short = int(places[-1]) + _HEAD - len(block)
        if short > 0:
            missing = self._content.read(int(begins[-1]) + _HEAD - short, short)
            block += missing.ljust(short, b"\xff")
        anywhere = np.ndarray(len(block) - _HEAD + 1, f"V{_HEAD}", block, strides=(1,))
        self._added.append((anywhere[places], offsets, begins))
        self._count_added += len(begins)
        if self._count_added >= self._first + _ROWS_AT_ONCE:
            self._rule_out()

    def _rule_out(self) -> None:
        heads, offsets, begins = map(np.concatenate, zip(*self._added, strict=True))
        rows = np.flatnonzero(_pairs()[heads.view("<u2")[:: _HEAD // 2]])
        heads = heads[rows]
        possible = _may_be_text(heads.view("<u8")[:: _HEAD // 8])
        rows = rows[possible]
        part = heads[possible], offsets[rows], begins[rows], self._first + 1 + rows
        self._possible.append(part)
        self._added, self._first = [], self._count_added
        if len(self._possible) >= _TIMES_AT_ONCE:
            self.check()

    def check(self) -> None:
        """Look through the rows that were added since the last call.

        Raises:
            ModelError: A word may contain a blank.
        """
        if self._added:
            self._rule_out()
        if not self._possible:
            return
        heads, *places = map(np.concatenate, zip(*self._possible, strict=True))
        self._possible = []
        suspects = _suspects(heads.view(np.uint8).reshape(-1, _HEAD), self._dim)
        for offset, begin, number in zip(*(p[suspects].tolist() for p in places), strict=True):
            self.check_row(offset, begin, number)

    def check_row(self, offset: int, begin: int, number: int) -> None:
        """Check one row.

        Args:
            offset: Offset of the word.
            begin: Offset of the vector.
            number: Number of the row, counted from 1.

        Raises:
            ModelError: The word may contain a blank.
        """
        text = self._content.read(begin, self._width + self._longest_rest)
        usual = _unusual(text[: self._width])
        for blank in _blanks(text[: self._longest_rest]):
            other = text[blank + 1 : blank + 1 + self._width]
            if len(other) < self._width or usual < _unusual(other):
                continue
            if self._continues(begin, blank + 1, number):
                word = self._content.read(offset, begin - 1 - offset)
                longer = word + b" " + text[:blank]
                raise self._content.error(
                    f"the word at byte {offset:,} contains a blank, which this format cannot hold:"
                    f" it is {longer.decode(errors='replace')!r}, and not"
                    f" {word.decode(errors='replace')!r} alone, or the two cannot be told apart",
                    RENAME,
                )

    def _continues(self, begin: int, shift: int, number: int) -> bool:
        """Whether the rest of the file can be read if the vector of a row begins further on.

        It can if both ways to read the file come to the same place with as many rows, or the other
        way ends with the file.
        """
        feeds = (b"", b"\n") if self.feed is None else (self.feed,)
        return any(self._rejoins(begin, shift, self._count - number, feed) for feed in feeds)

    def _rejoins(self, begin: int, shift: int, left: int, feed: bytes) -> bool:
        usual, others = begin + self._width, {begin + shift + self._width}
        for _ in range(min(left, _MOST_ROWS)):
            usual = next(self._row_ends(usual, feed, 0), self._content.size + 1)
            ends = (end for at in others for end in self._row_ends(at, feed, self._longest_rest))
            others = {end for end in ends if end <= self._content.size}
            if usual in others:
                return True
            if not others or len(others) > _MOST_PLACES:
                return False
        return left <= _MOST_ROWS and self._content.size - len(feed) in others

    def _row_ends(self, at: int, feed: bytes, longest_rest: int) -> Iterator[int]:
        """Where the vector after one that ends at `at` may end, by the blanks in its word."""
        head = self._content.read(at, LONGEST_WORD)
        word = head[len(feed) :]
        first = word.find(b" ")
        if head.startswith(feed) and first > 0:
            yield at + len(feed) + first + 1 + self._width
            for blank in _blanks(word[: first + 1 + longest_rest]):
                if blank > first:
                    yield at + len(feed) + blank + 1 + self._width


def _blanks(text: bytes) -> Iterator[int]:
    """Where blanks are, before the first byte that is not UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError as e:
        text = text[: e.start]
    blank = text.find(b" ")
    while blank >= 0:
        yield blank
        blank = text.find(b" ", blank + 1)


def _unusual(vector: bytes) -> int:
    """How many numbers of a vector are not of a usual size."""
    return int(np.count_nonzero(~_usual(np.frombuffer(vector, "<f4"))))


def _usual(numbers: NDArray[np.float32]) -> NDArray[np.bool_]:
    sizes = np.abs(numbers)
    usual: NDArray[np.bool_] = (sizes >= _SMALLEST) & (sizes <= _LARGEST) | (sizes == 0)
    return usual


def _suspects(heads: NDArray[np.uint8], dim: int) -> NDArray[np.int64]:
    """The rows whose word may go on to a later blank, as far as their first bytes tell.

    Args:
        heads: First bytes [rows, 32] of each vector and of what follows it.
        dim: Width of a vector.
    """
    rows = np.arange(len(heads))
    table = _automaton()
    states, suspects = np.zeros(len(rows), np.uint8), []
    for place in range(_HEAD):
        states = table[states, heads[rows, place]]
        ended = np.flatnonzero(states == _ENDED)
        if len(ended):
            states[ended] = _START  # the blank may be within the word too
            numbers = min(dim, (_HEAD - place - 1) // 4)
            shifted = np.ascontiguousarray(heads[rows[ended], place + 1 :][:, : 4 * numbers])
            straight = np.ascontiguousarray(heads[rows[ended], : 4 * min(dim, _HEAD // 4)])
            shifted_unusual, straight_unusual = (
                np.count_nonzero(~_usual(part.view("<f4")), axis=1) for part in (shifted, straight)
            )
            suspects.append(rows[ended[shifted_unusual <= straight_unusual]])
        alive = states != _REFUSED
        rows, states = rows[alive], states[alive]
    left = rows[heads[rows, _HEAD // 2 :].any(axis=1)]  # the others are zeros, and no text
    return np.unique(np.concatenate([*suspects, left]))


def _may_be_text(words: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether eight bytes may be UTF-8, as far as to the first blank if there is one.

    Works on the highest bit of each byte. Only the order of first and later bytes of characters
    is looked at, so that some that are not UTF-8 are let through.
    """
    ones, high = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
    one, eight = np.uint64(1), np.uint64(8)
    without = words ^ (np.uint64(0x20) * ones)
    blanks = (without - ones) & ~without & high
    first = blanks & (~blanks + one)
    to_blank = (first << one) - one  # all bits if there is no blank
    beyond = words & high
    leads = beyond & (words << one)
    later = beyond ^ leads
    wrong = ((leads << eight) & ~later) | (later & ~(beyond << eight))
    possible: NDArray[np.bool_] = (wrong & to_blank) == 0
    return possible


@cache
def _pairs() -> NDArray[np.bool_]:
    """Whether two bytes, as a number of 16 bits, may begin UTF-8 or have a blank."""
    table = _automaton()
    first = table[_START]
    second = table[first[:, None], np.arange(256)]
    possible = (first == _ENDED)[:, None] | (second != _REFUSED)
    return np.ascontiguousarray(possible.T).ravel()


@cache
def _automaton() -> NDArray[np.uint8]:
    """The next state [state, byte] of a reader of UTF-8 that ends at a blank."""
    table = np.full((10, 256), _REFUSED, np.uint8)
    one, two, three = 1, 2, 3  # so many bytes of the character follow
    table[_START, :0x80] = _START
    table[_START, 0x20] = _ENDED
    table[_START, 0xC2:0xE0] = one
    table[_START, 0xE0:0xF0] = two
    table[_START, 0xF0:0xF5] = three
    table[_START, [0xE0, 0xED, 0xF0, 0xF4]] = [4, 5, 6, 7]  # these restrict the next byte
    continued = slice(0x80, 0xC0)
    table[one, continued], table[two, continued], table[three, continued] = _START, one, two
    table[4, 0xA0:0xC0] = table[5, 0x80:0xA0] = one
    table[6, 0x90:0xC0] = table[7, 0x80:0x90] = two
    return table
