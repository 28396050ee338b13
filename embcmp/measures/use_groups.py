"""How the uses of a word belong together: senses, sentences, units, copies, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Occurrence

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Senses = Sequence[str | None]


@dataclass(frozen=True)
class Grouping:
    """Which uses of a word share a sense, a sentence or a unit; the same for every encoder.

    Attributes:
        senses: [n], the label of each use, None if it has none.
        sentences: [n], sentence numbers from `sentence_ids`.
        units: [n], unit numbers from `unit_ids`.
        weights: [n], how much each use counts, from `copy_weights`.
    """

    senses: tuple[str | None, ...]
    sentences: Index
    units: Index
    weights: Floats

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> Grouping:
        """Number the sentences and units of occurrences."""
        return cls(
            tuple(o.sense for o in occurrences),
            sentence_ids(occurrences),
            unit_ids(occurrences),
            copy_weights(occurrences),
        )

    @classmethod
    def apart(cls, occurrences: Sequence[Occurrence], groups: Index) -> Grouping:
        """Number the sentences and units; no unit and no copy is in two of the groups [n]."""
        units, weights = np.empty(len(groups), dtype=np.intp), np.empty(len(groups))
        first = 0
        for group in np.unique(groups):
            rows = np.flatnonzero(groups == group)
            members = [occurrences[i] for i in rows.tolist()]
            own = unit_ids(members)
            units[rows], weights[rows] = first + own, copy_weights(members)
            first += own.max() + 1
        return replace(cls.of(occurrences), units=units, weights=weights)

    @classmethod
    def separate(cls, senses: Senses, sentences: Index | None = None) -> Grouping:
        """Every use, or every sentence of these numbers [n], is a unit of its own."""
        numbers = np.arange(len(senses)) if sentences is None else sentences
        return cls(tuple(senses), numbers, numbers, np.ones(len(senses)))

    @property
    def unlabeled(self) -> Grouping:
        """The same uses, all with one label."""
        return replace(self, senses=("unlabeled",) * len(self.senses))


def canonical_order(occurrences: Sequence[Occurrence]) -> Index:
    """The order that seeded functions need, so that results do not depend on the input's order.

    Returns:
        [n], positions in `occurrences`, sorted by (sentence, start, end, sense). Uses that are
        equal in all four are interchangeable.
    """
    return np.array(
        sorted(
            range(len(occurrences)),
            key=lambda i: (
                occurrences[i].sentence,
                occurrences[i].start,
                occurrences[i].end,
                occurrences[i].sense or "",
            ),
        ),
        dtype=np.intp,
    )


def sentence_ids(occurrences: Sequence[Occurrence]) -> Index:
    """Number the sentences; sentences that differ only in case and white space are one.

    Returns:
        [n], the position of each occurrence's sentence among the different sentences, sorted.
    """
    return np.unique(_folded_sentences(occurrences), return_inverse=True)[1].astype(np.intp)


def unit_ids(occurrences: Sequence[Occurrence]) -> Index:
    """Number the units: what the occurrence names as its unit, or else its sentence.

    Units that share a sentence are one unit, since copies of a sentence are not independent.

    Returns:
        [n], the number of each occurrence's unit, from 0.
    """
    sentences = sentence_ids(occurrences)
    if all(o.unit is None for o in occurrences):
        return sentences
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    keys = [f"sentence {s}" if o.unit is None else f"unit {o.unit}"
            for s, o in zip(sentences.tolist(), occurrences, strict=True)]  # fmt: skip
    units = np.unique(keys, return_inverse=True)[1]
    first = units.max() + 1  # sentences are nodes after the units
    size = first + sentences.max() + 1
    links = coo_array((np.ones(len(units)), (units, first + sentences)), shape=(size, size))
    components = connected_components(links, directed=False)[1][units]
    return np.unique(components, return_inverse=True)[1].astype(np.intp)


def copy_weights(occurrences: Sequence[Occurrence]) -> Floats:
    """[n], 1 divided by the number of copies of each use, so that copies count as one use."""
    originals = first_copies(occurrences)
    return 1 / np.bincount(originals)[originals]


def first_copies(occurrences: Sequence[Occurrence]) -> Index:
    """[n], the position of the first copy of each use, which is its own if it has no copy.

    Copies are uses at the same place of sentences that differ only in case and white space.
    """
    places = [
        (sentence, len(o.sentence[: o.start].split()))
        for sentence, o in zip(_folded_sentences(occurrences), occurrences, strict=True)
    ]
    first: dict[tuple[str, int], int] = {}
    return np.array([first.setdefault(p, i) for i, p in enumerate(places)], dtype=np.intp)


def _folded_sentences(occurrences: Sequence[Occurrence]) -> list[str]:
    return [" ".join(o.sentence.casefold().split()) for o in occurrences]
