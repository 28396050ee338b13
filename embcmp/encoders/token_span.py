"""A target as a tokenizer sees it: the token ids of its sentence, and which of them it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenizers import Encoding, Tokenizer

from embcmp.encoders.input_text import InputText
from embcmp.text.alignment import Alignment, Offsets, align, window
from embcmp.types import Occurrence, Receipt

# Tokens that stand for nothing but the space before a word. SentencePiece tokenizers give them the
# offsets of the word's first letter (huggingface/tokenizers#1018), but they are no part of it.
SPACES = {"▁", "Ġ", " "}
_UNKNOWN = ("[UNK]", "<unk>")  # for the kinds of model that do not say how they call it


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A sentence as the model reads it, and the span of the target's tokens in it.

    Attributes:
        ids: the token ids of the text or of a window in it, special tokens included.
        first: the position in `ids` of the target's first token.
        last: the position after the target's last token.
        receipt: the tokens and the text that the encoder used for the target.
        sentence: the position of the first token of the sentence, after special tokens and prompt;
            of the second reading, if there are two.
    """

    ids: tuple[int, ...]
    first: int
    last: int
    receipt: Receipt
    sentence: int


def unknown_token(tokenizer: Tokenizer) -> str | None:
    """The token that stands for whatever a tokenizer does not know, if it has one."""
    named = getattr(tokenizer.model, "unk_token", None)
    tokens = (named, *_UNKNOWN) if named else _UNKNOWN
    return next((token for token in tokens if tokenizer.token_to_id(token) is not None), None)


def foreign_marks(tokenizer: Tokenizer, marks: tuple[str, str]) -> tuple[str, ...]:
    """The tokens of a marked letter, if a tokenizer does not have both marks as tokens beside it.

    Args:
        tokenizer: the tokenizer.
        marks: what stands before and after the target; empty for none.

    Returns:
        Nothing if it has them, or if there are none.
    """
    if not any(marks):
        return ()
    unknown = unknown_token(tokenizer)
    beside: list[str] = tokenizer.encode("a".join(marks), add_special_tokens=False).tokens
    alone = [tokenizer.encode(mark, add_special_tokens=False).tokens for mark in marks]
    own = all(len(t) == 1 and t != [unknown] and t[0] in beside for t in alone)
    return () if own else tuple(beside)


def find_token_span(
    occurrence: Occurrence,
    encoding: Encoding,
    limit: int,
    *,
    given: InputText | None = None,
    causal: bool = False,
) -> TokenSpan | str:
    """Find the target in its tokenized text; a sentence that is too long is cut around it.

    The prompt and the marks of the target are never cut. Of two readings each has half the room,
    so that both are cut to the same words, give or take a token.

    Args:
        occurrence: the target.
        encoding: the tokens of the text, neither truncated nor padded.
        limit: the longest sequence that the model takes, special tokens included.
        given: the text that the model is given; None for the sentence as it is.
        causal: whether what follows the target plays no part, and needs no room.

    Returns:
        The target, or the reason why it cannot be found. Its receipt says what the model was given,
        unless it is the sentence as it is.
    """
    shown = given is not None
    given = given or InputText(occurrence.sentence, occurrence.start, occurrence.end)
    special = encoding.special_tokens_mask
    head = next((i for i, is_special in enumerate(special) if not is_special), len(special))
    tail = next((i for i, is_special in enumerate(reversed(special)) if not is_special), 0)
    body = slice(head, len(special) - tail)
    tokens, spans = encoding.tokens[body], encoding.offsets[body]
    offsets = [
        (0, 0) if token in SPACES else span for token, span in zip(tokens, spans, strict=True)
    ]
    target = align(given.text, offsets, given.start, given.end)
    if isinstance(target, str):
        return target
    prompt = _piece_at(given.sentence, spans) if given.sentence else 0
    begins = [prompt, len(tokens)]  # of the readings, and their end
    marked = [_marked(given, target, spans)]
    if given.again is not None:
        begins.insert(1, _piece_at(given.again, spans))
        marked.insert(0, _marked(given, None, spans))
    elif causal:
        begins[-1] = marked[-1][1]
    room = limit - head - tail - prompt
    windows = _windows(begins, marked, room)
    if windows is None:
        longest = max(last - first for first, last in marked)
        return f"its {longest} pieces are more than the model takes ({room // len(marked)})"
    kept = [
        *range(head + prompt),
        *(head + k for begin, end in windows for k in range(begin, end)),
        *range(len(special) - tail, len(special)),
    ]
    last_begin, last_end = windows[-1]
    sentence = len(kept) - tail - (last_end - last_begin)
    return TokenSpan(
        ids=tuple(encoding.ids[k] for k in kept),
        first=sentence + target.first - last_begin,
        last=sentence + target.last - last_begin,
        receipt=Receipt(
            occurrence.id,
            tuple(map(sys.intern, tokens[target.first : target.last])),
            target.text,
            truncated=windows != [*pairwise(begins)],
            given=tuple(sys.intern(encoding.tokens[k]) for k in kept) if shown else (),
        ),
        sentence=sentence,
    )


def _windows(
    begins: Sequence[int], marked: Sequence[tuple[int, int]], room: int
) -> list[tuple[int, int]] | None:
    """The pieces of each reading that are kept; None if a marked target alone is too long.

    Args:
        begins: the first piece of each reading, and the piece after the last one.
        marked: of each reading the first piece of the marked target and the piece after its last.
        room: the number of pieces that may be kept.
    """
    whole = [*pairwise(begins)]
    share = room // len(whole)
    if any(last - first > share for first, last in marked):
        return None
    if begins[-1] - begins[0] <= room:
        return whole
    windows = []
    for (begin, end), (first, last) in zip(whole, marked, strict=True):
        a, b = window(end - begin, first - begin, last - begin, share)
        windows.append((begin + a, begin + b))
    return windows


def _marked(given: InputText, target: Alignment | None, spans: Offsets) -> tuple[int, int]:
    """The first piece of a target with its marks, and the piece after its last.

    Args:
        given: the text.
        target: the pieces of the target; None to find those of the first of two readings.
        spans: the offsets of all pieces.
    """
    start, end = given.start - given.before, given.end + given.after
    if target is None and given.again is not None:
        shift = given.again - given.sentence
        start, end = start - shift, end - shift
    first, last = _piece_at(start, spans), _piece_at(end - 1, spans) + 1
    if target is None:
        return first, last
    with_marks = (min(first, target.first), max(last, target.last))
    return with_marks if given.before else (target.first, target.last)


def _piece_at(offset: int, spans: Offsets) -> int:
    """The first piece that reaches beyond an offset; the number of pieces if there is none."""
    return next((i for i, (_, end) in enumerate(spans) if end > offset), len(spans))
