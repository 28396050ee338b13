"""Scoring pairs: how well the cosine of two uses agrees with ratings, or separates T from F."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from embcmp.evaluation.connected_task import ConnectedTask
from embcmp.evaluation.encoder_view import EncoderView
from embcmp.evaluation.gold_rows import Pair, uses_of
from embcmp.evaluation.item_scores import NO_WORD, mean_over_rows
from embcmp.evaluation.pair_scores import auc_by_group, renumbered, threshold
from embcmp.evaluation.results import Baseline, Metrics
from embcmp.evaluation.task import NO_VECTOR, TestedScore
from embcmp.measures import ratings
from embcmp.measures.inference import over_groups, over_words, ratio
from embcmp.measures.labels import Flags, Floats, Index, undefined
from embcmp.types import PER_TYPE, Metric, PairTest

PAIR_METRICS = ("spearman", "pearson", "auc", "auc_within_word", "accuracy")
CONSTANT = "giving every row the same answer does not order the rows"
FORM_ONLY = "form only"


@dataclass(frozen=True)
class PairAnswers:
    """The answers of one layer to all pairs.

    Attributes:
        cosines: [n], NaN where a vector is missing.
        right: [rows to score], as returned by `hits`.
    """

    cosines: Floats
    right: Floats


@dataclass(frozen=True)
class PairTask(ConnectedTask[PairAnswers, Pair]):
    """Pairs to score by the cosine of their two uses."""

    METRICS = PAIR_METRICS

    @property
    def binary(self) -> bool:
        """Whether the gold answers are T or F, not ratings."""
        return isinstance(self.rows[-1].gold, bool)

    @cached_property
    def gold(self) -> Floats:
        """[n]: the gold answers, where T is 1 and F is 0."""
        return np.array([float(pair.gold) for pair in self.rows])

    def hits(self, cosines: Floats) -> Floats:
        """[rows to score]: 1 where the threshold learned from the training rows is right, else 0.

        Args:
            cosines: [n], of all pairs. A pair to score without a cosine (NaN) counts as wrong.
        """
        hits = np.zeros(len(self.rows))
        same = self.gold == 1
        for fold in self.folds:
            train = fold.train[~np.isnan(cosines[fold.train])]
            if len(train) and len(fold.test):
                x = cosines[fold.test]
                answers = (x >= threshold(cosines[train], same[train])) == same[fold.test]
                hits[fold.test] = answers & ~np.isnan(x)
        return hits[self.tested]

    def metrics(self, cosines: Floats, right: Floats) -> dict[str, Metric]:
        """All metrics of pairs. Those that do not apply to the kind of gold answers are undefined.

        Args:
            cosines: [n], NaN where a vector is missing.
            right: [rows to score], as returned by `hits`; not used for ratings.
        """
        has_cosine = self.used[self.tested] & ~np.isnan(cosines[self.tested])
        rows, groups = self.tested[has_cosine], renumbered(self.groups[has_cosine])
        x, y = cosines[rows], self.gold[rows]
        if not self.binary:
            reason = "all cosines, or all ratings, are equal"
            measure_rated = partial(over_groups, undefined=reason, chance=0.0, ends=(-1, 1))
            both = (("spearman", ratings.spearman), ("pearson", ratings.pearson))
            correlations = {
                name: measure_rated(partial(correlation, x, y), groups)
                for name, correlation in both
            }
            return correlations | dict.fromkeys(
                PAIR_METRICS[2:], undefined("gold is a rating, not T or F")
            )
        return {
            **dict.fromkeys(PAIR_METRICS[:2], undefined("gold is T or F, not a rating")),
            "auc": over_groups(
                partial(ratings.auc, x, y == 1),
                groups,
                undefined="all rows are T, or F",
                chance=0.5,
                ends=(0, 1),
            ),
            "auc_within_word": over_words(
                auc_by_group(x, y == 1, groups),
                undefined=NO_WORD,
                chance=0.5,
                ends=(0, 1),
            ),
            "accuracy": self.accuracy(right),
        }

    def accuracy(self, right: Floats) -> Metric:
        """The share of all pairs to score that are answered right."""
        return mean_over_rows(right, self.groups, 0.5)

    def majority(self) -> Floats:
        """[rows to score]: hits of the more frequent training label; .5 where T and F are equal."""
        hits = np.zeros(len(self.rows))
        for fold in self.folds:
            share = self.gold[fold.train].mean() if len(fold.train) else 0.5
            answer = 0.5 if share == 0.5 else float(share > 0.5)
            hits[fold.test] = 1 - np.abs(answer - self.gold[fold.test])
        return hits[self.tested]

    def _cosines(self, view: EncoderView, layer: int) -> Floats:
        first, second = self._places(view)
        return view.cosines(first, second, layer)

    def _places(self, view: EncoderView) -> tuple[Index, Index]:
        first, second = zip(*map(uses_of, self.rows), strict=True)
        return view.encoded.rows(first), view.encoded.rows(second)

    def _missing(self, view: EncoderView) -> int:
        return sum(bool(view.lacks_vector(uses_of(self.rows[i])).any()) for i in self.tested)

    def _no_score_reason(self, view: EncoderView) -> str | None:
        if self._lacks_vector(view)[self.tested].all():
            return NO_VECTOR
        first, second = (view.encoded.vectors[0][rows] for rows in self._places(view))
        same = view.info.per_type and np.array_equal(first, second, equal_nan=True)
        return PER_TYPE if same else None

    def _note(self, view: EncoderView) -> str | None:
        return FORM_ONLY if view.info.per_type else None

    def _lacks_vector(self, view: EncoderView) -> Flags:
        return np.isnan(self._cosines(view, 0))

    def _warnings(self) -> Iterator[str]:
        unusable = int((~self.used[self.tested]).sum())
        if unusable:
            yield f"{unusable} of {len(self.tested)} pairs lack a cosine of some encoder"

    def _answers(self, view: EncoderView, layer: int) -> PairAnswers:
        cosines = self._cosines(view, layer)
        return PairAnswers(cosines, self.hits(cosines))

    def _training_score(self, answers: PairAnswers, fold: int) -> float:
        """The AUC or Spearman's correlation of a fold's training pairs."""
        train = self.folds[fold].train
        rows = train[self.used[train]]
        x, y, once = answers.cosines[rows], self.gold[rows], np.ones((1, len(rows)))
        value = ratings.auc(x, y == 1, once) if self.binary else ratings.spearman(x, y, once)
        return float(np.nan_to_num(value[0], nan=-1))

    def _mixed(self, layers: Sequence[PairAnswers], chosen: Sequence[int]) -> PairAnswers:
        cosines = self._put_together([x.cosines for x in layers], chosen)
        right = np.zeros(len(self.rows))
        for fold, k in zip(self.folds, chosen, strict=True):
            right[fold.test] = layers[k].right[fold.test - self.train]
        return PairAnswers(cosines, right[self.tested])

    def _score(self, answers: PairAnswers) -> tuple[Metrics, Floats | None]:
        """Tests compare hits where gold is T or F; for ratings, cosines unless all are equal."""
        metrics = self.metrics(answers.cosines, answers.right)
        if self.binary:
            return metrics, answers.right
        cosines = answers.cosines[self.tested][self.used[self.tested]]
        return metrics, cosines if len(cosines) and np.ptp(cosines) else None

    def _test(self, a: TestedScore, b: TestedScore) -> PairTest:
        """Test hits where gold is T or F, and else correlations with the ratings."""
        if not self.binary:
            used = np.flatnonzero(self.used[self.tested])
            return self._test_spearman(a, b, used, self.gold[self.tested][used])
        assert a.evidence is not None
        assert b.evidence is not None
        each = a.evidence - b.evidence

        def statistic(w: Floats) -> Floats:
            return ratio(w @ each, w.sum(axis=1))

        return self._sign_flip("accuracy", a, b, statistic, each, self.groups)

    def _baselines(self) -> Iterator[Baseline]:
        if self.binary:
            metrics = dict.fromkeys(PAIR_METRICS, undefined(CONSTANT))
            metrics["accuracy"] = self.accuracy(self.majority())
            yield Baseline("most_frequent_label", metrics)
