"""Scoring rows together over all words, where rows of connected words belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from embcmp.evaluation.folds import Fold, components, pair_folds
from embcmp.evaluation.gold_rows import Graph, Pair
from embcmp.evaluation.pair_scores import one_scale, renumbered, standardized_ranks
from embcmp.evaluation.task import Answers, Task, TestedScore
from embcmp.measures import ratings
from embcmp.measures.inference import Statistic, over_groups, sign_flip
from embcmp.measures.labels import Flags, Floats, Index
from embcmp.types import PairTest

Row = TypeVar("Row", Pair, Graph)


@dataclass(frozen=True)
class ConnectedTask(Task[Answers], Generic[Answers, Row]):
    """Rows to score together. Subclasses for pairs and for graphs say how.

    Attributes:
        rows: All rows, the training rows first.
        train: Number of training rows. If it is 0, ten folds keep connected words together.
    """

    rows: Sequence[Row]
    train: int = 0

    @property
    def used(self) -> Flags:
        """[n]: whether the row is usable."""
        return np.ones(len(self.rows), dtype=bool) if self.usable is None else self.usable

    @cached_property
    def tested(self) -> Index:
        """Indices of the rows to score."""
        return np.arange(self.train, len(self.rows))

    @cached_property
    def groups(self) -> Index:
        """[rows to score]: the connected component of words that the row belongs to."""
        return components(self.rows[i].words for i in self.tested)

    @cached_property
    def folds(self) -> list[Fold]:
        """The folds; each row to score is in the test part of one of them."""
        if self.train:
            return [Fold(np.arange(self.train), self.tested)]
        return pair_folds(self.groups, self.seed)

    @cached_property
    def training_words(self) -> int:
        """Number of connected components of words among the training rows."""
        rows = range(self.train) if self.train else self.tested
        return int(components(self.rows[i].words for i in rows).max()) + 1

    @property
    def words(self) -> int:
        """Number of connected components of words that are scored."""
        return int(self.groups.max()) + 1

    @property
    def fold_count(self) -> int:
        """Number of folds."""
        return len(self.folds)

    def _put_together(self, layers: Sequence[Floats], chosen: Sequence[int]) -> Floats:
        """[n]: the values of the layer that was chosen for each fold, brought to one scale.

        Values of different layers are not comparable. Those of each layer are standardized over the
        rows to score (mean 0, deviation 1) before they are ranked together.
        """
        values = np.full(len(self.rows), np.nan)
        for fold, k in zip(self.folds, chosen, strict=True):
            values[fold.test] = one_scale(layers[k], self.tested)[fold.test]
        return values

    def _test_spearman(
        self, a: TestedScore, b: TestedScore, rows: Index, gold: Floats, metric: str = "spearman"
    ) -> PairTest:
        """Test the difference of two correlations with people's scores.

        Spearman's correlation is a sum over rows of products of standardized ranks, so each
        connected component adds a part of that difference.

        Args:
            a: The evidence has a value for each of the m rows that are used.
            b: The same of the other encoder.
            rows: [m], their positions among the rows to score.
            gold: [m], people's scores.
            metric: The name of the correlation.
        """
        x, y = a.evidence, b.evidence
        assert x is not None
        assert y is not None

        def statistic(w: Floats) -> Floats:
            return ratings.spearman(x, gold, w) - ratings.spearman(y, gold, w)

        each = (standardized_ranks(x) - standardized_ranks(y)) * standardized_ranks(gold)
        return self._sign_flip(metric, a, b, statistic, each, renumbered(self.groups[rows]))

    def _sign_flip(
        self, metric: str, a: TestedScore, b: TestedScore, statistic: Statistic, each: Floats,
        groups: Index,
    ) -> PairTest:  # fmt: skip
        """The sign-flip test of what each connected component adds to the difference."""
        difference = over_groups(statistic, groups, undefined="no difference")
        p = sign_flip(np.bincount(groups, weights=each).tolist(), seed=self.seed)
        return PairTest(
            metric, a.score.name, b.score.name,
            difference.value, difference.ci95, p=p, undefined=difference.undefined,
        )  # fmt: skip
