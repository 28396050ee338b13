"""A target as a tokenizer sees it: the token ids of its sentence, and which of them it is."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from embcmp.text.alignment import align, window
from embcmp.types import Occurrence, Receipt

# Tokens that stand for nothing but the space before a word. SentencePiece tokenizers give them the
# offsets of the word's first letter (huggingface/tokenizers#1018), but they are no part of it.
SPACES = {"▁", "Ġ", " "}
_UNKNOWN = ("[UNK]", "<unk>")  # for the kinds of model that do not say how they call it


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A sentence as the model reads it, and the span of the target's tokens in it.

    Attributes:
        ids: the token ids of the sentence or of a window in it, special tokens included.
        first: the position in `ids` of the target's first token.
        last: the position after the target's last token.
        receipt: the tokens and the text that the encoder used for the target.
    """

    ids: tuple[int, ...]
    first: int
    last: int
    receipt: Receipt


def unknown_token(tokenizer: Tokenizer) -> str | None:
    """The token that stands for whatever a tokenizer does not know, if it has one."""
    named = getattr(tokenizer.model, "unk_token", None)
    tokens = (named, *_UNKNOWN) if named else _UNKNOWN
    return next((token for token in tokens if tokenizer.token_to_id(token) is not None), None)


def find_token_span(
    occurrence: Occurrence, encoding: Encoding, limit: int, *, causal: bool = False
) -> TokenSpan | str:
    """Find the target in its tokenized sentence; a sentence that is too long is cut around it.

    Args:
        occurrence: the target.
        encoding: its sentence, neither truncated nor padded.
        limit: the longest sequence that the model takes, special tokens included.
        causal: whether the model does not see what follows the target, which then needs no room.

    Returns:
        The target, or the reason why it cannot be found.
    """
    special = encoding.special_tokens_mask
    head = next((i for i, is_special in enumerate(special) if not is_special), len(special))
    tail = next((i for i, is_special in enumerate(reversed(special)) if not is_special), 0)
    body = slice(head, len(special) - tail)
    pieces, tokens = encoding.ids[body], encoding.tokens[body]
    offsets = [
        (0, 0) if token in SPACES else span
        for token, span in zip(tokens, encoding.offsets[body], strict=True)
    ]
    target = align(occurrence.sentence, offsets, occurrence.start, occurrence.end)
    if isinstance(target, str):
        return target
    room = limit - head - tail
    if target.last - target.first > room:
        return f"its {target.last - target.first} pieces are more than the model takes ({room})"
    visible = target.last if causal else len(pieces)
    begin, end = window(visible, target.first, target.last, room)
    return TokenSpan(
        ids=(*encoding.ids[:head], *pieces[begin:end], *encoding.ids[len(special) - tail :]),
        first=head + target.first - begin,
        last=head + target.last - begin,
        receipt=Receipt(
            occurrence.id,
            tuple(map(sys.intern, tokens[target.first : target.last])),
            target.text,
            truncated=(begin, end) != (0, visible),
        ),
    )
