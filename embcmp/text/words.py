"""Running text into words, as GloVe 6B was tokenized: clitics apart, punctuation alone."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from embcmp.text.folding import INVISIBLE, lower_case, plain_marks, tidy

_W = rf"(?:\w[{INVISIBLE}\u0300-\u036f]*)"  # with the accents and what is not seen after it
_WORD = re.compile(
    rf"""
      {_W}+(?=n't\b)            # do | n't
    | n't\b
    | '(?:s|m|d|ll|re|ve)\b   # she | 's
    | {_W}+
    | [^\w\s]
    """,
    re.VERBOSE | re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """Split running text into lower-case words and punctuation marks.

    Apostrophes and hyphens of all kinds become the plain ones, since these are what vocabularies
    list, and invisible characters (a soft hyphen) are left out.
    """
    return [word for word, _ in placed_words(text)]


def placed_words(text: str) -> list[tuple[str, int]]:
    """The words and punctuation marks of `words`, each with the offset at which it begins."""
    plain = plain_marks(text)  # of the same length
    return [(lower_case(tidy(plain[a:b])), a) for a, b in word_spans(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """The spans (start, end) of the words and punctuation marks."""
    return [m.span() for m in _WORD.finditer(plain_marks(text)) if tidy(m.group())]


@cache
def packaged_lines(name: str) -> tuple[str, ...]:
    """The lines of a text in the package's folder `data`."""
    text = files("embcmp").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(text.splitlines())


@cache
def stop_words(language: str = "en") -> frozenset[str]:
    """The function words of a language, in the forms that `words` gives; none where none are known.

    English ones are those of `data/stopwords.txt`, others those of the package stop-words.
    """
    if language == "en":
        return frozenset(packaged_lines("stopwords.txt"))
    import stop_words as package

    try:
        listed = package.get_stop_words(language)
    except package.StopWordError:
        return frozenset()
    return frozenset(word for entry in listed for word in words(entry))


def content_words(sentence: str, start: int, end: int, language: str) -> list[str]:
    """The words of a sentence outside a span that are neither function words nor numbers."""
    dropped = stop_words(language)
    return [
        word
        for word, at in placed_words(sentence)
        if not start <= at < end and word not in dropped and word[0].isalpha()
    ]
