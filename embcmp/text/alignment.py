"""Which of a tokenizer's pieces are the target, checked against the text they span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category

_UNSEEN = {"Cc", "Cf"}  # control and format characters
_STRIPPED = {"Mn", "Mc", "Me"} | _UNSEEN  # marks, too

Offsets = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The target among the pieces of its sentence: `pieces[first:last]`, and the text they span."""

    first: int
    last: int
    text: str


def align(sentence: str, offsets: Offsets, start: int, end: int) -> Alignment | str:
    """Find the pieces of `sentence[start:end]` by character overlap.

    The text that the pieces span, white space aside, must be the form itself: offsets of some
    tokenizers are wrong, and a piece may reach beyond the target. What a tokenizer strips from a
    word before it looks (accents written as marks of their own, control characters) has no piece
    and belongs to the span all the same. Unseen characters before the word are no part of it:
    SentencePiece takes a byte order mark or a zero-width space for a space.

    Args:
        sentence: the original text.
        offsets: of each piece in it, end exclusive; empty for what a tokenizer adds.
        start: of the target.
        end: of the target, exclusive.

    Returns:
        The alignment, or the reason why there is none.
    """
    touching = [i for i, (a, b) in enumerate(offsets) if a < b and a < end and b > start]
    if not touching:
        return "the tokenizer made no piece of it"
    first, last = touching[0], touching[-1] + 1
    a, b = offsets[first][0], offsets[last - 1][1]
    while a < start and (sentence[a].isspace() or category(sentence[a]) in _UNSEEN):
        a += 1
    while b < end and category(sentence[b]) in _STRIPPED:
        b += 1
    text = sentence[a:b]
    if "".join(text.split()) != "".join(sentence[start:end].split()):
        return f"the tokenizer's pieces span {text[:80]!r}, not {sentence[start:end][:80]!r}"
    return Alignment(first, last, text.strip())


def window(count: int, first: int, last: int, limit: int) -> tuple[int, int]:
    """Choose the `limit` pieces around the target `[first, last)` out of `count`.

    The room is shared evenly by both sides; what one side cannot use goes to the other. A target
    longer than the limit keeps its beginning.

    Returns:
        The window's first piece and the one after its last.
    """
    if count <= limit:
        return 0, count
    room = max(0, limit - (last - first))
    left = min(first, max(room // 2, room - (count - last)))
    return first - left, first - left + limit
