"""The uses of a word that are compared: which ones, in which order, and what to know about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import InputError, UsageError
from embcmp.measures.labels import Index, Sample
from embcmp.measures.labels import sample as labeled_sample
from embcmp.measures.use_groups import Grouping, canonical_order
from embcmp.types import Occurrence


@dataclass(frozen=True)
class Uses:
    """The uses of a word in canonical order, in which all seeded functions take them.

    Attributes:
        occurrences: the n uses.
        order: [n], the index of each use in the input.
        grouping: the senses, sentences and units of the n uses.
    """

    occurrences: tuple[Occurrence, ...]
    order: Index
    grouping: Grouping

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> Uses:
        """Put occurrences in canonical order."""
        order = canonical_order(occurrences)
        ordered = tuple(occurrences[i] for i in order)
        return cls(ordered, order, Grouping.of(ordered))

    @property
    def senses(self) -> tuple[str | None, ...]:
        """The sense of each of the n uses, None without a label."""
        return self.grouping.senses

    @property
    def labeled(self) -> bool:
        """Whether any use has a sense."""
        return any(sense is not None for sense in self.senses)

    def sample(self, similarity: NDArray[np.float64]) -> Sample:
        """Return the labeled uses that have a vector, given the similarity [n, n] of all uses."""
        return labeled_sample(similarity, self.grouping)

    def in_order(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a matrix [n, n], which is in the order of the input, in the order of the uses."""
        return matrix[np.ix_(self.order, self.order)]

    def as_given(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a matrix [n, n] in the order of the input."""
        place = np.argsort(self.order)
        return matrix[np.ix_(place, place)]


def check(occurrences: Sequence[Occurrence]) -> None:
    """Check that occurrences can be compared.

    Raises:
        InputError: there is none.
        UsageError: they are of several words, have offsets outside their sentence, or share an id.
    """
    if not occurrences:
        raise InputError("there is no occurrence to compare", "check the word and the sentences")
    words = sorted({o.word for o in occurrences})
    if len(words) > 1:
        raise UsageError(
            f"occurrences of several words: {', '.join(words[:5])}", "compare one word"
        )
    for o in occurrences:
        if not 0 <= o.start < o.end <= len(o.sentence):
            raise UsageError(
                f"occurrence {o.id}: offsets {o.start}-{o.end} lie outside its sentence"
            )
    if len({o.id for o in occurrences}) < len(occurrences):
        raise UsageError("two occurrences have the same id", "give each one its own id")


def agreed_senses(occurrences: Sequence[Occurrence], originals: Index) -> list[str | None]:
    """[n], the label that the copies of each use have, None if they have different ones.

    Args:
        occurrences: the n uses.
        originals: [n], from `first_copies`.
    """
    labels: dict[int, set[str]] = {}
    for original, o in zip(originals.tolist(), occurrences, strict=True):
        labels.setdefault(original, set()).update(() if o.sense is None else (o.sense,))
    given = (labels[original] for original in originals.tolist())
    return [next(iter(senses)) if len(senses) == 1 else None for senses in given]


def sample_note(taken: int, available: int, seed: int, uses: str = "uses") -> Iterator[str]:
    """Say that some uses are a sample of those that there are; nothing if all are taken."""
    if taken < available:
        yield f"{taken} of {available} {uses} are taken, a sample drawn with seed {seed}"


def warnings(available: int, uses: Uses, seed: int) -> Iterator[str]:
    """Yield the warnings about the uses.

    Args:
        available: number of uses of which these may be a sample.
        uses: the uses that are compared.
        seed: the seed of the sample.
    """
    yield from sample_note(len(uses.order), available, seed)
    for sense, count in Counter(uses.senses).items():
        if sense is not None and count == 1 and len(set(uses.senses) - {None}) > 1:
            yield (
                f"sense {sense!r} has only one use, which counts as a miss in nearest_neighbor and"
                " centroid; the sense has no AUC of its own in auc_macro"
            )
    alike = Counter(
        number
        for number, weight in zip(
            uses.grouping.sentences.tolist(), uses.grouping.weights.tolist(), strict=True
        )
        if weight < 1
    )
    for number, times in alike.items():
        o = uses.occurrences[uses.grouping.sentences.tolist().index(number)]
        yield (
            f"{times} uses are in sentences that differ in case or white space alone, and share one"
            f" weight: {o.sentence!r}"
        )
