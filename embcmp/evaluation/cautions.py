"""Rows whose scores need caution: seen in training, duplicated, or without training rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from embcmp.encoders.base import Encoder
from embcmp.evaluation.gold_rows import Item, Row, uses_of
from embcmp.evaluation.lexemes import Lexeme
from embcmp.evaluation.results import Overlap
from embcmp.text.words import words
from embcmp.types import Skipped

if TYPE_CHECKING:
    from embcmp.encoders.neural.recurrent_checkpoint import Provenance


# Bytes of a digest. If 15,000 sentences are compared with 120,000, one data set in 600 has a
# match by accident.
BYTES = 5
_FILE = ("embcmp", "data", "known_sentences.npz")


def digest(sentence: str) -> int:
    """The digest of a sentence's words, as a number; punctuation and spaces do not count."""
    text = " ".join(words(sentence)).encode()
    return int.from_bytes(sha256(text).digest()[:BYTES], "big")


@cache
def known_corpora() -> Mapping[str, frozenset[int]]:
    """The digests of the sentences of each known corpus, by the digest of the corpus."""
    package, *rest = _FILE
    with files(package).joinpath(*rest).open("rb") as f, np.load(f, allow_pickle=False) as stored:
        return {
            name: frozenset(np.cumsum(stored[name], dtype=np.int64).tolist())
            for name in stored.files
        }


@runtime_checkable
class Trained(Protocol):
    """An encoder that embcmp trained, with the provenance of its training text."""

    provenance: Provenance | None


def overlap(encoders: Iterable[Encoder], sentences: set[str]) -> Iterator[Overlap]:
    """Count the sentences that also occur in an encoder's training corpus, word for word.

    Args:
        encoders: Encoders that embcmp did not train, and untrained ones, are skipped.
        sentences: The different sentences of the rows to score.
    """
    for encoder in encoders:
        if not isinstance(encoder, Trained) or encoder.provenance is None:
            continue
        origin = encoder.provenance
        corpus = known_corpora().get(origin.corpus_digest)
        known = None
        if corpus is not None:
            known = sum(digest(sentence) in corpus for sentence in sentences)
        yield Overlap(encoder.info.name, origin.corpus, len(sentences), known)


def duplicates(train: Sequence[Row], test: Sequence[Row]) -> Iterator[Skipped]:
    """Rows to score whose sentences are also those of a training row, up to case and spaces."""
    known: dict[frozenset[tuple[str, str]], str] = {}
    for row in train:
        known.setdefault(_text(row), row.source)
    for row in test:
        if (source := known.get(_text(row))) is not None:
            yield Skipped(row.source, f"is also a training row: {source}")


def _text(row: Row) -> frozenset[tuple[str, str]]:
    return frozenset((use.word, " ".join(use.sentence.casefold().split())) for use in uses_of(row))


def untrained(words: Sequence[Lexeme], items: Sequence[Item]) -> Iterator[Skipped]:
    """Items to score that cannot be answered right, since none of their keys has a training row."""
    for lexeme in words:
        for fold in lexeme.folds:
            known = lexeme.members[fold.train].any(axis=0)
            unknown = ~(lexeme.members[fold.test] & known).any(axis=1)
            for i in lexeme.rows[fold.test[unknown]]:
                label = "word" if not known.any() else f"sense {' or '.join(items[i].keys)}"
                reason = f"the {label} has no training row, so this row counts as wrong"
                yield Skipped(items[i].source, reason)
