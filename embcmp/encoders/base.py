"""The interface of encoders, what some of them offer besides, and what the families share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt
from embcmp.vectors.store import WordVectors


class Encoder(Protocol):
    """An encoder turns occurrences into vectors.

    Attributes:
        info: what the encoder is.
    """

    info: EncoderInfo

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; the row of one without a vector is NaN, and `missing` says why.

        Args:
            occurrences: the targets, in any order: their vectors do not depend on it.
            progress: called now and then with the number of occurrences done, and of all.
        """


@runtime_checkable
class HasTypeVectors(Protocol):
    """An encoder that computes its vectors from those of word types."""

    def type_vectors(self, count: int) -> NDArray[np.float32]:
        """The vectors of the `count` most frequent types, or of all: [at most count, dim]."""


@runtime_checkable
class HasVocabulary(Encoder, Protocol):
    """An encoder that gives each word its vector in a vocabulary, whatever the context."""

    @property
    def vectors(self) -> WordVectors:
        """The vectors of the vocabulary."""


@runtime_checkable
class ReadsWords(Encoder, Protocol):
    """An encoder that reads whole words, and has a vector for each word that it knows."""

    def knows(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which words [n], in lower case, have a vector."""


@runtime_checkable
class ReadsPieces(Encoder, Protocol):
    """An encoder that reads word pieces: the tokens into which a tokenizer splits words.

    Attributes:
        mask: the text of the mask that hides a piece; None where the tokenizer has none.
    """

    mask: str | None

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many pieces each text [n] has, without the special tokens at its ends."""


@dataclass(frozen=True)
class RecurrentWeights:
    """The weights of a recurrent encoder, in float64, for the cells of `embcmp.encoders.cells`.

    Attributes:
        cell: lstm or rnn.
        weights: for each direction, forward or backward, in which the encoder reads: the weights
            by their names in a torch layer.
        start_inputs: for each direction the learned input [d] that comes before the first word.
    """

    cell: str
    weights: Mapping[str, Mapping[str, NDArray[np.float64]]]
    start_inputs: Mapping[str, NDArray[np.float64]]


@runtime_checkable
class HasRecurrentWeights(Encoder, Protocol):
    """A recurrent encoder whose weights and inputs can be had, to follow what it computes."""

    def recurrent_weights(self) -> RecurrentWeights:
        """The weights of its networks."""

    def inputs(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The input [n, d] of each word, and which words [n] have a vector of their own."""


def coverage_warnings(
    name: str, uses: int, missing: Sequence[str], truncated: int
) -> Iterator[str]:
    """Warnings about uses that an encoder could not use, or not completely.

    Args:
        name: the name of the encoder.
        uses: the number of uses.
        missing: the reasons why some of them have no vector.
        truncated: how many sentences were cut to a window.
    """
    if missing:
        yield f"{name}: {len(missing)} of {uses} uses have no vector ({missing[0]})"
    if truncated:
        cut = "too long and were cut to a window around the target"
        yield f"{name}: {truncated} of {uses} sentences are {cut}"


_FOREIGN = "use vectors of the text's language"
NOT_FINITE = "the model gives NaN or infinity"
_MOST_UNKNOWN = (
    0.5  # share of words without a vector beyond which a text may be in another language
)

# The vectors [layers, dim] of an occurrence with its receipt, or the reason why it has none.
Row = tuple[NDArray[np.float32], Receipt] | str


def assemble(
    info: EncoderInfo, occurrences: Sequence[Occurrence], rows: Iterable[Row]
) -> Embeddings:
    """Put the rows of occurrences, in their order, into one array.

    A row with NaN or infinity in any layer, as a damaged model gives, counts as missing.

    Raises:
        ModelError: every row has NaN or infinity.
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
    """A digest of everything that a vector depends on: 32 hexadecimal digits."""
    return sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:32]


def pool(tokens: NDArray[np.float32], method: str) -> NDArray[np.float32]:
    """Pool the vectors of a target's tokens [tokens, dim] to one [dim]: mean, first or last."""
    chosen = {"mean": tokens, "first": tokens[:1], "last": tokens[-1:]}[method]
    pooled: NDArray[np.float64] = chosen.mean(axis=0, dtype=np.float64)
    return pooled.astype(np.float32)


def remarked(embeddings: Embeddings, remark: str | None) -> Embeddings:
    """Vectors with a remark on these occurrences, for the user, beside those on the encoder."""
    if remark is None:
        return embeddings
    info = embeddings.info
    return replace(
        embeddings, info=replace(info, remarks=(*info.remarks, f"{info.name}: {remark}"))
    )


def unknown_words(unknown: int, words: int, vocabulary: str) -> str | None:
    """What to say if most words of a text have no vector; None if most of them have one.

    Args:
        unknown: number of words around the targets that have no vector.
        words: number of words around the targets.
        vocabulary: the words that have a vector, as `the 400,000 words of GloVe 6B 50d`.
    """
    if unknown <= _MOST_UNKNOWN * words:
        return None
    return (
        f"{unknown} of the {words} words around the targets are not among {vocabulary}; {_FOREIGN}"
    )


def remarks(info: EncoderInfo, *, shipped_background: bool) -> Iterator[str]:
    """What an encoder has to say, and where its text is foreign, what else is to be replaced.

    Args:
        info: the encoder.
        shipped_background: whether the background sentences are those that come with embcmp.
    """
    for remark in info.remarks:
        if shipped_background and remark.endswith(_FOREIGN):
            yield f"{remark}, and --background FILE for background sentences of it"
        else:
            yield remark
