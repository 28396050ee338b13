"""What a reader of the scores has to know of the rows: known from training, or without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from embcmp.encoders.base import Encoder
from embcmp.evaluation.lexemes import Lexeme
from embcmp.evaluation.results import Overlap
from embcmp.evaluation.rows import Item, Pair, uses_of
from embcmp.text.words import words
from embcmp.types import Skipped

if TYPE_CHECKING:
    from embcmp.encoders.neural.recurrent_checkpoint import Provenance


BYTES = 5  # of a digest: 15,000 sentences meet one of 120,000 by accident once in 600 data sets
_HOME = ("embcmp", "data", "seen.npz")


def digest(sentence: str) -> int:
    """The number that a sentence is known by: that of its words, whatever stands between them."""
    text = " ".join(words(sentence)).encode()
    return int.from_bytes(sha256(text).digest()[:BYTES], "big")


@cache
def known_corpora() -> Mapping[str, frozenset[int]]:
    """By the digest of a corpus the digests of its sentences."""
    package, *rest = _HOME
    with files(package).joinpath(*rest).open("rb") as f, np.load(f, allow_pickle=False) as stored:
        return {
            name: frozenset(np.cumsum(stored[name], dtype=np.int64).tolist())
            for name in stored.files
        }


@runtime_checkable
class Trained(Protocol):
    """An encoder that embcmp trained, and that knows on what."""

    provenance: Provenance | None


def overlap(encoders: Iterable[Encoder], sentences: set[str]) -> Iterator[Overlap]:
    """Count the sentences that an encoder's training corpus has too, word by word.

    Args:
        encoders: those that are not trained by embcmp, or not at all, are passed over.
        sentences: the different ones of the rows to score.
    """
    for encoder in encoders:
        if not isinstance(encoder, Trained) or encoder.provenance is None:
            continue
        origin = encoder.provenance
        corpus = known_corpora().get(origin.corpus_digest)
        found = None
        if corpus is not None:
            found = sum(digest(sentence) in corpus for sentence in sentences)
        yield Overlap(encoder.info.name, origin.corpus, len(sentences), found)


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
