"""What each encoder puts near the uses of a word: other uses, other words, and what fits there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from embcmp.encoders import load_encoders
from embcmp.encoders.base import Encoder, HasVocabulary
from embcmp.encoders.substitutes import ProposesSubstitutes, SubstituteLists
from embcmp.encoders.word2vec import spellings
from embcmp.questions.neighbors.nearest_uses import NO_DIRECTION, LayerNeighbors, nearest_uses
from embcmp.questions.neighbors.reference import Reference
from embcmp.types import EncoderInfo, Occurrence, Skipped, TaskProgress
from embcmp.vectors.neighbors import MEMORY, Neighbor, nearest

TOP = 10


@dataclass(frozen=True, slots=True)
class TypeNeighbors:
    """The words nearest to a word in a vocabulary, or why there are none."""

    word: str
    words: tuple[Neighbor, ...] = ()
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What one encoder puts near the uses.

    Attributes:
        info: the encoder.
        types: for each word that the uses are looked up as, if there is one vector per type.
        layers: if there are vectors of words in context.
        substitutes: what its prediction layer puts in the place of each use, or why it has no such
            layer; None for a family that never has one.
    """

    info: EncoderInfo
    types: tuple[TypeNeighbors, ...] = ()
    layers: tuple[LayerNeighbors, ...] = ()
    substitutes: SubstituteLists | str | None = None


@dataclass(frozen=True)
class Neighborhood:
    """What several encoders put near the uses of one word.

    Attributes:
        word: the word that was asked for.
        uses: its uses.
        views: one per encoder.
        reference: where other words were looked for.
        top: how many neighbors were asked for.
        correct: the correction of the spaces of words in context.
        warnings: what the user should know beside the result.
        skipped: rows that were left out.
        manifest: what it takes to compute the same again.
    """

    word: str
    uses: tuple[Occurrence, ...]
    views: tuple[View, ...]
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
    memory: int = MEMORY,
    progress: TaskProgress | None = None,
) -> Neighborhood:
    """Look for what is near the uses of a word.

    Args:
        uses: of one word, one at least, with ids of their own.
        encoders: specs, or encoders that are loaded; one that is there twice is shown once.
        reference: where to look for uses of other words.
        others: further uses of the word, which may be among the neighbors.
        top: how many neighbors at most in each list.
        correct: the correction of the spaces of words in context: none, center, zscore or abtt.
        device: where transformers run: auto, cpu, cuda or mps.
        memory: bytes that a block of a vocabulary may take in the search through it.
        progress: called with the encoder's name, or what is done before it is there, and how far
            it is.

    Raises:
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    views: list[View] = []
    for loaded in load_encoders(encoders, device, progress):
        encoder, info = loaded.encoder, loaded.encoder.info
        named = progress and partial(progress, info.name)
        if isinstance(encoder, HasVocabulary):
            search = partial(nearest, encoder.vectors, count=top, memory=memory, progress=named)
            views.append(View(info, types=tuple(_types(encoder, uses, search))))
            continue
        layers = nearest_uses(
            encoder,
            uses,
            others,
            reference,
            top=top,
            correct=correct,
            progress=named,
        )
        substitutes = (
            encoder.substitutes(uses, top) if isinstance(encoder, ProposesSubstitutes) else None
        )
        views.append(View(info, layers=layers, substitutes=substitutes))
    return Neighborhood(uses[0].word, tuple(uses), tuple(views), reference, top, correct)


def _types(
    encoder: Encoder, uses: Sequence[Occurrence], search: Callable[..., tuple[Neighbor, ...]]
) -> Iterator[TypeNeighbors]:
    """The nearest of the vocabulary, once for each word of it that a use is looked up as."""
    embeddings = encoder.encode(uses)
    met: set[str] = set()
    for i, (use, receipt) in enumerate(zip(uses, embeddings.receipts, strict=True)):
        listed = (token for token in receipt.tokens if token in spellings(use.form))
        word = next(listed, use.form)  # sub-words of a form that is not listed are no words
        if word in met:
            continue
        met.add(word)
        if use.id in embeddings.missing:
            yield TypeNeighbors(word, undefined=embeddings.missing[use.id])
        else:
            words = search(embeddings.vectors[0, i], exclude={word})
            yield TypeNeighbors(word, words, None if words else NO_DIRECTION)
