"""Items grouped by the word whose senses are the candidates, and who trains whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from embcmp.evaluation.folds import Fold, item_folds
from embcmp.evaluation.rows import Item
from embcmp.measures.labels import Index


@dataclass(frozen=True)
class Lexeme:
    """The rows of one word, in an order that does not depend on the file's.

    Attributes:
        name: as `Item.lexeme`.
        rows: [n], places among all items.
        senses: [k], all of its keys, sorted.
        members: [n, k], which keys are right.
        sentences: [n], the sentence of each, case and white space aside.
        folds: each row to be scored is in the test part of one of them.
    """

    name: str
    rows: Index
    senses: tuple[str, ...]
    members: NDArray[np.bool_]
    sentences: tuple[str, ...]
    folds: tuple[Fold, ...]

    @property
    def tested(self) -> Index:
        """Which of its rows are scored, in their order."""
        return np.sort(np.concatenate([fold.test for fold in self.folds]))

    @property
    def labels(self) -> list[str]:
        """[n], the first key of each row."""
        return [self.senses[i] for i in self.members.argmax(axis=1)]


def lexemes(items: Sequence[Item], train: int, seed: int) -> list[Lexeme]:
    """Group items by lexeme, sorted; those without a row to score are left out.

    Args:
        items: the training rows first.
        train: how many of them are training rows; none means five folds by sentence.
        seed: of the folds.
    """
    by_name: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        by_name.setdefault(item.lexeme, []).append(i)
    found = []
    for name, places in sorted(by_name.items()):
        order = sorted(places, key=lambda i: (i >= train, _canonical(items[i])))
        if order[-1] >= train:
            found.append(_lexeme(name, order, items, train, seed))
    return found


def _lexeme(name: str, order: list[int], items: Sequence[Item], train: int, seed: int) -> Lexeme:
    senses = tuple(sorted({key for i in order for key in items[i].keys}))
    members = np.array([[sense in items[i].keys for sense in senses] for i in order])
    sentences = tuple(" ".join(items[i].use.sentence.casefold().split()) for i in order)
    if train:
        own = sum(i < train for i in order)
        folds = [Fold(np.arange(own), np.arange(own, len(order)))]
    else:
        first = [senses[k] for k in members.argmax(axis=1)]
        folds = item_folds(first, sentences, word_seed(seed, name))
    return Lexeme(name, np.array(order), senses, members, sentences, tuple(folds))


def _canonical(item: Item) -> tuple[str, int, int, str]:
    return item.use.sentence, item.use.start, item.use.end, item.use.sense or ""


def word_seed(seed: int, *names: object) -> int:
    """A seed for one word: what is drawn for it does not depend on which other words there are."""
    text = "\0".join(map(str, (seed, *names)))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def inner(lexeme: Lexeme, fold: Fold, seed: int) -> list[Fold]:
    """Folds within the training rows of a fold, to choose a layer without the rows to score."""
    senses, sentences = lexeme.labels, lexeme.sentences
    chosen = item_folds(
        [senses[i] for i in fold.train],
        [sentences[i] for i in fold.train],
        word_seed(seed, lexeme.name, "layer"),
    )
    return [Fold(fold.train[f.train], fold.train[f.test]) for f in chosen]


def few(lexeme: Lexeme, fold: Fold, shots: int, seed: int) -> Fold:
    """The fold with at most so many training rows of each sense, drawn by the seed."""
    rng = np.random.default_rng(word_seed(seed, lexeme.name, "shots", *fold.test[:1]))
    first = lexeme.members.argmax(axis=1)[fold.train]
    kept = []
    for k in range(len(lexeme.senses)):
        own = fold.train[first == k]
        kept.append(own[rng.permutation(len(own))[:shots]])
    return Fold(np.sort(np.concatenate(kept)), fold.test)
