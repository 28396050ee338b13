"""Samples of labeled uses of a word: what every measure of senses works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embcmp.measures.use_groups import Grouping
from embcmp.types import Metric

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32] | Floats
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Senses = Sequence[str | None]

NOTHING = "fewer than two labeled uses with a vector"
ONE_SENSE = "all labeled uses with a vector have one sense"
ONE_SENTENCE = "all labeled uses with a vector are in one sentence"
ALL_SINGLE = "no sense has two uses with a vector"
ALL_TOGETHER = "no sense has uses with a vector in two sentences"

MIN_UNITS = 5  # units a sense that intervals and tests need


@dataclass(frozen=True)
class Labels:
    """The labeled uses of a word that have a vector.

    No measure compares two uses in one sentence. Intervals and tests leave out whole units: a unit
    is a group of uses that are not independent of each other, which is a sentence or what the input
    calls a unit (a document, a scene).

    Attributes:
        rows: [m], the positions of these uses among all n uses.
        codes: [m], the position of each use's sense in `senses`.
        senses: [k], the senses that occur, sorted.
        sentences: [m], the number of each use's sentence, from 0.
        units: [m], the number of each use's unit, from 0 to u - 1.
        weights: [m], how much each use counts; below 1 for copies of a sentence.
    """

    rows: Index
    codes: Index
    senses: tuple[str, ...]
    sentences: Index
    units: Index
    weights: Floats

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
        if not self.sentences.any():
            return ONE_SENTENCE
        if self.counts.max() < 2:
            return ALL_SINGLE
        return None if self._sentence_counts.max() > 1 else ALL_TOGETHER

    @cached_property
    def _sentence_counts(self) -> Index:
        """[k], the number of sentences that contain each sense."""
        return np.bincount(
            np.unique(np.stack([self.codes, self.sentences]), axis=1)[0], minlength=len(self.senses)
        )

    @cached_property
    def unit_counts(self) -> Index:
        """[k], the number of units that contain each sense."""
        contains = np.zeros((self.units.max(initial=-1) + 1, len(self.senses)), dtype=bool)
        contains[self.units, self.codes] = True
        return np.asarray(contains.sum(axis=0))

    @cached_property
    def strata(self) -> Index:
        """[u], the stratum of each unit: the code of its sense, or 0 if a unit has two senses.

        Where no unit has two senses, the number of units of each sense is taken as fixed, so the
        senses are the strata. Otherwise all units are drawn from one stratum.
        """
        number = self.units.max(initial=-1) + 1
        strata = np.zeros(number, dtype=np.intp)
        if self.unit_counts.sum() == number:
            strata[self.units] = self.codes
        return strata

    @cached_property
    def sizes(self) -> Index:
        """[strata], the number of units in each stratum."""
        return np.bincount(self.strata)

    @property
    def df(self) -> int:
        """The degrees of freedom of an estimated variance: units minus strata."""
        return len(self.strata) - len(self.sizes)

    def too_few(self, least: int, what: str) -> str | None:
        """Why a sense has fewer units than `what` needs, or None if no sense has."""
        if not len(self.senses):
            return "no vectors"
        size = self.unit_counts.min()
        if size >= least:
            return None
        if len(self.strata) == 1 < len(self.rows):
            return f"{what} needs {least} units a sense: all labeled uses are in one unit"
        one_sentence_each = len(np.unique(self.sentences)) == len(self.strata)
        units = "sentences" if one_sentence_each else "units"
        if len(self.senses) == 1:
            return f"{what} needs {least} {units}: there are {size}"
        sense = self.senses[self.unit_counts.argmin()]
        return f"{what} needs {least} {units} a sense: {sense!r} has {size}"


@dataclass(frozen=True)
class Sample(Labels):
    """The labeled uses of a word that have a vector, with their similarities.

    Attributes:
        similarity: [m, m], the cosine of each pair of uses, without NaN.
    """

    similarity: Floats

    @cached_property
    def comparable(self) -> Flags:
        """[m, m], whether two uses are in different sentences, so that they form a pair."""
        return np.asarray(self.sentences[:, None] != self.sentences)

    def without_rare(self, least: int = MIN_UNITS) -> Sample:
        """Leave out the senses with fewer than `least` units: nothing is inferred about these."""
        frequent = self.unit_counts[self.codes] >= least
        return self if frequent.all() else self.only(np.flatnonzero(frequent))

    def only(self, chosen: Index) -> Sample:
        """The uses at these positions."""
        senses, codes = np.unique(self.codes[chosen], return_inverse=True)
        return Sample(
            self.rows[chosen],
            codes,
            tuple(self.senses[s] for s in senses),
            np.unique(self.sentences[chosen], return_inverse=True)[1],
            np.unique(self.units[chosen], return_inverse=True)[1],
            self.weights[chosen],
            self.similarity[np.ix_(chosen, chosen)],
        )


def labels(senses: Senses | Grouping, present: Flags, sentences: Index | None = None) -> Labels:
    """Select the uses that have both a label and a vector, and number their senses.

    Args:
        senses: [n], the label of each use, None if it has none; or how the uses are grouped.
        present: [n], whether the use has a vector.
        sentences: [n], sentence numbers from `sentence_ids`; by default every use has a sentence
            of its own. Not with a Grouping, which has them.
    """
    all_uses = senses if isinstance(senses, Grouping) else Grouping.separate(senses, sentences)
    rows = np.array(
        [i for i, sense in enumerate(all_uses.senses) if sense is not None and present[i]],
        dtype=np.intp,
    )
    used = [str(all_uses.senses[i]) for i in rows]
    names = tuple(sorted(set(used)))
    code_of = {name: code for code, name in enumerate(names)}
    return Labels(
        rows,
        np.array([code_of[name] for name in used], dtype=np.intp),
        names,
        np.unique(all_uses.sentences[rows], return_inverse=True)[1],
        np.unique(all_uses.units[rows], return_inverse=True)[1],
        all_uses.weights[rows],
    )


def sample(similarity: Floats, senses: Senses | Grouping, sentences: Index | None = None) -> Sample:
    """Select the uses that have both a label and a vector from all uses of a word.

    Args:
        similarity: [n, n], from `cosine_matrix`, NaN where undefined. Measures that break ties or
            draw at random need its rows in `canonical_order`.
        senses: [n], the label of each use, None if it has none; or how the uses are grouped.
        sentences: [n], sentence numbers from `sentence_ids`; by default every use has a sentence
            of its own.
    """
    return samples([similarity], senses, sentences)[0]


def samples(
    similarities: Sequence[Floats], senses: Senses | Grouping, sentences: Index | None = None
) -> list[Sample]:
    """As `sample`, for several encoders or layers: the uses that have a vector in all of them."""
    present_in_all = np.all([has_vector(s) for s in similarities], axis=0)
    used = labels(senses, present_in_all, sentences)
    pick = np.ix_(used.rows, used.rows)
    parts = {field.name: getattr(used, field.name) for field in fields(Labels)}
    return [Sample(**parts, similarity=s[pick]) for s in similarities]


def has_vector(array: Vectors) -> NDArray[np.bool_]:
    """[n], which rows of vectors [n, dim], or of similarities [n, n], are not all NaN."""
    return np.asarray(~np.isnan(array).all(axis=1))


def undefined(reason: str) -> Metric:
    """Make a metric without a value, which says why it has none."""
    return Metric(None, undefined=reason)
