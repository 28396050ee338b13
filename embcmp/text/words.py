"""Running text into words, as GloVe 6B was tokenized: clitics apart, punctuation alone."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(
    r"""
      \w+(?=n['’]t\b)            # do | n't
    | n['’]t\b
    | ['’](?:s|m|d|ll|re|ve)\b   # she | 's
    | \w+
    | [^\w\s]
    """,
    re.VERBOSE | re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """Split running text into lower-case words and punctuation marks.

    A typographic apostrophe becomes a plain one, since that is the form that vocabularies list.
    """
    return [word for word, _ in placed_words(text)]


def placed_words(text: str) -> list[tuple[str, int]]:
    """As `words`, each with the offset at which it begins."""
    return [(m.group().lower().replace("’", "'"), m.start()) for m in _WORD.finditer(text)]


@cache
def packaged_lines(name: str) -> tuple[str, ...]:
    """The lines of a text in the package's folder `data`."""
    text = files("embcmp").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(text.splitlines())


@cache
def stop_words() -> frozenset[str]:
    """The English function words of `data/stopwords.txt`, in the forms that `words` gives."""
    return frozenset(packaged_lines("stopwords.txt"))
