"""The scores of pairs: how well cosines follow ratings, or tell T from F."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from embcmp.choices import DRAWS
from embcmp.evaluation.folds import Fold, components, pair_folds
from embcmp.evaluation.item_scores import mean_over_words
from embcmp.evaluation.rows import Pair
from embcmp.measures import ratings
from embcmp.measures.labels import Floats, Index, undefined
from embcmp.measures.over_words import over_groups
from embcmp.measures.weighted import ratio
from embcmp.types import Metric

PAIR_METRICS = ("spearman", "pearson", "auc", "auc_within_word", "accuracy")
OF_RATINGS = PAIR_METRICS[:2]

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PairTask:
    """Pairs to score, with those that train.

    Attributes:
        pairs: the training rows first.
        train: how many of them are training rows; none means ten folds by connected words.
        usable: [n], the rows for which every encoder has a cosine.
        seed: of folds and draws.
        draws: of the bootstrap.
    """

    pairs: Sequence[Pair]
    train: int
    usable: Flags
    seed: int = 0
    draws: int = DRAWS

    @property
    def binary(self) -> bool:
        """Whether gold is T or F."""
        return isinstance(self.pairs[-1].gold, bool)

    @cached_property
    def gold(self) -> Floats:
        """[n]; T is 1, F is 0."""
        return np.array([float(pair.gold) for pair in self.pairs])

    @cached_property
    def tested(self) -> Index:
        """The rows to score."""
        return np.arange(self.train, len(self.pairs))

    @cached_property
    def groups(self) -> Index:
        """[rows to score], the connected component of words of each."""
        return components(self.pairs[i].words for i in self.tested)

    @cached_property
    def folds(self) -> list[Fold]:
        """Each row to score is in the test part of one of them."""
        if self.train:
            return [Fold(np.arange(self.train), self.tested)]
        return pair_folds(self.groups, self.seed)

    @cached_property
    def learning(self) -> int:
        """How many groups train, which a layer can be chosen by."""
        rows = range(self.train) if self.train else self.tested
        return int(components(self.pairs[i].words for i in rows).max()) + 1

    @property
    def primary(self) -> str:
        """The metric by which encoders are compared."""
        return "accuracy" if self.binary else "spearman"


def threshold(scores: Floats, same: Flags) -> float:
    """The threshold that answers most training rows right: T from it upwards.

    Args:
        scores: [n] cosines of training rows, without NaN, at least one.
        same: [n], which are T.

    Returns:
        The lowest of the best ones among the midpoints between neighboring scores.
    """
    values = np.unique(scores)
    if len(values) == 1:
        return float(values[0])
    middles = (values[1:] + values[:-1]) / 2
    accepted = np.sort(scores[same])
    refused = np.sort(scores[~same])
    right = len(accepted) - np.searchsorted(accepted, middles) + np.searchsorted(refused, middles)
    return float(middles[right.argmax()])


def hits(task: PairTask, cosines: Mapping[int, Floats]) -> Floats:
    """[rows to score]: 1 where the threshold of the training rows gives the right answer.

    Args:
        task: the rows.
        cosines: by the number of the fold, [n] for all rows. A row without one is a miss.
    """
    found = np.zeros(len(task.pairs))
    same = task.gold == 1
    for number, fold in enumerate(task.folds):
        x = cosines[number]
        train = fold.train[~np.isnan(x[fold.train])]
        if len(train) and len(fold.test):
            limit = threshold(x[train], same[train])
            answers = (x[fold.test] >= limit) == same[fold.test]
            found[fold.test] = answers & ~np.isnan(x[fold.test])
    return found[task.tested]


def score(task: PairTask, cosines: Floats, right: Floats) -> dict[str, Metric]:
    """All metrics of pairs; which of them have a meaning depends on the gold.

    Args:
        task: the rows.
        cosines: [n], NaN where missing.
        right: as `hits`, which are not used with ratings.
    """
    there = task.usable[task.tested] & ~np.isnan(cosines[task.tested])
    kept, groups = task.tested[there], renumbered(task.groups[there])
    x, y = cosines[kept], task.gold[kept]
    measure = partial(over_groups, draws=task.draws, seed=task.seed)
    if not task.binary:
        why = "all cosines, or all ratings, are equal"
        found = {
            name: measure(partial(how, x, y), groups, undefined=why, chance=0.0, ends=(-1, 1))
            for name, how in (("spearman", ratings.spearman), ("pearson", ratings.pearson))
        }
        return found | dict.fromkeys(PAIR_METRICS[2:], undefined("gold is a rating, not T or F"))
    return {
        **dict.fromkeys(OF_RATINGS, undefined("gold is T or F, not a rating")),
        "auc": measure(
            partial(ratings.auc, x, y == 1),
            groups,
            undefined="all rows are T, or F",
            chance=0.5,
            ends=(0, 1),
        ),
        "auc_within_word": mean_over_words(
            _within(x, y == 1, groups), 0.5, draws=task.draws, seed=task.seed
        ),
        "accuracy": accuracy(task, right),
    }


def accuracy(task: PairTask, right: Floats) -> Metric:
    """The share of rows that are answered right; over all rows."""
    return over_groups(
        lambda w: ratio(w @ right, w.sum(axis=1)),
        task.groups,
        undefined="no row",
        chance=0.5,
        ends=(0, 1),
        draws=task.draws,
        seed=task.seed,
    )


def majority(task: PairTask) -> Floats:
    """`hits` of the label that most training rows have; .5 where they are balanced."""
    found = np.zeros(len(task.pairs))
    for fold in task.folds:
        share = task.gold[fold.train].mean() if len(fold.train) else 0.5
        said = 0.5 if share == 0.5 else float(share > 0.5)
        found[fold.test] = 1 - np.abs(said - task.gold[fold.test])
    return found[task.tested]


def training_score(task: PairTask, fold: Fold) -> Callable[[Floats], float]:
    """From cosines [n] to how well they do on a fold's training rows: AUC or Spearman."""
    rows = fold.train[task.usable[fold.train]]
    once = np.ones((1, len(rows)))

    def of(cosines: Floats) -> float:
        x, y = cosines[rows], task.gold[rows]
        found = ratings.auc(x, y == 1, once) if task.binary else ratings.spearman(x, y, once)
        return float(np.nan_to_num(found[0], nan=-1))

    return of


def renumbered(groups: Index) -> Index:
    """Number the groups that are left from 0, in their order."""
    return np.unique(groups, return_inverse=True)[1]


def _within(x: Floats, same: Flags, groups: Index) -> list[float | None]:
    """The AUC of each group, None where it has rows of one kind only."""
    found: list[float | None] = []
    for group in range(groups.max(initial=-1) + 1):
        own = groups == group
        value = ratings.auc(x[own], same[own], np.ones((1, int(own.sum()))))[0]
        found.append(None if np.isnan(value) else float(value))
    return found
