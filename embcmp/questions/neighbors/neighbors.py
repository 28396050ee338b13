"""What each encoder places near the uses of a word: other uses, other words, and substitutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from embcmp.background.background_text import BackgroundText
from embcmp.encoders import load_encoders, refuse_precomputed
from embcmp.encoders.base import Encoder, HasVocabulary
from embcmp.encoders.substitutes import ProposesSubstitutes, SubstituteLists
from embcmp.encoders.word2vec import spellings
from embcmp.questions.neighbors.nearest_uses import NO_DIRECTION, LayerNeighbors, nearest_uses
from embcmp.questions.neighbors.reference import Reference
from embcmp.types import EncoderInfo, Occurrence, Skipped, TaskProgress
from embcmp.vectors.nearest_words import MEMORY, Neighbor, nearest

TOP = 10


@dataclass(frozen=True, slots=True)
class TypeNeighbors:
    """The words of a vocabulary that are nearest to a word.

    Attributes:
        word: the word as the vocabulary lists it.
        words: its neighbors, the nearest first.
        undefined: why there are none.
    """

    word: str
    words: tuple[Neighbor, ...] = ()
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class EncoderNeighbors:
    """What one encoder places near the uses.

    Attributes:
        info: the encoder.
        types: neighbors of each word that the uses are looked up as, for an encoder with one vector
            per type; else empty.
        layers: neighbors of each use at each layer, for an encoder of words in context; else empty.
        substitutes: what its prediction layer puts in the place of each use, or why this encoder
            has no such layer; None for a family that never has one.
    """

    info: EncoderInfo
    types: tuple[TypeNeighbors, ...] = ()
    layers: tuple[LayerNeighbors, ...] = ()
    substitutes: SubstituteLists | str | None = None


@dataclass(frozen=True)
class Neighborhood:
    """What several encoders place near the uses of one word.

    Attributes:
        word: the target word.
        uses: the uses whose neighbors are listed.
        results: one per encoder.
        reference: the text that was searched for uses of other words.
        top: the maximal length of each list.
        correct: the correction of the spaces of words in context.
        warnings: sentences for the user.
        skipped: rows of the input that were left out.
        manifest: what is needed to repeat the computation.
    """

    word: str
    uses: tuple[Occurrence, ...]
    results: tuple[EncoderNeighbors, ...]
    reference: Reference
    top: int = TOP
    correct: str = "none"
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


def neighbors(
    uses: Sequence[Occurrence],
    encoders: Sequence[str | Encoder],
    reference: Reference,
    *,
    others: Sequence[Occurrence] = (),
    top: int = TOP,
    correct: str = "none",
    device: str = "auto",
    background: BackgroundText | None = None,
    memory: int = MEMORY,
    progress: TaskProgress | None = None,
) -> Neighborhood:
    """List what each encoder places near the uses of a word.

    Args:
        uses: uses of one word, at least one, with unique ids.
        encoders: specs, or encoders; one that is given twice is shown once.
        reference: the text to search for uses of other words.
        others: further uses of the word, which may be listed as neighbors.
        top: the maximal length of each list.
        correct: the correction of the spaces of words in context: none, center, zscore or abtt.
        device: where transformers run: auto, cpu, cuda or mps.
        background: the background sentences that the correction is fitted on; None for those that
            come with embcmp.
        memory: how many bytes of a vocabulary may be in memory during the search.
        progress: called with the name of the encoder or of its loading, and with how many steps of
            how many are done.

    Raises:
        UsageError: an encoder has vectors of certain uses alone.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    refuse_precomputed(encoders, "neighbors")
    results: list[EncoderNeighbors] = []
    for loaded in load_encoders(encoders, device, progress):
        encoder, info = loaded.encoder, loaded.encoder.info
        report = progress and partial(progress, info.name)
        if isinstance(encoder, HasVocabulary):
            search = partial(nearest, encoder.vectors, count=top, memory=memory, progress=report)
            results.append(EncoderNeighbors(info, types=tuple(_types(encoder, uses, search))))
            continue
        layers = nearest_uses(
            encoder,
            uses,
            others,
            reference,
            top=top,
            correct=correct,
            background=background,
            progress=report,
        )
        substitutes = (
            encoder.substitutes(uses, top) if isinstance(encoder, ProposesSubstitutes) else None
        )
        results.append(EncoderNeighbors(info, layers=layers, substitutes=substitutes))
    return Neighborhood(uses[0].word, tuple(uses), tuple(results), reference, top, correct)


def _types(
    encoder: Encoder, uses: Sequence[Occurrence], search: Callable[..., tuple[Neighbor, ...]]
) -> Iterator[TypeNeighbors]:
    """The neighbors in the vocabulary of each word that the uses are looked up as, once each."""
    embeddings = encoder.encode(uses)
    words_done: set[str] = set()
    for i, (use, receipt) in enumerate(zip(uses, embeddings.receipts, strict=True)):
        known = (token for token in receipt.tokens if token in spellings(use.form))
        word = next(known, use.form)  # not a sub-word of a form that the vocabulary lacks
        if word in words_done:
            continue
        words_done.add(word)
        if use.id in embeddings.missing:
            yield TypeNeighbors(word, undefined=embeddings.missing[use.id])
        else:
            words = search(embeddings.vectors[0, i], exclude={word})
            yield TypeNeighbors(word, words, None if words else NO_DIRECTION)
