"""Which words and values set a group of uses apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embcmp.measures.labels import Index
from embcmp.text.words import content_words
from embcmp.types import Occurrence

FEWEST = 2  # uses in a group that have a keyword
_KEYWORDS, _VALUES = 8, 3  # that are listed for a group
_FEWEST_WITH_VALUE = 3  # uses in the group
_CONTRAST = 0.4  # by which the share of a value in the group exceeds that elsewhere


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is more frequent in a group than elsewhere.

    Attributes:
        column: `form`, `file`, `group`, or the name of a column of the input.
        value: the value.
        inside: the number of uses in the group that have it.
        outside: the number of other uses that have it.
    """

    column: str
    value: str
    inside: int
    outside: int


def keywords(contexts: Sequence[Iterable[str]], groups: Index, most: int) -> list[list[str]]:
    """List the terms that are more frequent in each group than in the others.

    The terms are ordered by the log-odds ratio over its standard error, with the frequencies in all
    groups as an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, equations 15 to 22).
    That describes the groups and tests nothing: they were made from the same contexts.

    Args:
        contexts: the terms of each of the n uses; a term counts once a use.
        groups: [n], the group of each use, from 0.
        most: the most terms to list for a group.

    Returns:
        The terms of each group, the most distinctive first; only those with a log-odds above 0
        that occur in FEWEST uses of the group or more.
    """
    k = int(groups.max()) + 1
    by_group = [Counter[str]() for _ in range(k)]
    for context, group in zip(contexts, groups.tolist(), strict=True):
        by_group[group].update(set(context))
    terms = sorted(set().union(*by_group))
    if len(terms) < 2:
        return [[] for _ in by_group]
    counts = np.array([[of_group[term] for term in terms] for of_group in by_group], dtype=float)
    prior = counts.sum(axis=0)
    others, size = prior - counts, prior.sum()
    inside, outside = counts + prior, others + prior
    odds = np.log(inside / (counts.sum(axis=1, keepdims=True) + size - inside))
    odds -= np.log(outside / (others.sum(axis=1, keepdims=True) + size - outside))
    z = odds / np.sqrt(1 / inside + 1 / outside)
    z[counts < FEWEST] = 0
    orders = np.argsort(-z, axis=1, kind="stable")[:, :most]
    return [[terms[i] for i in order if row[i] > 0] for row, order in zip(z, orders, strict=True)]


def typical_values(
    values: Sequence[Collection[tuple[str, str]]], groups: Index
) -> list[list[Value]]:
    """List the values that are more frequent in each group than elsewhere.

    Args:
        values: the columns and values of each of the n uses.
        groups: [n], the group of each use, from 0; there are two groups or more.
    """
    every = sorted(set().union(*values))
    has = np.array([[value in of_use for value in every] for of_use in values])
    lists = []
    for group in range(int(groups.max()) + 1):
        inside, outside = has[groups == group], has[groups != group]
        contrast = inside.mean(axis=0) - outside.mean(axis=0)
        listed = [
            Value(column, value, int(inside[:, i].sum()), int(outside[:, i].sum()))
            for i, (column, value) in ((i, every[i]) for i in np.argsort(-contrast, kind="stable"))
            if contrast[i] >= _CONTRAST
        ]
        lists.append([value for value in listed if value.inside >= _FEWEST_WITH_VALUE][:_VALUES])
    return lists


def describe(
    uses: Sequence[Occurrence], codes: Index, lang: str
) -> list[tuple[list[str], list[Value]]]:
    """Describe groups by the words around their uses, and by forms, files and columns.

    Args:
        uses: the n uses.
        codes: [n], the group of each use, from 0.
        lang: the code of the language, whose function words are no keywords.

    Returns:
        The keywords and the typical values of each group, the most distinctive first.
    """
    contexts = [content_words(o.sentence, o.start, o.end, lang) for o in uses]
    values = typical_values([set(_values(use)) for use in uses], codes)
    return list(zip(keywords(contexts, codes, _KEYWORDS), values, strict=True))


def _values(use: Occurrence) -> Iterator[tuple[str, str]]:
    yield "form", use.form
    yield "file", (use.source or "").rpartition(":")[0]
    if use.group is not None:
        yield "group", use.group
    yield from use.columns.items()
