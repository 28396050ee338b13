"""Folding of case and spelling of marks, with a map back to the offsets of the original text.

The search for a word, the check of offsets, the look-up of vectors and the search for similar
spellings all use the same folding, so that they agree on what the same word is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Characters that do not change a word: soft hyphen, joiners, the byte-order mark within a text,
# and the selectors of how a character is shown. (Marks of direction and the zero-width space
# stand between words.)
INVISIBLE = "\u00ad\u034f\u200c\u200d\u2060-\u2064\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
_APOSTROPHES = "’‘‛`´ʼʻʹ′＇\u02bd\u02c8\u055a\ua78c"
_HYPHENS = "\u2010\u2011\u2043\ufe63\uff0d"
_SKIN_TONES = "\U0001f3fb-\U0001f3ff"
_ALIKE = {ord(char): "'" for char in _APOSTROPHES} | {ord(char): "-" for char in _HYPHENS}
# Within a word a backtick is an apostrophe; outside it is a quotation mark, as corpora write them.
_MARKS = {code: mark for code, mark in _ALIKE.items() if code != ord("`")}
_BACKTICK = re.compile(r"(?<=\w)`(?=\w)")
_EXTENDING = re.compile(f"[{INVISIBLE}{_SKIN_TONES}]")
_DOTTED_I = "i\u0307"  # what lower-casing makes of the Turkish İ
# Normalization sorts a run of marks in quadratic time. No script needs runs as long as this: the
# stream-safe text format (UAX #15, section 13) allows 30.
_LONGEST_CLUSTER = 32

# The characters of scripts that write no blanks between words: Thai, Lao, Burmese, Khmer, Chinese
# and Japanese.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00016fe0-\U0001b2ff\U0001f200-\U0001f2ff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and the origin of its characters.

    Attributes:
        text: The folded text.
        offsets: For each folded character, and for the end, the offset of its cluster in the
            original; -1 inside a cluster, where no span may begin or end.
    """

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Convert offsets in `text` to offsets in the original; None if they split a cluster."""
        first, last = self.offsets[start], self.offsets[end]
        return None if first < 0 or last < 0 else (first, last)


def fold(text: str, keep_case: bool = False) -> Folded:
    """Fold text so that spellings of the same word become equal.

    This is canonical caseless matching (Unicode standard, D145), NFD(casefold(NFD(text))). It is
    done cluster by cluster (a character and its marks), so that offsets can be mapped back
    exactly. In addition, apostrophes and hyphens of all kinds become plain ones, full-width
    letters become narrow, the Turkish İ becomes i, and invisible characters are left out.

    Args:
        text: any string.
        keep_case: canonical equivalence alone, without folding case.
    """
    if text.isascii():
        plain = text.replace("`", "'")
        return Folded(plain if keep_case else plain.lower(), range(len(text) + 1))
    starts = [i for i, char in enumerate(text) if i == 0 or not _extends(char)]
    parts: list[str] = []
    offsets: list[int] = []
    for start, end in pairwise([*starts, len(text)]):
        part = text[start:end]
        if end - start <= _LONGEST_CLUSTER:
            part = _fold_cluster(part, keep_case)
        if part:
            parts.append(part)
            offsets.append(start)
            offsets.extend([-1] * (len(part) - 1))
    return Folded("".join(parts), [*offsets, len(text)])


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str, keep_case: bool) -> str:
    narrow = "".join(_narrow(char) for char in _EXTENDING.sub("", cluster))
    decomposed = unicodedata.normalize("NFD", narrow).translate(_ALIKE)
    if keep_case:
        return decomposed
    folded = unicodedata.normalize("NFD", decomposed.casefold())
    return folded.replace(_DOTTED_I, "i")


def _narrow(char: str) -> str:
    """A full-width or half-width character as the ordinary one."""
    kind, _, code = unicodedata.decomposition(char).partition(" ")
    return chr(int(code, 16)) if kind in ("<wide>", "<narrow>") else char


def plain_marks(text: str) -> str:
    """A text with plain apostrophes and hyphens, character by character: offsets stay."""
    plain = text if text.isascii() else text.translate(_MARKS)
    return _BACKTICK.sub("'", plain)


def tidy(form: str) -> str:
    """A form as vocabularies are written: composed, narrow, with plain marks, none unseen."""
    if form.isascii():
        return _BACKTICK.sub("'", form)
    narrow = "".join(map(_narrow, _EXTENDING.sub("", form)))
    return plain_marks(unicodedata.normalize("NFC", narrow))


def lower_case(form: str) -> str:
    """A form in lower case; the Turkish İ is an i."""
    return form.lower().replace(_DOTTED_I, "i")


def inside_word(text: str, offset: int) -> bool:
    """Whether an offset falls inside a word.

    Words consist of letters, digits and underscores. A mark or an invisible character belongs to
    the character before it. A hyphen or an apostrophe ends a word. In a script without blanks
    between words, and where such a script meets another one, a word may end anywhere.
    """
    if not 0 < offset < len(text):
        return False
    if _extends(text[offset]):
        return True
    before = offset - 1
    while before > 0 and _extends(text[before]):
        before -= 1
    if not (_is_word_char(text[before]) and _is_word_char(text[offset])):
        return False
    return not (is_unspaced(text[before]) or is_unspaced(text[offset]))


def is_unspaced(char: str) -> bool:
    """Whether a character is of a script that writes no blanks between words."""
    return _UNSPACED.match(char) is not None


def is_mark(char: str) -> bool:
    """Whether a character is a mark on the one before it."""
    return unicodedata.category(char)[0] == "M"


def _extends(char: str) -> bool:
    return (char > "\u007f") and (is_mark(char) or _EXTENDING.match(char) is not None)


def _is_word_char(char: str) -> bool:
    return (char.isalnum() and char not in _APOSTROPHES) or char == "_"


def beside_apostrophe(text: str, offset: int) -> bool:
    """Whether an apostrophe stands before or after an offset."""
    return any(plain_marks(char) == "'" for char in text[max(0, offset - 1) : offset + 1])
