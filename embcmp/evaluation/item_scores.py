"""The scores of items: how often, and for which senses, the right one was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.choices import DRAWS
from embcmp.evaluation.centroids import answers, any_sense
from embcmp.evaluation.lexemes import Lexeme
from embcmp.measures.inference import over_groups, over_words
from embcmp.measures.labels import Floats, Index
from embcmp.measures.weighted_pairs import ratio
from embcmp.types import Metric

ITEM_METRICS = ("accuracy", "accuracy_by_word", "mean_recall", "macro_f1", "auc")
NO_WORD = "no word has two senses to tell apart"


@dataclass(frozen=True)
class WordScore:
    """What one word's answers are worth.

    Attributes:
        hits: [tested rows], from 0 to 1; t tied candidates score 1/t.
        recall: mean over the senses that the tested rows have.
        f1: likewise, the mean of 2 * true / (true + predicted), as tied answers share.
    """

    hits: Floats
    recall: float
    f1: float

    @property
    def accuracy(self) -> float:
        """Mean of the hits."""
        return float(self.hits.mean())


_OF_WORDS: Mapping[str, Callable[[WordScore], float]] = {
    "accuracy_by_word": lambda s: s.accuracy,
    "mean_recall": lambda s: s.recall,
    "macro_f1": lambda s: s.f1,
}


def word_score(lexeme: Lexeme, shares: Floats) -> WordScore:
    """Score the answers of one word.

    A row of several keys is right by any of them; for recall and F1 it counts for the one that
    was answered, else for the first.

    Args:
        lexeme: the word.
        shares: [n, k], as `answers` gives them.
    """
    rows = lexeme.tested
    shares, members = shares[rows], lexeme.members[rows]
    right = np.where(members, shares, -1)
    truth = np.eye(members.shape[1])[right.argmax(axis=1)]
    true = (shares * truth).sum(axis=0)
    there = truth.any(axis=0)
    recall = ratio(true, truth.sum(axis=0))[there]
    f1 = ratio(2 * true, truth.sum(axis=0) + shares.sum(axis=0))[there]
    return WordScore((shares * members).sum(axis=1), float(recall.mean()), float(f1.mean()))


def score(
    words: Sequence[Lexeme],
    shares: Sequence[Floats],
    auc: Sequence[float | None],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Metric]:
    """All metrics of items, each with its interval over words and what guessing would give.

    Args:
        words: the lexemes.
        shares: for each its answers.
        auc: for each its AUC, None where it has none.
        draws: of the bootstrap.
        seed: of the draws.
    """
    scores = [word_score(w, s) for w, s in zip(words, shares, strict=True)]
    guess = [word_score(w, answers(w, w.folds, any_sense(w))) for w in words]
    hits = np.concatenate([s.hits for s in scores])
    groups = np.repeat(np.arange(len(words)), [len(s.hits) for s in scores])
    chance = float(np.concatenate([g.hits for g in guess]).mean())
    found = {"accuracy": mean_over_rows(hits, groups, chance, draws=draws, seed=seed)}
    mean = partial(over_words, undefined=NO_WORD, ends=(0, 1), draws=draws, seed=seed)
    for name, value in _OF_WORDS.items():
        chance = float(np.mean([value(g) for g in guess]))
        found[name] = mean([value(s) for s in scores], chance=chance)
    found["auc"] = mean(auc, chance=0.5)
    return found


def mean_over_rows(
    hits: Floats, groups: Index, chance: float, *, draws: int = DRAWS, seed: int = 0
) -> Metric:
    """The mean of hits [n], with its interval for new words: `groups` has the word of each."""
    return over_groups(
        lambda w: ratio(w @ hits, w.sum(axis=1)),
        groups,
        undefined="no row",
        chance=chance,
        ends=(0, 1),
        draws=draws,
        seed=seed,
    )
