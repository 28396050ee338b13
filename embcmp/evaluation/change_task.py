"""Scoring word usage graphs: how well measures of change agree with people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from embcmp.evaluation.connected_task import ConnectedTask
from embcmp.evaluation.encoder_view import EncoderView
from embcmp.evaluation.gold_rows import Graph
from embcmp.evaluation.pair_scores import renumbered
from embcmp.evaluation.results import Baseline, Metrics
from embcmp.evaluation.task import NO_VECTOR, TestedScore
from embcmp.measures import ratings
from embcmp.measures.group_change import MEASURES, PRIMARY, change_values
from embcmp.measures.inference import over_groups
from embcmp.measures.labels import Flags, Floats, Index, undefined
from embcmp.measures.sense_groups import suggested_of_known
from embcmp.measures.similarity import cosine_matrix
from embcmp.types import PER_TYPE, Metric, PairTest

GRADED, RELATED, BINARY = COLUMNS = ("change_graded", "COMPARE", "change_binary")
_NAMES = {GRADED: "spearman_{}", RELATED: "spearman_{}_compare", BINARY: "auc_{}"}
CHANGE_METRICS = tuple(name.format(measure) for name in _NAMES.values() for measure in MEASURES)
_FIRST = _NAMES[GRADED].format(PRIMARY)


@dataclass(frozen=True)
class ChangeTask(ConnectedTask[Floats, Graph]):
    """Word usage graphs to score by the change between their two groups of uses.

    The answers of a layer are [n, measures], NaN where a measure is undefined.
    """

    METRICS = CHANGE_METRICS

    @cached_property
    def gold(self) -> dict[str, Floats]:
        """[n] each, larger for more change: people's scores by column; NaN where there is none.

        COMPARE is how related people find uses of different groups, so its sign is changed.
        """
        scores = {c: np.array([row.gold.get(c, np.nan) for row in self.rows]) for c in COLUMNS}
        return {**scores, RELATED: -scores[RELATED]}

    def metrics(self, answers: Floats) -> dict[str, Metric]:
        """All metrics of the answers [n, measures]."""
        return {
            name.format(measure): self._metric(answers[:, k], column)
            for column, name in _NAMES.items()
            for k, measure in enumerate(MEASURES)
        }

    def _metric(self, values: Floats, column: str) -> Metric:
        gold = self.gold[column][self.tested]
        if np.isnan(gold).all():
            return undefined(f"no word has a {column}")
        x = values[self.tested]
        rows = self.used[self.tested] & np.isfinite(x) & np.isfinite(gold)
        x, gold, groups = x[rows], gold[rows], renumbered(self.groups[rows])
        if column == BINARY:
            auc = partial(ratings.auc, x, gold == 1)
            reason = "all words have changed, or none has"
            return over_groups(auc, groups, undefined=reason, chance=0.5, ends=(0, 1))
        return over_groups(
            partial(ratings.spearman, x, gold),
            groups,
            undefined=f"the measure, or {column}, has fewer than two values",
            chance=0.0,
            ends=(-1, 1),
        )

    def _missing(self, view: EncoderView) -> int:
        return int(self._lacks_vector(view)[self.tested].sum())

    def _no_score_reason(self, view: EncoderView) -> str | None:
        if view.info.per_type:
            return PER_TYPE
        return NO_VECTOR if self._lacks_vector(view)[self.tested].all() else None

    def _lacks_vector(self, view: EncoderView) -> Flags:
        """[n]: whether no use of one of the groups has a vector."""
        return np.array(
            [
                len(np.unique(row.compared.codes[~view.lacks_vector(row.uses)])) < 2
                for row in self.rows
            ]
        )

    def _warnings(self) -> Iterator[str]:
        if unusable := int((~self.used[self.tested]).sum()):
            yield f"{unusable} of {len(self.tested)} graphs lack a group's vectors of some encoder"

    def _answers(self, view: EncoderView, layer: int) -> Floats:
        return np.array([self._changes(view, layer, row) for row in self.rows])

    def _changes(self, view: EncoderView, layer: int, row: Graph) -> list[float]:
        vectors = view.encoded.vectors[layer][view.encoded.rows(row.uses)]
        cosines = cosine_matrix(vectors, decimals=view.decimals)
        values = change_values(
            cosines,
            row.compared.codes,
            row.compared.uses.grouping,
            suggested_of_known(cosines),
            seed=self.seed,
        )
        return [values[measure] for measure in MEASURES]

    def _training_score(self, answers: Floats, fold: int) -> float:
        """Spearman's correlation of the primary measure in a fold's training rows."""
        train = self.folds[fold].train
        x, gold = answers[train, MEASURES.index(PRIMARY)], self.gold[GRADED][train]
        rows = self.used[train] & np.isfinite(x) & np.isfinite(gold)
        [value] = ratings.spearman(x[rows], gold[rows], np.ones((1, int(rows.sum()))))
        return float(np.nan_to_num(value, nan=-1))

    def _mixed(self, layers: Sequence[Floats], chosen: Sequence[int]) -> Floats:
        columns = range(len(MEASURES))
        return np.stack(
            [self._put_together([x[:, k] for x in layers], chosen) for k in columns], axis=1
        )

    @property
    def _compared(self) -> Index:
        """Positions, among the rows to score, of those that tests compare."""
        return np.flatnonzero((self.used & np.isfinite(self.gold[GRADED]))[self.tested])

    def _score(self, answers: Floats) -> tuple[Metrics, Floats | None]:
        """Tests compare the primary measure, unless it is undefined somewhere or all are equal."""
        x = answers[self.tested, MEASURES.index(PRIMARY)][self._compared]
        varies = len(x) > 0 and np.isfinite(x).all() and np.ptp(x) > 0
        return self.metrics(answers), x if varies else None

    def _test(self, a: TestedScore, b: TestedScore) -> PairTest:
        rows = self._compared
        return self._test_spearman(a, b, rows, self.gold[GRADED][self.tested][rows], _FIRST)

    def _baselines(self) -> Iterator[Baseline]:
        yield from ()
