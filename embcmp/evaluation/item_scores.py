"""The metrics of items: how often the right sense is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.evaluation.centroids import answers, any_sense
from embcmp.evaluation.lexemes import Lexeme
from embcmp.measures.inference import over_groups, over_words, ratio
from embcmp.measures.labels import Floats, Index
from embcmp.types import Metric

ITEM_METRICS = ("accuracy", "accuracy_by_word", "mean_recall", "macro_f1", "auc")
NO_WORD = "no word has two senses to tell apart"


@dataclass(frozen=True)
class WordScore:
    """The scores of the answers to one word.

    Attributes:
        hits: [tested rows], from 0 to 1; where t senses tie, the right one scores 1/t.
        recall: Mean recall over the senses that occur in the tested rows.
        f1: Mean F1 over the same senses, 2 * true positives / (true + predicted).
    """

    hits: Floats
    recall: float
    f1: float

    @property
    def accuracy(self) -> float:
        """The mean of the hits."""
        return float(self.hits.mean())


_WORD_METRICS: Mapping[str, Callable[[WordScore], float]] = {
    "accuracy_by_word": lambda s: s.accuracy,
    "mean_recall": lambda s: s.recall,
    "macro_f1": lambda s: s.f1,
}


def word_score(lexeme: Lexeme, shares: Floats) -> WordScore:
    """Score the answers to one word.

    If a row has several keys, each of them is right. For recall and F1 the row counts for the key
    that was answered, or for its first key if none of them was.

    Args:
        lexeme: The word with its rows and senses.
        shares: [n, k], as returned by `answers`.
    """
    rows = lexeme.tested
    shares, members = shares[rows], lexeme.members[rows]
    right = np.where(members, shares, -1)
    truth = np.eye(members.shape[1])[right.argmax(axis=1)]
    true = (shares * truth).sum(axis=0)
    has_rows = truth.any(axis=0)
    recall = ratio(true, truth.sum(axis=0))[has_rows]
    f1 = ratio(2 * true, truth.sum(axis=0) + shares.sum(axis=0))[has_rows]
    return WordScore((shares * members).sum(axis=1), float(recall.mean()), float(f1.mean()))


def score(
    words: Sequence[Lexeme],
    shares: Sequence[Floats],
    auc: Sequence[float | None],
) -> dict[str, Metric]:
    """All metrics of items, each with its interval over words and its value by chance.

    Args:
        words: The words that are scored.
        shares: For each word its answers [n, k].
        auc: For each word its AUC, None where it is undefined.
    """
    scores = [word_score(w, s) for w, s in zip(words, shares, strict=True)]
    guess = [word_score(w, answers(w, w.folds, any_sense(w))) for w in words]
    hits = np.concatenate([s.hits for s in scores])
    groups = np.repeat(np.arange(len(words)), [len(s.hits) for s in scores])
    chance = float(np.concatenate([g.hits for g in guess]).mean())
    metrics = {"accuracy": mean_over_rows(hits, groups, chance)}
    mean = partial(over_words, undefined=NO_WORD, ends=(0, 1))
    for name, value in _WORD_METRICS.items():
        chance = float(np.mean([value(g) for g in guess]))
        metrics[name] = mean([value(s) for s in scores], chance=chance)
    metrics["auc"] = mean(auc, chance=0.5)
    return metrics


def mean_over_rows(hits: Floats, groups: Index, chance: float) -> Metric:
    """The mean of hits [n] with its interval for new words; groups [n] number the words."""
    return over_groups(
        lambda w: ratio(w @ hits, w.sum(axis=1)),
        groups,
        undefined="no row",
        chance=chance,
        ends=(0, 1),
    )
