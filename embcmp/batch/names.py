"""Words as file names that every file system takes, whatever else is in the batch."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MARKED = re.compile(r".*-[0-9a-f]{8}")
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # of Windows, with any extension
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 40  # characters of the word that can be read


def file_name(word: str) -> str:
    """The name of a word's file, without its extension.

    A word of a few small ASCII letters, digits, `-` and `_` is its own name. Any other is made of
    its letters and eight digits of its digest: two words that differ in case or in accents alone,
    which a file system may take for one, have two names. No name depends on the other words.
    """
    plain = _PLAIN.fullmatch(word) and not _MARKED.fullmatch(word) and not _DEVICE.fullmatch(word)
    if plain:
        return word
    letters = unicodedata.normalize("NFKD", word[:_LONGEST]).casefold()
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    readable = _OTHER.sub("_", bare)[:_LONGEST].strip("_") or "word"
    digest = sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}"
