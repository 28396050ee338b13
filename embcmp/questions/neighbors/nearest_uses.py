"""The uses of words that an encoder puts nearest to a use, by cosine, one of a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embcmp.background import Correction, spaces
from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder
from embcmp.measures.similarity import decimals_for, unit
from embcmp.questions.neighbors.reference import Passage, Reference, folded
from embcmp.types import Layer, Occurrence, Progress, Receipt

NO_DIRECTION = "its vector is zero and has no direction"

Floats = NDArray[np.float64]
Direction = Callable[[NDArray[np.float32]], Floats]  # [n, dim] -> unit vectors [n, dim]


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
    """

    other_words: tuple[Near, ...]
    same_word: tuple[Near, ...]
    mean: float | None
    among: int


@dataclass(frozen=True, slots=True)
class LayerNeighbors:
    """One layer: the neighbors of each use, or why it has none.

    Attributes:
        name: of the encoder at this layer.
        layer: its label, None where the family has no layers.
        uses: one per use, in order.
        receipts: what the encoder used for each.
    """

    name: str
    layer: Layer
    uses: tuple[UseNeighbors | str, ...]
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
    directions = _directions(encoder, correct)
    asked = [direction(embeddings.vectors[k]) for k, direction in enumerate(directions)]
    lists = [[_Lists(top) for _ in uses] for _ in directions]
    for found, x in zip(lists, asked, strict=True):
        _search_input(found, _cosines(x[: len(uses)], x, decimals), every)
    own = [folded(use.sentence) for use in every]
    for passage in reference.passages(uses[0].word):
        vectors = reference.vectors(encoder, passage)
        places = {folded(reference.sentences[i]): i for i in passage.numbers}
        hidden = np.stack([passage.sentences == places.get(key, -1) for key in own[: len(uses)]])
        hidden |= passage.same_word & np.isin(passage.sentences, [places.get(k, -1) for k in own])
        for k, direction in enumerate(directions):
            cosines = _cosines(asked[k][: len(uses)], direction(vectors[k]), decimals)
            for found_of_use, row in zip(lists[k], np.where(hidden, np.nan, cosines), strict=True):
                found_of_use.add(row, passage)
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


def first_of_each(cosines: Floats, sentences: NDArray[np.intp], count: int) -> Iterator[int]:
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

    def add(self, cosines: Floats, passage: Passage) -> None:
        others = np.where(passage.same_word, np.nan, cosines)
        same = np.where(passage.same_word, cosines, np.nan)
        self.total += float(np.nansum(others))
        self.among += int(np.count_nonzero(~np.isnan(others)))
        for kept, values in ((self.other_words, others), (self.same_word, same)):
            self._keep(kept, values, passage.uses, passage.sentences, of_input=False)

    def add_input(
        self, cosines: Floats, uses: Sequence[Occurrence], sentences: NDArray[np.intp]
    ) -> None:
        self._keep(self.same_word, cosines, uses, sentences, of_input=True)

    def _keep(
        self,
        kept: list[Near],
        cosines: Floats,
        uses: Sequence[Occurrence],
        sentences: NDArray[np.intp],
        *,
        of_input: bool,
    ) -> None:
        kept += [
            Near(uses[i], float(cosines[i]), of_input)
            for i in first_of_each(cosines, sentences, self.top)
        ]
        kept.sort(key=lambda near: -near.cosine)
        del kept[self.top :]


def _search_input(lists: Sequence[_Lists], cosines: Floats, every: Sequence[Occurrence]) -> None:
    number: dict[str, int] = {}
    sentences = np.array([number.setdefault(folded(o.sentence), len(number)) for o in every])
    for q, (found, row) in enumerate(zip(lists, cosines, strict=True)):
        found.add_input(np.where(sentences == sentences[q], np.nan, row), every, sentences)


def _directions(encoder: Encoder, correct: str) -> list[Direction]:
    """What turns the vectors of each layer into unit vectors, corrected."""
    if correct == "none":
        return [unit for _ in encoder.info.layers]
    return [partial(_corrected, space.correction) for space in spaces(encoder, correct)]


def _corrected(correction: Correction, vectors: NDArray[np.float32]) -> Floats:
    return unit(correction.apply(vectors))


def _cosines(a: Floats, b: Floats, decimals: int) -> Floats:
    """Unit vectors [n, dim], [m, dim] -> [n, m], rounded; NaN where either is missing."""
    cosines: Floats = np.clip(a @ b.T, -1, 1).round(decimals)
    return cosines


def _outcome(
    use: Occurrence, x: Floats, found: _Lists, missing: Mapping[str, str]
) -> UseNeighbors | str:
    if np.isnan(x).any():
        return missing.get(use.id, NO_DIRECTION)
    mean = found.total / found.among if found.among else None
    return UseNeighbors(tuple(found.other_words), tuple(found.same_word), mean, found.among)
