"""Samples of labeled uses of a word: what every measure of senses works on."""

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

NOTHING = "fewer than two labeled occurrences with a vector"
ONE_SENSE = "one sense has no separation"
ALL_SINGLE = "no sense has two occurrences with a vector"


@dataclass(frozen=True)
class Labels:
    """The labeled uses of a word that have a vector.

    Resampling draws whole sentences, and the jackknife leaves whole sentences out. Each sentence
    belongs to one stratum, which is a sense.

    Attributes:
        rows: [m], the positions of these uses among all n uses.
        codes: [m], the position of each use's sense in `senses`.
        senses: [k], the senses that occur, sorted.
        sentences: [m], the number of each use's sentence, from 0 to u - 1.
    """

    rows: Index
    codes: Index
    senses: tuple[str, ...]
    sentences: Index

    @property
    def counts(self) -> Index:
        """[k], the number of uses of each sense."""
        return np.bincount(self.codes, minlength=len(self.senses))

    @property
    def undefined(self) -> str | None:
        """Why no measure of senses can be computed, or None if it can."""
        if len(self.rows) < 2:
            return NOTHING
        if len(self.senses) < 2:
            return ONE_SENSE
        return ALL_SINGLE if self.counts.max() < 2 else None

    @cached_property
    def strata(self) -> Index:
        """[u], the stratum of each sentence: the code of its sense.

        A sentence with several senses belongs to the one that occurs in the fewest sentences, where
        it makes the largest difference; if two are equally rare, to the one with the lower code.
        """
        contains = np.zeros((self.sentences.max(initial=-1) + 1, len(self.senses)), dtype=bool)
        contains[self.sentences, self.codes] = True
        rarity = np.where(contains, contains.sum(axis=0), len(self.rows) + 1)
        return rarity.argmin(axis=1) if contains.size else np.empty(0, dtype=np.intp)

    @property
    def sizes(self) -> Index:
        """[k], the number of sentences in each stratum."""
        return np.bincount(self.strata, minlength=len(self.senses))

    def too_few(self, least: int, what: str) -> str | None:
        """Why a sense has fewer sentences than `what` needs, or None if no sense has."""
        if not len(self.senses):
            return "no vectors"
        size = self.sizes.min()
        if size >= least:
            return None
        sense = self.senses[self.sizes.argmin()]
        return f"{what} needs {least} sentences a sense: {sense!r} has {size}"


@dataclass(frozen=True)
class Sample(Labels):
    """The labeled uses of a word that have a vector, with their similarities.

    Attributes:
        similarity: [m, m], the cosine of each pair of uses, without NaN.
    """

    similarity: Floats


def labels(senses: Senses, present: Flags, sentences: Index | None = None) -> Labels:
    """Select the uses that have both a label and a vector, and number their senses.

    Args:
        senses: [n], the label of each use, None if it has none.
        present: [n], whether the use has a vector.
        sentences: [n], sentence numbers from `sentence_ids`; by default every use has a sentence
            of its own.
    """
    rows = np.array(
        [i for i, sense in enumerate(senses) if sense is not None and present[i]], dtype=np.intp
    )
    used = [str(senses[i]) for i in rows]
    names = tuple(sorted(set(used)))
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.array([code_of[name] for name in used], dtype=np.intp)
    numbers = rows if sentences is None else sentences[rows]
    return Labels(rows, codes, names, np.unique(numbers, return_inverse=True)[1])


def sample(similarity: Floats, senses: Senses, sentences: Index | None = None) -> Sample:
    """Select the uses that have both a label and a vector from all uses of a word.

    Args:
        similarity: [n, n], from `cosine_matrix`, NaN where undefined. Measures that break ties or
            draw at random need its rows in `canonical_order`.
        senses: [n], the label of each use, None if it has none.
        sentences: [n], sentence numbers from `sentence_ids`; by default every use has a sentence
            of its own.
    """
    return samples([similarity], senses, sentences)[0]


def samples(
    similarities: Sequence[Floats], senses: Senses, sentences: Index | None = None
) -> list[Sample]:
    """As `sample`, for several encoders or layers: the uses that have a vector in all of them."""
    present_in_all = np.all([has_vector(s) for s in similarities], axis=0)
    used = labels(senses, present_in_all, sentences)
    pick = np.ix_(used.rows, used.rows)
    return [
        Sample(used.rows, used.codes, used.senses, used.sentences, s[pick]) for s in similarities
    ]


def has_vector(array: Vectors) -> NDArray[np.bool_]:
    """[n], which rows of vectors [n, dim], or of similarities [n, n], are not all NaN."""
    return np.asarray(~np.isnan(array).all(axis=1))


def undefined(reason: str) -> Metric:
    """Make a metric without a value, which says why it has none."""
    return Metric(None, undefined=reason)


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
    folded = [" ".join(o.sentence.casefold().split()) for o in occurrences]
    number = {sentence: i for i, sentence in enumerate(sorted(set(folded)))}
    return np.array([number[sentence] for sentence in folded], dtype=np.intp)
