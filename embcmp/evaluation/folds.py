"""Cross-validation folds, for data without training rows of its own.

Rows that belong together are never split between training and test rows: items of one sentence,
and pairs whose words are connected through other pairs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from embcmp.measures.labels import Index

ITEM_FOLDS, PAIR_FOLDS = 5, 10


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows that train and rows that are scored, as indices."""

    train: Index
    test: Index


def item_folds(
    senses: Sequence[str], sentences: Sequence[Hashable], seed: int, folds: int = ITEM_FOLDS
) -> list[Fold]:
    """Folds of the items of one word. Sentences are dealt out to folds sense by sense.

    Args:
        senses: [n], the sense of each item.
        sentences: [n], the sentence of each item; items of one sentence go to the same fold.
        seed: Seed of the order in which sentences are dealt out.
        folds: Number of folds, some of which may have no rows.
    """
    rng = np.random.default_rng(seed)
    by_sense: dict[str, list[Hashable]] = {}
    for sense, sentence in dict.fromkeys(zip(senses, sentences, strict=True)):
        by_sense.setdefault(sense, []).append(sentence)
    fold_of: dict[Hashable, int] = {}
    for sense in sorted(by_sense):
        unassigned = [s for s in sorted(by_sense[sense], key=str) if s not in fold_of]
        for k in rng.permutation(len(unassigned)):
            fold_of[unassigned[k]] = len(fold_of) % folds
    return _folds(np.array([fold_of[s] for s in sentences], dtype=np.intp), folds)


def pair_folds(components: Index, seed: int, folds: int = PAIR_FOLDS) -> list[Fold]:
    """Folds of pairs. Components go, in random order, to the fold with the fewest pairs.

    Args:
        components: [n], the component of each pair, as returned by `components`.
        seed: Seed of the order.
        folds: Number of folds, some of which may have no rows.
    """
    sizes = np.bincount(components)
    filled = np.zeros(folds, dtype=np.intp)
    fold = np.empty(len(sizes), dtype=np.intp)
    for component in np.random.default_rng(seed).permutation(len(sizes)):
        fold[component] = filled.argmin()
        filled[fold[component]] += sizes[component]
    return _folds(fold[components], folds)


def _folds(fold: Index, folds: int) -> list[Fold]:
    return [Fold(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def components(pairs: Iterable[tuple[str, str]]) -> Index:
    """Number the connected components of words, where each pair connects its two words.

    Returns:
        [n], the component of each pair. Components are in the order of their first words.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = list(pairs)
    place = {word: i for i, word in enumerate(sorted({word for edge in edges for word in edge}))}
    first, second = np.array([[place[word] for word in edge] for edge in edges]).T
    graph = coo_array((np.ones(len(edges)), (first, second)), shape=(len(place), len(place)))
    component = connected_components(graph, directed=False)[1]
    _, smallest, number = np.unique(component, return_index=True, return_inverse=True)
    components: Index = smallest.argsort().argsort()[number][first]
    return components
