"""The uses of words that an encoder puts nearest to a use, by cosine, one of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embcmp.background import Correction, spaces
from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder
from embcmp.measures.labels import Floats, Index
from embcmp.measures.similarity import decimals_for, unit
from embcmp.questions.neighbors.reference import Reference, folded
from embcmp.types import Layer, Occurrence, Progress, Receipt

NO_DIRECTION = "its vector is zero and has no direction"


@dataclass(frozen=True, slots=True)
class Near:
    """Another use of a word.

    Attributes:
        use: the word in its sentence.
        cosine: of its vector and that of the use that was asked for.
        of_input: it is one of the input's uses, else one of the reference.
    """

    use: Occurrence
    cosine: float
    of_input: bool


@dataclass(frozen=True, slots=True)
class UseNeighbors:
    """The uses nearest to one use of the word, the nearest first.

    Attributes:
        other_words: of other words, in the reference.
        same_word: of the word itself and its inflections, in the input and in the reference.
        mean: the cosine with the uses of other words in the reference, on average; None if there
            is none.
        among: how many those are.
        undefined: why the use has no neighbors.
    """

    other_words: tuple[Near, ...] = ()
    same_word: tuple[Near, ...] = ()
    mean: float | None = None
    among: int = 0
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class LayerNeighbors:
    """One layer: the neighbors of each use.

    Attributes:
        name: of the encoder at this layer.
        layer: its label, None where the family has no layers.
        uses: one per use, in order.
        receipts: what the encoder used for each.
    """

    name: str
    layer: Layer
    uses: tuple[UseNeighbors, ...]
    receipts: tuple[Receipt, ...]


def nearest_uses(
    encoder: Encoder,
    uses: Sequence[Occurrence],
    others: Sequence[Occurrence],
    reference: Reference,
    *,
    top: int,
    correct: str = "none",
    progress: Progress | None = None,
) -> tuple[LayerNeighbors, ...]:
    """Search the input and a reference for what is near to each use, layer by layer.

    Of a sentence only the nearest use counts, or one sentence would fill the list; a use's own
    sentence does not count at all. Sentences are the same whatever their case and white space.
    Cosines are rounded to 6 decimals (3 for bfloat16); of equal ones the input's come first, then
    the text decides.

    Args:
        encoder: of words in context.
        uses: what to be near to.
        others: further uses of the same word.
        reference: where uses of other words are.
        top: how many neighbors at most in each list.
        correct: the correction of the space.
        progress: called with how many sentences of the reference are done.
    """
    every = (*uses, *others)
    decimals = decimals_for(encoder.info.dtype)
    embeddings = encoder.encode(every)
    corrections: list[Correction | None] = [None for _ in encoder.info.layers]
    if correct != "none":
        corrections = [space.correction for space in spaces(encoder, correct)]
    asked = _directions(embeddings.vectors, corrections)
    lists = [[_Lists(top) for _ in uses] for _ in asked]

    keys = [folded(use.sentence) for use in every]
    numbers = {key: i for i, key in enumerate(keys)}
    sentences = np.array([numbers[key] for key in keys])
    own_sentence = sentences[: len(uses), None] == sentences
    same_word = np.ones(len(every), dtype=np.bool_)
    for of_layer, x in zip(lists, asked, strict=True):
        cosines = np.where(own_sentence, np.nan, _cosines(x[: len(uses)], x, decimals))
        for of_use, row in zip(of_layer, cosines, strict=True):
            of_use.add(row, every, sentences, same_word, of_input=True)

    for passage in reference.passages(uses[0].word):
        places = {folded(reference.sentences[i]): i for i in passage.numbers}
        hidden = np.stack([passage.sentences == places.get(key, -1) for key in keys[: len(uses)]])
        hidden |= passage.same_word & np.isin(passage.sentences, [places.get(k, -1) for k in keys])
        directions = _directions(reference.vectors(encoder, passage), corrections)
        for of_layer, x, y in zip(lists, asked, directions, strict=True):
            cosines = np.where(hidden, np.nan, _cosines(x[: len(uses)], y, decimals))
            for of_use, row in zip(of_layer, cosines, strict=True):
                of_use.add(row, passage.uses, passage.sentences, passage.same_word)
        if progress:
            progress(passage.numbers.stop, len(reference.sentences))
    return tuple(
        LayerNeighbors(
            parse_spec(encoder.info.spec).name(layer),
            layer,
            tuple(
                _outcome(uses[q], asked[k][q], lists[k][q], embeddings.missing)
                for q in range(len(uses))
            ),
            embeddings.receipts[: len(uses)],
        )
        for k, layer in enumerate(encoder.info.layers)
    )


def first_of_each(cosines: Floats, sentences: Index, count: int) -> Iterator[int]:
    """Yield the places of the highest cosines, one of a sentence; NaN is passed over."""
    met: set[int] = set()
    for i in np.argsort(-cosines, kind="stable").tolist():
        if len(met) == count or np.isnan(cosines[i]):
            return
        if sentences[i] not in met:
            met.add(int(sentences[i]))
            yield i


@dataclass
class _Lists:
    """The neighbors of one use that were met so far."""

    top: int
    other_words: list[Near] = field(default_factory=list)
    same_word: list[Near] = field(default_factory=list)
    total: float = 0.0
    among: int = 0

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
        self.among += int(np.count_nonzero(~np.isnan(others)))
        for nearest, values in ((self.other_words, others), (self.same_word, same)):
            nearest += [
                Near(uses[i], float(cosines[i]), of_input)
                for i in first_of_each(values, sentences, self.top)
            ]
            nearest.sort(key=lambda near: -near.cosine)
            del nearest[self.top :]


def _directions(
    vectors: NDArray[np.float32], corrections: Sequence[Correction | None]
) -> list[Floats]:
    """Vectors [layers, n, dim] as unit vectors [n, dim] of each layer, corrected."""
    return [
        unit(x if correction is None else correction.apply(x))
        for x, correction in zip(vectors, corrections, strict=True)
    ]


def _cosines(a: Floats, b: Floats, decimals: int) -> Floats:
    """Unit vectors [n, dim], [m, dim] -> [n, m], rounded; NaN where either is missing."""
    cosines: Floats = np.clip(a @ b.T, -1, 1).round(decimals)
    return cosines


def _outcome(use: Occurrence, x: Floats, found: _Lists, missing: Mapping[str, str]) -> UseNeighbors:
    if np.isnan(x).any():
        return UseNeighbors(undefined=missing.get(use.id, NO_DIRECTION))
    mean = found.total / found.among if found.among else None
    return UseNeighbors(tuple(found.other_words), tuple(found.same_word), mean, found.among)
