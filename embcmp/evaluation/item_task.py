"""Scoring items: every encoder and layer on the same rows, with the layer that train chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from embcmp.choices import DRAWS
from embcmp.evaluation.centroids import Answer, answers, most_frequent, nearest
from embcmp.evaluation.encoder_view import View
from embcmp.evaluation.folds import Fold
from embcmp.evaluation.item_scores import mean_over_words, null, score, word_score
from embcmp.evaluation.layer_scores import (
    LAYER_WORDS,
    NO_VECTOR,
    OTHER_LAYERS,
    Scored,
    Seen,
    chosen_note,
    once,
    tests,
    too_few_words,
)
from embcmp.evaluation.lexemes import Lexeme, few, inner
from embcmp.evaluation.results import Baseline, Metrics, Score
from embcmp.evaluation.rows import Item
from embcmp.measures.labels import Floats, undefined
from embcmp.measures.over_words import sign_flip
from embcmp.measures.separation import auc_of_vectors
from embcmp.types import PER_TYPE, Occurrence, PairTest

PRIMARY = "accuracy_by_word"
CONSTANT = "the same answer for every row of a word orders nothing"
NOT_LEARNED = "it is not learned from training rows"


@dataclass(frozen=True)
class ItemTask:
    """Items to score, and how.

    Attributes:
        items: the training rows first.
        words: their lexemes, those without a row to score left out.
        shots: numbers of training rows a sense, for the learning curve.
        seed: of everything that is drawn.
        draws: of the bootstrap.
        absent: items that some encoder has no vector for: no AUC uses them.
    """

    items: Sequence[Item]
    words: Sequence[Lexeme]
    shots: tuple[int, ...] = ()
    seed: int = 0
    draws: int = DRAWS
    absent: frozenset[int] = frozenset()

    def metrics(self, shares: Sequence[Floats], auc: Sequence[float | None] | str) -> Metrics:
        """All metrics of the answers of each word, with the AUC of each, or why it has none."""
        values = [None] * len(self.words) if isinstance(auc, str) else auc
        found = score(self.words, shares, values, draws=self.draws, seed=self.seed)
        return {**found, "auc": undefined(auc)} if isinstance(auc, str) else found

    def by_word(self, shares: Sequence[Floats]) -> Floats:
        """The accuracy of each word."""
        return np.array(
            [word_score(w, s).accuracy for w, s in zip(self.words, shares, strict=True)]
        )

    @cached_property
    def tested(self) -> list[Occurrence]:
        """The rows to score."""
        return [self.items[i].use for w in self.words for i in w.rows[w.tested]]

    @cached_property
    def learning(self) -> int:
        """How many words have training rows, which a layer can be chosen by."""
        return sum(any(len(fold.train) for fold in w.folds) for w in self.words)

    def chooses(self, view: View) -> bool:
        """Whether one of several layers is to be chosen."""
        return len(view.info.layers) > 1 and self.learning >= LAYER_WORDS

    def why_none(self, view: View) -> str | None:
        """Why an encoder has no value at all, if it has none."""
        if view.info.per_type:
            return PER_TYPE
        return NO_VECTOR if view.absent(self.tested).all() else None


def scored(task: ItemTask, views: Sequence[View]) -> Scored:
    """Score all encoders; the AUC of each is over the rows that all of them have a vector for."""
    uses = [item.use for item in task.items]
    judged = [view for view in views if not task.why_none(view)]
    absent = [view.absent(uses) for view in judged if not view.baseline]
    if absent:
        rows = np.flatnonzero(np.logical_or.reduce(absent))
        task = replace(task, absent=frozenset(rows.tolist()))
    seen = once([one for view in views for one in _of(task, view)])
    frequent = [answers(w, w.folds, most_frequent(w)) for w in task.words]
    return Scored(
        scores=tuple(one.score for one in seen),
        tests=tests(seen, lambda a, b: _test(task, a, b)),
        baselines=(Baseline("most_frequent_sense", task.metrics(frequent, CONSTANT)),),
        groups=len(task.words),
        warnings=tuple(
            too_few_words(view.info.name, task.learning)
            for view in judged
            if len(view.info.layers) > 1 and not task.chooses(view)
        ),
    )


@dataclass
class _Layer:
    """What one layer answers.

    Attributes:
        shares: for each word [n, k].
        training: for each word and fold, the hits of its training rows among themselves.
        auc: for each word.
        curve: number of training rows a sense -> metrics.
    """

    shares: list[Floats] = field(default_factory=list)
    training: list[list[Floats]] = field(default_factory=list)
    auc: list[float | None] = field(default_factory=list)
    curve: Mapping[int, Metrics] = field(default_factory=dict)


def _of(task: ItemTask, view: View) -> Iterator[Seen[Floats]]:
    """The scores of an encoder: a row a layer, and one for the layer chosen on train."""
    info, encoded = view.info, view.encoded
    missing = int(view.absent(task.tested).sum())
    base = Score(info.name, info, None, {}, missing, None, encoded.seconds, encoded.cached)
    if why := task.why_none(view):
        yield Seen(replace(base, metrics=null(why)), None)
        return
    layers = [_layer(task, view, k) for k in range(len(info.layers))]
    for label, layer in zip(info.layers, layers, strict=True):
        metrics = task.metrics(layer.shares, layer.auc)
        row = replace(base, name=view.name(label), layer=label, metrics=metrics, curve=layer.curve)
        named = not view.baseline and not task.chooses(view) and label == info.layers[-1]
        yield Seen(row, task.by_word(layer.shares) if named else None)
    if task.chooses(view):
        yield _chosen(task, layers, base)


def _layer(task: ItemTask, view: View, layer: int) -> _Layer:
    """The answers of one layer, word by word, so that no more than a word is in float64."""
    found = _Layer()
    curves: dict[int, list[Floats]] = {shots: [] for shots in task.shots}
    for w in task.words:
        x = view.units([task.items[i].use for i in w.rows], layer)
        answer = nearest(x, w, decimals=view.decimals)
        found.shares.append(answers(w, w.folds, answer))
        if task.chooses(view):
            found.training.append([_within_train(w, fold, answer, task.seed) for fold in w.folds])
        labels = w.labels
        kept = [i for i in w.tested if w.rows[i] not in task.absent]
        own = auc_of_vectors(x[kept], [labels[i] for i in kept], decimals=view.decimals)
        found.auc.append(own.value)
        for shots, shares in curves.items():
            some = [few(w, fold, shots, task.seed) for fold in w.folds]
            shares.append(answers(w, some, answer))
    found.curve = {shots: task.metrics(shares, NOT_LEARNED) for shots, shares in curves.items()}
    return found


def _within_train(w: Lexeme, fold: Fold, answer: Answer, seed: int) -> Floats:
    """The hits of a fold's training rows, each scored by the others."""
    shares = answers(w, inner(w, fold, seed), answer)[fold.train]
    hits: Floats = (shares * w.members[fold.train]).sum(axis=1)
    return hits


def _chosen(task: ItemTask, layers: Sequence[_Layer], base: Score) -> Seen[Floats]:
    """The score with, for each fold, the layer of the highest mean accuracy within train."""

    def reached(layer: _Layer, fold: int) -> float:
        hits = [folds[fold] for folds in layer.training if fold < len(folds)]
        return float(np.mean([rows.mean() for rows in hits if len(rows)] or [0]))

    folds = range(max(len(w.folds) for w in task.words))
    picked = [int(np.argmax([reached(layer, f) for layer in layers])) for f in folds]
    shares = [np.zeros(w.members.shape) for w in task.words]
    for number, k in enumerate(picked):
        for target, given, w in zip(shares, layers[k].shares, task.words, strict=True):
            if number < len(w.folds):
                target[w.folds[number].test] = given[w.folds[number].test]
    one = len(set(picked)) == 1
    metrics = task.metrics(shares, layers[picked[0]].auc if one else OTHER_LAYERS)
    note = chosen_note([base.info.layers[k] for k in picked])
    return Seen(replace(base, metrics=metrics, note=note), task.by_word(shares))


def _test(task: ItemTask, a: Seen[Floats], b: Seen[Floats]) -> PairTest:
    """The sign-flip test on the differences of the words' accuracies."""
    assert a.evidence is not None
    assert b.evidence is not None
    differences = (a.evidence - b.evidence).tolist()
    mean = mean_over_words(differences, None, draws=task.draws, seed=task.seed)
    p = sign_flip(differences, seed=task.seed)
    return PairTest(PRIMARY, a.score.name, b.score.name, mean.value, mean.ci95, p)
