"""What sets the uses of a group apart: words of the context, forms, files and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embcmp.measures.keywords import Value, keywords, typical_values
from embcmp.measures.labels import Index
from embcmp.text.words import placed_words, stop_words
from embcmp.types import Occurrence

KEYWORDS = 8  # that are listed for a group


def described(
    uses: Sequence[Occurrence], groups: Index, lang: str
) -> list[tuple[list[str], list[Value]]]:
    """Describe each group by its contexts, and by its forms, files and columns.

    Args:
        uses: the n uses.
        groups: [n], the group of each use, from 0.
        lang: the code of the language, whose function words are no keywords.

    Returns:
        For each group its keywords and its typical values, the most distinctive first.
    """
    dropped = stop_words(lang)
    words = keywords([_context(use, dropped) for use in uses], groups, KEYWORDS)
    return list(
        zip(words, typical_values([set(_values(use)) for use in uses], groups), strict=True)
    )


def _context(use: Occurrence, dropped: frozenset[str]) -> list[str]:
    return [
        word
        for word, start in placed_words(use.sentence)
        if not use.start <= start < use.end and word not in dropped and word[0].isalpha()
    ]


def _values(use: Occurrence) -> Iterator[tuple[str, str]]:
    yield "form", use.form
    yield "file", (use.source or "").rpartition(":")[0]
    if use.group is not None:
        yield "group", use.group
    yield from use.columns.items()
