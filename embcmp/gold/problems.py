"""Rows that are used, but that a reader of the scores has to know of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embcmp.gold.lexemes import Lexeme
from embcmp.gold.rows import Item, Pair, uses_of
from embcmp.types import Skipped


def duplicates(train: Sequence[Item | Pair], test: Sequence[Item | Pair]) -> Iterator[Skipped]:
    """Rows to score whose sentences, case and white space aside, are a training row's too."""
    known: dict[frozenset[tuple[str, str]], str] = {}
    for row in train:
        known.setdefault(_text(row), row.source)
    for row in test:
        if (source := known.get(_text(row))) is not None:
            yield Skipped(row.source, f"is among the training rows too: {source}")


def _text(row: Item | Pair) -> frozenset[tuple[str, str]]:
    return frozenset((use.word, " ".join(use.sentence.casefold().split())) for use in uses_of(row))


def untrained(words: Sequence[Lexeme], items: Sequence[Item]) -> Iterator[Skipped]:
    """Items to score none of whose keys has a training row: they cannot be right."""
    for lexeme in words:
        for fold in lexeme.folds:
            known = lexeme.members[fold.train].any(axis=0)
            lost = ~(lexeme.members[fold.test] & known).any(axis=1)
            for i in lexeme.rows[fold.test[lost]]:
                what = "word" if not known.any() else f"sense {' or '.join(items[i].keys)}"
                yield Skipped(items[i].source, f"the {what} has no training row: a miss")
