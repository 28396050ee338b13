"""The uses of words that are nearest to a use by cosine, at most one from each sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background_text import BackgroundText
from embcmp.background.corrections import Correction, spaces
from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder
from embcmp.measures.labels import Floats, Index
from embcmp.measures.similarity import decimals_for, unit
from embcmp.questions.neighbors.reference import Reference, folded
from embcmp.types import Layer, Occurrence, Progress, Receipt

NO_DIRECTION = "its vector is zero and has no direction"


@dataclass(frozen=True, slots=True)
class NearUse:
    """A neighbor of a use: another use, of the same word or of another one.

    Attributes:
        use: the neighbor in its sentence.
        cosine: the cosine of the vectors of both uses.
        of_input: whether the neighbor is from the input and not from the reference.
    """

    use: Occurrence
    cosine: float
    of_input: bool


@dataclass(frozen=True, slots=True)
class UseNeighbors:
    """The neighbors of one use of the target word, the nearest first.

    Attributes:
        other_words: uses of other words in the reference.
        same_word: other uses of the target word and its inflections, in the input and in the
            reference.
        mean_cosine: the mean cosine with all uses of other words in the reference; None if there
            are none.
        candidates: the number of uses of other words in the reference.
        undefined: why the use has no neighbors; None if it has.
    """

    other_words: tuple[NearUse, ...] = ()
    same_word: tuple[NearUse, ...] = ()
    mean_cosine: float | None = None
    candidates: int = 0
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class LayerNeighbors:
    """The neighbors of each use at one layer of an encoder.

    Attributes:
        name: the name of the encoder at this layer.
        layer: the label of the layer; None if the family has no layers.
        by_use: the neighbors of each use, in the order of the uses.
        receipts: what the encoder used for each use.
    """

    name: str
    layer: Layer
    by_use: tuple[UseNeighbors, ...]
    receipts: tuple[Receipt, ...]


def nearest_uses(
    encoder: Encoder,
    uses: Sequence[Occurrence],
    others: Sequence[Occurrence],
    reference: Reference,
    *,
    top: int,
    correct: str = "none",
    background: BackgroundText | None = None,
    progress: Progress | None = None,
) -> tuple[LayerNeighbors, ...]:
    """Search the input and a reference for the neighbors of each use, layer by layer.

    Only the nearest use of a sentence is listed, because one sentence would otherwise fill the
    list; the sentence of the use itself is not searched. Sentences that differ only in case and
    white space count as one. Cosines are rounded to 6 decimals (3 for bfloat16). Of equal cosines
    those from the input come first, then the order of the text decides.

    Args:
        encoder: an encoder of words in context.
        uses: the uses whose neighbors are wanted.
        others: further uses of the same word, which may be neighbors.
        reference: the text to search for uses of other words.
        top: the maximal length of each list.
        correct: the correction of the space: none, center, zscore or abtt.
        background: the background sentences that the correction is fitted on; None for those that
            come with embcmp.
        progress: called with the number of sentences of the reference searched, and of all.
    """
    every = (*uses, *others)
    decimals = decimals_for(encoder.info.dtype)
    embeddings = encoder.encode(every)
    corrections: list[Correction | None] = [None for _ in encoder.info.layers]
    if correct != "none":
        corrections = [space.correction for space in spaces(encoder, correct, background)]
    directions = _directions(embeddings.vectors, corrections)
    nearest = [[_NearestSoFar(top) for _ in uses] for _ in directions]

    keys = [folded(use.sentence) for use in every]
    numbers = {key: i for i, key in enumerate(keys)}
    sentences = np.array([numbers[key] for key in keys])
    same_sentence = sentences[: len(uses), None] == sentences
    same_word = np.ones(len(every), dtype=np.bool_)
    for at_layer, x in zip(nearest, directions, strict=True):
        cosines = np.where(same_sentence, np.nan, _cosines(x[: len(uses)], x, decimals))
        for nearest_to_use, row in zip(at_layer, cosines, strict=True):
            nearest_to_use.add(row, every, sentences, same_word, of_input=True)

    for passage in reference.passages(uses[0].word):
        places = {folded(reference.sentences[i]): i for i in passage.sentence_numbers}
        hidden = np.stack([passage.sentences == places.get(key, -1) for key in keys[: len(uses)]])
        hidden |= passage.same_word & np.isin(passage.sentences, [places.get(k, -1) for k in keys])
        in_passage = _directions(reference.vectors(encoder, passage), corrections)
        for at_layer, x, y in zip(nearest, directions, in_passage, strict=True):
            cosines = np.where(hidden, np.nan, _cosines(x[: len(uses)], y, decimals))
            for nearest_to_use, row in zip(at_layer, cosines, strict=True):
                nearest_to_use.add(row, passage.uses, passage.sentences, passage.same_word)
        if progress:
            progress(passage.sentence_numbers.stop, len(reference.sentences))
    return tuple(
        LayerNeighbors(
            parse_spec(encoder.info.spec).name(layer),
            layer,
            tuple(
                _use_neighbors(use, directions[k][i], nearest[k][i], embeddings.missing)
                for i, use in enumerate(uses)
            ),
            embeddings.receipts[: len(uses)],
        )
        for k, layer in enumerate(encoder.info.layers)
    )


def first_of_each(cosines: Floats, sentences: Index, count: int) -> Iterator[int]:
    """Yield the indices of the highest cosines, one for each sentence; NaN is ignored."""
    listed: set[int] = set()  # numbers of sentences
    for i in np.argsort(-cosines, kind="stable").tolist():
        if len(listed) == count or np.isnan(cosines[i]):
            return
        if sentences[i] not in listed:
            listed.add(int(sentences[i]))
            yield i


@dataclass
class _NearestSoFar:
    """The neighbors of one use in the texts that have been searched so far.

    Attributes:
        top: the maximal length of each list.
        other_words: the nearest uses of other words.
        same_word: the nearest uses of the target word.
        total: the sum of the cosines with all uses of other words.
        candidates: the number of those uses.
    """

    top: int
    other_words: list[NearUse] = field(default_factory=list)
    same_word: list[NearUse] = field(default_factory=list)
    total: float = 0.0
    candidates: int = 0

    def add(
        self,
        cosines: Floats,
        uses: Sequence[Occurrence],
        sentences: Index,
        same_word: NDArray[np.bool_],
        *,
        of_input: bool = False,
    ) -> None:
        others = np.where(same_word, np.nan, cosines)
        same = np.where(same_word, cosines, np.nan)
        self.total += float(np.nansum(others))
        self.candidates += int(np.count_nonzero(~np.isnan(others)))
        for neighbors, values in ((self.other_words, others), (self.same_word, same)):
            neighbors += [
                NearUse(uses[i], float(cosines[i]), of_input)
                for i in first_of_each(values, sentences, self.top)
            ]
            neighbors.sort(key=lambda near: -near.cosine)
            del neighbors[self.top :]


def _directions(
    vectors: NDArray[np.float32], corrections: Sequence[Correction | None]
) -> list[Floats]:
    """Correct vectors [layers, n, dim] and give them unit length: [n, dim] for each layer."""
    return [
        unit(x if correction is None else correction.apply(x))
        for x, correction in zip(vectors, corrections, strict=True)
    ]


def _cosines(a: Floats, b: Floats, decimals: int) -> Floats:
    """The rounded cosines [n, m] of unit vectors [n, dim] and [m, dim]; NaN for missing ones."""
    cosines: Floats = np.clip(a @ b.T, -1, 1).round(decimals)
    return cosines


def _use_neighbors(
    use: Occurrence, direction: Floats, nearest: _NearestSoFar, missing: Mapping[str, str]
) -> UseNeighbors:
    if np.isnan(direction).any():
        return UseNeighbors(undefined=missing.get(use.id, NO_DIRECTION))
    return UseNeighbors(
        other_words=tuple(nearest.other_words),
        same_word=tuple(nearest.same_word),
        mean_cosine=nearest.total / nearest.candidates if nearest.candidates else None,
        candidates=nearest.candidates,
    )
