"""Which rows train and which test, when a data set has no training rows of its own.

A fold never holds rows of which others train it: for items a sentence stays whole, for pairs all
that is connected by a common word.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from embcmp.measures.labels import Index

ITEM_FOLDS, PAIR_FOLDS = 5, 10


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows that train and rows that are scored, as places in one list."""

    train: Index
    test: Index


def item_folds(
    senses: Sequence[str], sentences: Sequence[Hashable], seed: int, folds: int = ITEM_FOLDS
) -> list[Fold]:
    """Folds of the items of one word: sentences dealt out sense by sense.

    Args:
        senses: [n], of each item.
        sentences: [n]; items of one sentence go to the fold of the first of them.
        seed: of the order in which sentences are dealt out.
        folds: how many; some may have no rows.
    """
    rng = np.random.default_rng(seed)
    by_sense: dict[str, list[Hashable]] = {}
    for sense, sentence in dict.fromkeys(zip(senses, sentences, strict=True)):
        by_sense.setdefault(sense, []).append(sentence)
    dealt: dict[Hashable, int] = {}
    for sense in sorted(by_sense):
        waiting = [s for s in sorted(by_sense[sense], key=str) if s not in dealt]
        for k in rng.permutation(len(waiting)):
            dealt[waiting[k]] = len(dealt) % folds
    return _folds(np.array([dealt[s] for s in sentences], dtype=np.intp), folds)


def pair_folds(components: Index, seed: int, folds: int = PAIR_FOLDS) -> list[Fold]:
    """Folds of pairs: components in a drawn order, each to the fold with the fewest rows.

    Args:
        components: [n], as `components` numbers them.
        seed: of the order.
        folds: how many; some may have no rows.
    """
    sizes = np.bincount(components)
    filled = np.zeros(folds, dtype=np.intp)
    of = np.empty(len(sizes), dtype=np.intp)
    for component in np.random.default_rng(seed).permutation(len(sizes)):
        of[component] = filled.argmin()
        filled[of[component]] += sizes[component]
    return _folds(of[components], folds)


def _folds(of: Index, folds: int) -> list[Fold]:
    return [Fold(np.flatnonzero(of != k), np.flatnonzero(of == k)) for k in range(folds)]


def components(pairs: Iterable[tuple[str, str]]) -> Index:
    """Number the connected components of words, each pair being an edge.

    Returns:
        [n], the component of each pair; components are sorted by their first word.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = list(pairs)
    place = {word: i for i, word in enumerate(sorted({word for edge in edges for word in edge}))}
    first, second = np.array([[place[word] for word in edge] for edge in edges]).T
    graph = coo_array((np.ones(len(edges)), (first, second)), shape=(len(place), len(place)))
    component = connected_components(graph, directed=False)[1]
    _, smallest, number = np.unique(component, return_index=True, return_inverse=True)
    found: Index = smallest.argsort().argsort()[number][first]
    return found
