"""The labelled uses that a measure works on, and in which sentences they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embcmp.types import Metric, Occurrence

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32] | Floats
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Senses = Sequence[str | None]

NOTHING = "fewer than two labelled occurrences with a vector"
ONE_SENSE = "one sense has no separation"
ALL_SINGLE = "no sense has two occurrences with a vector"


@dataclass(frozen=True)
class Labels:
    """The labelled uses of a word that have a vector.

    Their sentences are what is resampled or left out, each in one stratum.

    Attributes:
        rows: [m], their places among all n uses.
        codes: [m], the place of each one's sense in `senses`.
        senses: [k], the senses that are there, sorted.
        sentences: [m], the sentence of each, numbered from 0 to u - 1.
    """

    rows: Index
    codes: Index
    senses: tuple[str, ...]
    sentences: Index

    @property
    def counts(self) -> Index:
        """[k], uses a sense."""
        return np.bincount(self.codes, minlength=len(self.senses))

    @property
    def undefined(self) -> str | None:
        """Why the senses cannot be told apart, or None."""
        if len(self.rows) < 2:
            return NOTHING
        if len(self.senses) < 2:
            return ONE_SENSE
        return ALL_SINGLE if self.counts.max() < 2 else None

    @cached_property
    def strata(self) -> Index:
        """[u], the stratum of each sentence: the code of its sense.

        A sentence that holds several senses stays whole. It counts for the rarest of them (by
        sentences that hold it, then by code), where it is missed most.
        """
        holds = np.zeros((self.sentences.max(initial=-1) + 1, len(self.senses)), dtype=bool)
        holds[self.sentences, self.codes] = True
        rarity = np.where(holds, holds.sum(axis=0), len(self.rows) + 1)
        return rarity.argmin(axis=1) if holds.size else np.empty(0, dtype=np.intp)

    @property
    def sizes(self) -> Index:
        """[k], sentences a stratum."""
        return np.bincount(self.strata, minlength=len(self.senses))

    def too_few(self, least: int, what: str) -> str | None:
        """Why there are too few sentences a sense for `what`, or None."""
        if not len(self.senses):
            return "no vectors"
        size = self.sizes.min()
        if size >= least:
            return None
        sense = self.senses[self.sizes.argmin()]
        return f"{what} needs {least} sentences a sense: {sense!r} has {size}"


@dataclass(frozen=True)
class Sample(Labels):
    """The labelled uses of a word that have a vector, and how alike they are.

    Attributes:
        similarity: [m, m] cosines, without NaN.
    """

    similarity: Floats


def labels(senses: Senses, present: NDArray[np.bool_], sentences: Index | None = None) -> Labels:
    """Code the senses of the uses that have both a label and a vector.

    Args:
        senses: [n], None where a use has no label.
        present: [n], whether it has a vector.
        sentences: [n], as `sentence_ids` gives them; by default each use has its own.
    """
    rows = np.array(
        [i for i, sense in enumerate(senses) if sense is not None and present[i]], dtype=np.intp
    )
    used = [str(senses[i]) for i in rows]
    names = tuple(sorted(set(used)))
    place = {name: code for code, name in enumerate(names)}
    codes = np.array([place[name] for name in used], dtype=np.intp)
    own = rows if sentences is None else sentences[rows]
    return Labels(rows, codes, names, np.unique(own, return_inverse=True)[1])


def sample(similarity: Floats, senses: Senses, sentences: Index | None = None) -> Sample:
    """Take the labelled uses that have a vector out of all.

    Args:
        similarity: [n, n], as `cosine_matrix` gives it, NaN where undefined; whoever breaks ties
            or draws at random wants its rows in `canonical_order`.
        senses: [n], None where a use has no label.
        sentences: [n], as `sentence_ids` gives them; by default each use has its own.
    """
    return samples([similarity], senses, sentences)[0]


def samples(
    similarities: Sequence[Floats], senses: Senses, sentences: Index | None = None
) -> list[Sample]:
    """Likewise for several encoders or layers: the uses that have a vector in all of them."""
    present_in_all = np.all([present(s) for s in similarities], axis=0)
    used = labels(senses, present_in_all, sentences)
    pick = np.ix_(used.rows, used.rows)
    return [
        Sample(used.rows, used.codes, used.senses, used.sentences, s[pick]) for s in similarities
    ]


def present(array: Vectors) -> NDArray[np.bool_]:
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
