"""Which pieces of a tokenizer belong to the target word, checked against the text they span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category

_INVISIBLE = {"Cc", "Cf"}  # control and format characters
_STRIPPED = {"Mn", "Mc", "Me"} | _INVISIBLE  # also marks

Offsets = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The pieces of the target, `pieces[first:last]` of its sentence, and the text they span."""

    first: int
    last: int
    text: str


def align(sentence: str, offsets: Offsets, start: int, end: int) -> Alignment | str:
    """Find the pieces of `sentence[start:end]` by character overlap.

    The text that the pieces span must be the target itself, except for white space: the offsets of
    some tokenizers are wrong, and a piece may reach beyond the target. Characters that a tokenizer
    removes from a word (combining accents, control characters) have no piece, but belong to the
    span. Invisible characters before the word do not belong to it: SentencePiece treats a byte
    order mark or a zero-width space as a space.

    Args:
        sentence: The original text.
        offsets: Start and end (exclusive) of each piece in the sentence; empty spans for pieces
            that the tokenizer adds.
        start: Offset of the target.
        end: Offset after the target.

    Returns:
        The alignment, or the reason why there is none.
    """
    overlapping = [i for i, (a, b) in enumerate(offsets) if a < b and a < end and b > start]
    if not overlapping:
        return "the tokenizer made no piece for the word"
    first, last = overlapping[0], overlapping[-1] + 1
    a, b = offsets[first][0], offsets[last - 1][1]
    while a < start and (sentence[a].isspace() or category(sentence[a]) in _INVISIBLE):
        a += 1
    while b < end and category(sentence[b]) in _STRIPPED:
        b += 1
    text = sentence[a:b]
    if "".join(text.split()) != "".join(sentence[start:end].split()):
        return f"the tokenizer's pieces span {text[:80]!r}, not {sentence[start:end][:80]!r}"
    return Alignment(first, last, text.strip())


def window(count: int, first: int, last: int, limit: int) -> tuple[int, int]:
    """Choose a window of `limit` pieces, out of `count`, around the target `[first, last)`.

    Both sides get the same number of pieces; what one side cannot use goes to the other. Of a
    target longer than the limit the window holds the beginning.

    Returns:
        The first piece of the window and the piece after its last.
    """
    if count <= limit:
        return 0, count
    room = max(0, limit - (last - first))
    left = min(first, max(room // 2, room - (count - last)))
    return first - left, first - left + limit
