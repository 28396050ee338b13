"""What every encoder is, and what the families share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt
from embcmp.vectors.store import WordVectors


class Encoder(Protocol):
    """Turns occurrences into vectors."""

    info: EncoderInfo

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; a row that has no vector is NaN, and `missing` says why.

        Args:
            occurrences: in any order; the result does not depend on it.
            progress: called with (done, total) now and then.
        """


@runtime_checkable
class OfTypes(Protocol):
    """An encoder whose vectors are made of vectors of word types."""

    def types(self, count: int) -> NDArray[np.float32]:
        """The vectors [at most count, dim] of the most frequent types."""


@runtime_checkable
class OfVocabulary(Encoder, Protocol):
    """An encoder whose vectors are those of a vocabulary's words."""

    @property
    def vectors(self) -> WordVectors:
        """Where the words are looked up."""


@runtime_checkable
class ReadsWords(Encoder, Protocol):
    """An encoder that reads whole words, each by a vector of its own if it knows it."""

    def knows(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which words [n], in lower case, have a vector."""


@runtime_checkable
class ReadsPieces(Encoder, Protocol):
    """An encoder that reads the pieces of words.

    Attributes:
        mask: what hides a piece from it; None where it was trained with no such thing.
    """

    mask: str | None

    def pieces(self, texts: Sequence[str]) -> list[int]:
        """How many pieces each text [n] has, without what the tokenizer adds at its ends."""


@dataclass(frozen=True)
class Opened:
    """What a recurrent network computes with.

    Attributes:
        cell: lstm or rnn.
        weights: of each direction that the encoder reads in, by torch's names of one layer.
        edges: the learned input [d] before the first word of each direction.
    """

    cell: str
    weights: Mapping[str, Mapping[str, NDArray[np.float64]]]
    edges: Mapping[str, NDArray[np.float64]]


@runtime_checkable
class Opens(Encoder, Protocol):
    """An encoder that can be laid open."""

    def opened(self) -> Opened:
        """Its weights."""

    def inputs(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The input [n, d] of each word, and which words have a vector of their own [n]."""


NOT_FINITE = "the model gives NaN or infinity"

Row = tuple[NDArray[np.float32], Receipt] | str  # ([layers, dim], receipt), or why there is none


def assemble(
    info: EncoderInfo, occurrences: Sequence[Occurrence], rows: Iterable[Row]
) -> Embeddings:
    """Put rows, one per occurrence and in their order, into one array.

    What a damaged model computes, NaN or infinity in any layer, is no vector.

    Raises:
        ModelError: the model computes nothing else.
    """
    vectors = np.full((len(info.layers), len(occurrences), info.dim), np.nan, dtype=np.float32)
    missing: dict[str, str] = {}
    receipts: list[Receipt] = []
    for i, (occurrence, row) in enumerate(zip(occurrences, rows, strict=True)):
        if not isinstance(row, str) and not np.isfinite(row[0]).all():
            row = NOT_FINITE
        if isinstance(row, str):
            missing[occurrence.id] = row
            receipts.append(Receipt(occurrence.id, (), ""))
        else:
            vectors[:, i, :], receipt = row
            receipts.append(receipt)
    if missing and len(missing) == len(occurrences) and set(missing.values()) == {NOT_FINITE}:
        raise ModelError(
            f"{info.model}: gives NaN or infinity for every occurrence",
            "its weights are damaged: fetch the model again",
        )
    return Embeddings(info, vectors, missing, tuple(receipts))


def fingerprint(*parts: object) -> str:
    """A digest of everything that changes a vector: 32 hexadecimal digits."""
    return sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:32]


def pool(pieces: NDArray[np.float32], how: str) -> NDArray[np.float32]:
    """Pool the vectors of a target's pieces [pieces, dim] to one [dim]: mean, first or last."""
    chosen = {"mean": pieces, "first": pieces[:1], "last": pieces[-1:]}[how]
    pooled: NDArray[np.float64] = chosen.mean(axis=0, dtype=np.float64)
    return pooled.astype(np.float32)
