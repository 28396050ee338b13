"""Scoring items: the answer for a row is the sense of the nearest centroid of training rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from embcmp.evaluation.centroids import Answer, answers, most_frequent, nearest
from embcmp.evaluation.encoder_view import EncoderView
from embcmp.evaluation.folds import Fold
from embcmp.evaluation.gold_rows import Item
from embcmp.evaluation.item_scores import ITEM_METRICS, score, word_score
from embcmp.evaluation.lexemes import Lexeme, few_shot_fold, inner_folds
from embcmp.evaluation.results import Baseline, Metrics
from embcmp.evaluation.task import NO_VECTOR, Task, TestedScore
from embcmp.measures.inference import over_words, sign_flip
from embcmp.measures.labels import Flags, Floats, undefined
from embcmp.measures.separation import auc_of_vectors
from embcmp.types import PER_TYPE, Occurrence, PairTest

PRIMARY = "accuracy_by_word"
CONSTANT = "giving every row of a word the same answer does not order the rows"
NOT_LEARNED = "AUC does not depend on the number of training rows"
OTHER_LAYERS = "the layer differs from fold to fold"


@dataclass
class ItemAnswers:
    """The answers of one layer to all items.

    Attributes:
        shares: For each word [n, k], the share of the answer that each sense gets.
        auc: The AUC of each word, None where it is undefined; or the reason why no word has one.
        training: For each word and fold, the hits of its training rows, answered from each other.
        curve: The metrics by number of training rows a sense.
    """

    shares: list[Floats] = field(default_factory=list)
    auc: list[float | None] | str = field(default_factory=list)
    training: list[list[Floats]] = field(default_factory=list)
    curve: Mapping[int, Metrics] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemTask(Task[ItemAnswers]):
    """Items to score by the nearest sense centroid.

    Attributes:
        items: All items, the training items first.
        lexemes: The words of the items. Words without a row to score are left out.
        shots: Numbers of training rows a sense, for the learning curve.
    """

    METRICS = ITEM_METRICS

    items: Sequence[Item]
    lexemes: Sequence[Lexeme]
    shots: tuple[int, ...] = ()

    @cached_property
    def tested(self) -> list[Occurrence]:
        """The occurrences to score."""
        return [self.items[i].use for w in self.lexemes for i in w.rows[w.tested]]

    @property
    def words(self) -> int:
        """Number of words that are scored."""
        return len(self.lexemes)

    @cached_property
    def training_words(self) -> int:
        """Number of words that have training rows."""
        return sum(any(len(fold.train) for fold in w.folds) for w in self.lexemes)

    @property
    def fold_count(self) -> int:
        """The largest number of folds that a word has."""
        return max(len(w.folds) for w in self.lexemes)

    def _missing(self, view: EncoderView) -> int:
        return int(view.lacks_vector(self.tested).sum())

    def _no_score_reason(self, view: EncoderView) -> str | None:
        if view.info.per_type:
            return PER_TYPE
        return NO_VECTOR if view.lacks_vector(self.tested).all() else None

    def _lacks_vector(self, view: EncoderView) -> Flags:
        return view.lacks_vector([item.use for item in self.items])

    def _answers(self, view: EncoderView, layer: int) -> ItemAnswers:
        """Words are answered one by one, so that only one word's vectors are in float64."""
        auc: list[float | None] = []
        answered = ItemAnswers(auc=auc)
        curves: dict[int, list[Floats]] = {shots: [] for shots in self.shots}
        for w in self.lexemes:
            x = view.unit_vectors([self.items[i].use for i in w.rows], layer)
            answer = nearest(x, w, decimals=view.decimals)
            answered.shares.append(answers(w, w.folds, answer))
            if self._chooses(view):
                answered.training.append([self._within_train(w, fold, answer) for fold in w.folds])
            labels = w.labels
            rows = [i for i in w.tested if self.usable is None or self.usable[w.rows[i]]]
            separation = auc_of_vectors(x[rows], [labels[i] for i in rows], decimals=view.decimals)
            auc.append(separation.value)
            for shots, shares in curves.items():
                folds = [few_shot_fold(w, fold, shots, self.seed) for fold in w.folds]
                shares.append(answers(w, folds, answer))
        answered.curve = {k: self._metrics(shares, NOT_LEARNED) for k, shares in curves.items()}
        return answered

    def _within_train(self, w: Lexeme, fold: Fold, answer: Answer) -> Floats:
        """Hits of a fold's training rows, each scored by the other ones."""
        shares = answers(w, inner_folds(w, fold, self.seed), answer)[fold.train]
        hits: Floats = (shares * w.members[fold.train]).sum(axis=1)
        return hits

    def _training_score(self, answers: ItemAnswers, fold: int) -> float:
        """Mean accuracy over words within the training rows of a fold."""
        hits = [folds[fold] for folds in answers.training if fold < len(folds)]
        return float(np.mean([rows.mean() for rows in hits if len(rows)] or [0]))

    def _mixed(self, layers: Sequence[ItemAnswers], chosen: Sequence[int]) -> ItemAnswers:
        """The answers of the layer that was chosen for each fold, put together."""
        shares = [np.zeros(w.members.shape) for w in self.lexemes]
        for i, w in enumerate(self.lexemes):
            for fold, k in zip(w.folds, chosen, strict=False):
                shares[i][fold.test] = layers[k].shares[i][fold.test]
        return ItemAnswers(shares, OTHER_LAYERS)

    def _score(self, answers: ItemAnswers) -> tuple[Metrics, Floats]:
        scores = map(word_score, self.lexemes, answers.shares)
        accuracies = np.array([score.accuracy for score in scores])
        return self._metrics(answers.shares, answers.auc), accuracies

    def _curve(self, answers: ItemAnswers) -> Mapping[int, Metrics]:
        return answers.curve

    def _metrics(self, shares: Sequence[Floats], auc: Sequence[float | None] | str) -> Metrics:
        """All metrics of the answers.

        Args:
            shares: For each word [n, k].
            auc: The AUC of each word, or the reason why there is none.
        """
        values = [None] * self.words if isinstance(auc, str) else auc
        metrics = score(self.lexemes, shares, values)
        return {**metrics, "auc": undefined(auc)} if isinstance(auc, str) else metrics

    def _test(self, a: TestedScore, b: TestedScore) -> PairTest:
        """The sign-flip test of the words' differences in accuracy."""
        assert a.evidence is not None
        assert b.evidence is not None
        differences = (a.evidence - b.evidence).tolist()
        mean = over_words(differences)
        p = sign_flip(differences, seed=self.seed)
        return PairTest(PRIMARY, a.score.name, b.score.name, mean.value, mean.ci95, p=p)

    def _baselines(self) -> Iterator[Baseline]:
        shares = [answers(w, w.folds, most_frequent(w)) for w in self.lexemes]
        yield Baseline("most_frequent_sense", self._metrics(shares, CONSTANT))
