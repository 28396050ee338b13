"""Which occurrences a measure may use: labelled, with a vector, and in which sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Metric, Occurrence

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Senses = Sequence[str | None]

NOTHING = "fewer than two labelled occurrences with a vector"
ONE_SENSE = "one sense has no separation"
ALL_SINGLE = "no sense has two occurrences with a vector"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labelled occurrences that have a vector.

    Attributes:
        rows: [m], their places among all n occurrences.
        codes: [m], the place of each one's sense in `senses`.
        senses: [k], the senses that are there, sorted.
    """

    rows: Index
    codes: Index
    senses: tuple[str, ...]

    @property
    def counts(self) -> Index:
        """[k], occurrences a sense."""
        return np.bincount(self.codes, minlength=len(self.senses))

    @property
    def undefined(self) -> str | None:
        """Why the senses cannot be told apart, or None."""
        if len(self.rows) < 2:
            return NOTHING
        if len(self.senses) < 2:
            return ONE_SENSE
        return ALL_SINGLE if self.counts.max() < 2 else None


def labels(senses: Senses, present: NDArray[np.bool_]) -> Labels:
    """Code the senses of the occurrences that have both a label and a vector.

    Args:
        senses: [n], None where an occurrence has no label.
        present: [n], whether it has a vector.
    """
    rows = np.array(
        [i for i, sense in enumerate(senses) if sense is not None and present[i]], dtype=np.intp
    )
    used = [str(senses[i]) for i in rows]
    names = tuple(sorted(set(used)))
    place = {name: code for code, name in enumerate(names)}
    return Labels(rows, np.array([place[name] for name in used], dtype=np.intp), names)


def present(array: Floats | NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows [n, any] hold something else than NaN: of vectors or of a similarity matrix."""
    return np.asarray(~np.isnan(array).all(axis=1))


def undefined(reason: str) -> Metric:
    """A measure that has no value, and why."""
    return Metric(None, undefined=reason)


def canonical_order(occurrences: Sequence[Occurrence]) -> Index:
    """The order in which every seeded function wants its rows, whatever order the input has.

    Returns:
        [n], places in `occurrences` sorted by (sentence, start, end); rows equal in those by
        their sense, and after that they are interchangeable.
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
    """Number the sentences; those equal but for case and white space are one.

    Returns:
        [n], the place of each occurrence's sentence among the different ones, sorted.
    """
    folded = [" ".join(o.sentence.casefold().split()) for o in occurrences]
    place = {sentence: i for i, sentence in enumerate(sorted(set(folded)))}
    return np.array([place[sentence] for sentence in folded], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Units:
    """The sentences that are resampled or left out, each in one stratum.

    Attributes:
        of: [m], the unit of each occurrence.
        stratum: [u], the sense code of each unit.
    """

    of: Index
    stratum: Index

    def sizes(self, k: int) -> Index:
        """[k], sentences a stratum."""
        return np.bincount(self.stratum, minlength=k)


def units(codes: Index, sentences: Index) -> Units:
    """Group occurrences into sentences, and sentences into strata, one a sense.

    A sentence that holds several senses stays whole. It counts for the rarest of them (by
    sentences that hold it, then by code), where it is missed most.

    Args:
        codes: [m], sense codes.
        sentences: [m], as `sentence_ids` gives them.
    """
    _, of = np.unique(sentences, return_inverse=True)
    holds = np.zeros((of.max(initial=-1) + 1, codes.max(initial=-1) + 1), dtype=bool)
    holds[of, codes] = True
    rarity = np.where(holds, holds.sum(axis=0), len(of) + 1)
    return Units(of, rarity.argmin(axis=1) if holds.size else np.empty(0, dtype=np.intp))
