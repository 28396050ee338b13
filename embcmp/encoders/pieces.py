"""An occurrence as a tokenizer's pieces: those of its sentence, and which are the target."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tokenizers import Encoding

from embcmp.text.alignment import align, window
from embcmp.types import Occurrence, Receipt

# A piece that stands for the space before a word alone. SentencePiece tokenizers give it the
# offsets of the word's first letter (huggingface/tokenizers#1018), but it is no part of the word.
SPACES = {"▁", "Ġ", " "}


@dataclass(frozen=True, slots=True)
class Target:
    """An occurrence as the model sees it: its sequence, and the target's pieces in it."""

    ids: tuple[int, ...]
    first: int
    last: int
    receipt: Receipt


def locate(
    occurrence: Occurrence, encoding: Encoding, limit: int, *, causal: bool = False
) -> Target | str:
    """Find the target in its encoded sentence, windowed around it where that is too long.

    Args:
        occurrence: the target.
        encoding: of its sentence, neither truncated nor padded.
        limit: the longest sequence that the model takes, what the tokenizer adds included.
        causal: the model does not see what follows the target, so that it needs no room.

    Returns:
        The target, or the reason why it cannot be found.
    """
    added = encoding.special_tokens_mask
    head = next((i for i, special in enumerate(added) if not special), len(added))
    tail = next((i for i, special in enumerate(reversed(added)) if not special), 0)
    body = slice(head, len(added) - tail)
    pieces, tokens = encoding.ids[body], encoding.tokens[body]
    offsets = [
        (0, 0) if token in SPACES else span
        for token, span in zip(tokens, encoding.offsets[body], strict=True)
    ]
    found = align(occurrence.sentence, offsets, occurrence.start, occurrence.end)
    if isinstance(found, str):
        return found
    room = limit - head - tail
    if found.last - found.first > room:
        return f"its {found.last - found.first} pieces are more than the model takes ({room})"
    seen = found.last if causal else len(pieces)
    a, b = window(seen, found.first, found.last, room)
    return Target(
        ids=(*encoding.ids[:head], *pieces[a:b], *encoding.ids[len(added) - tail :]),
        first=head + found.first - a,
        last=head + found.last - a,
        receipt=Receipt(
            occurrence.id,
            tuple(map(sys.intern, tokens[found.first : found.last])),
            found.text,
            truncated=(a, b) != (0, seen),
        ),
    )
