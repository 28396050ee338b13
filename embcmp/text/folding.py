"""Comparing text whatever its case and composition, with the way back to the original offsets."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_JOINERS = "\u00ad\u200c\u200d\u2060"  # soft hyphen, zero-width joiners, word joiner
# Normalizing sorts a run of marks in quadratic time. No writing needs runs as long as this:
# the stream-safe text format (UAX #15, section 13) stops at 30.
_LONGEST_CLUSTER = 32


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and where its characters come from.

    Attributes:
        text: the folded text.
        offsets: for each folded character, and for the end, the offset of its cluster in the
            original; -1 inside a cluster, where no span may begin or end.
    """

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Offsets in the original for offsets in `text`; None if they split a cluster."""
        first, last = self.offsets[start], self.offsets[end]
        return None if first < 0 or last < 0 else (first, last)


def fold(text: str, keep_case: bool = False) -> Folded:
    """Fold text so that canonically equivalent caseless strings become equal.

    This is canonical caseless matching (Unicode standard, D145), NFD(casefold(NFD(text))), done
    cluster by cluster (a character and the marks on it), which is what makes the way back exact.
    A typographic apostrophe becomes a plain one.

    Args:
        text: any string.
        keep_case: canonical equivalence alone, without folding case.
    """
    if text.isascii():
        return Folded(text if keep_case else text.lower(), range(len(text) + 1))
    starts = [i for i, char in enumerate(text) if i == 0 or not _is_mark(char)]
    parts: list[str] = []
    offsets: list[int] = []
    for start, end in pairwise([*starts, len(text)]):
        part = text[start:end]
        if end - start <= _LONGEST_CLUSTER:
            part = _fold_cluster(part, keep_case)
        parts.append(part)
        offsets.append(start)
        offsets.extend([-1] * (len(part) - 1))
    return Folded("".join(parts), [*offsets, len(text)])


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str, keep_case: bool) -> str:
    decomposed = unicodedata.normalize("NFD", cluster).replace("’", "'")
    if keep_case:
        return decomposed
    return unicodedata.normalize("NFD", decomposed.casefold())


def inside_word(text: str, offset: int) -> bool:
    """Whether an offset falls inside a word.

    Letters, digits and the underscore make words; a mark belongs to the character before it, and
    an invisible joiner (soft hyphen, zero-width joiner) joins. A hyphen or an apostrophe parts.
    """
    if not 0 < offset < len(text):
        return False
    if _extends(text[offset]):
        return True
    before = offset - 1
    while before > 0 and _extends(text[before]):
        before -= 1
    return _is_word_char(text[before]) and _is_word_char(text[offset])


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _extends(char: str) -> bool:
    return char in _JOINERS or _is_mark(char)


def _is_word_char(char: str) -> bool:
    return char.isalnum() or char == "_"
