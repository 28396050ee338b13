"""Items grouped by word, with the senses to choose from and the folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from embcmp.evaluation.folds import Fold, item_folds
from embcmp.evaluation.gold_rows import Item
from embcmp.measures.labels import Index


@dataclass(frozen=True)
class Lexeme:
    """The rows of one word, in an order that does not depend on the order in the file.

    Attributes:
        name: The name of the word, as `Item.lexeme`.
        rows: [n], indices among all items.
        senses: [k], all keys of the word, sorted.
        members: [n, k], whether the key is right for the row.
        sentences: [n], the sentence of each row, without differences of case and spaces.
        folds: The folds; each row to score is in the test part of one of them.
    """

    name: str
    rows: Index
    senses: tuple[str, ...]
    members: NDArray[np.bool_]
    sentences: tuple[str, ...]
    folds: tuple[Fold, ...]

    @property
    def tested(self) -> Index:
        """Indices, within the word, of the rows to score."""
        return np.sort(np.concatenate([fold.test for fold in self.folds]))

    @property
    def labels(self) -> list[str]:
        """[n]: the first key of each row."""
        return [self.senses[i] for i in self.members.argmax(axis=1)]


def lexemes(items: Sequence[Item], train: int, seed: int) -> list[Lexeme]:
    """Group items by word, sorted by name. Words without a row to score are left out.

    Args:
        items: All items, those that train first.
        train: Number of items that train. If it is 0, there are five folds by sentence.
        seed: Seed of the folds.
    """
    by_name: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        by_name.setdefault(item.lexeme, []).append(i)
    words = []
    for name, places in sorted(by_name.items()):
        order = sorted(places, key=lambda i: (i >= train, _canonical(items[i])))
        if order[-1] >= train:
            words.append(_lexeme(name, order, items, train, seed))
    return words


def _lexeme(name: str, order: list[int], items: Sequence[Item], train: int, seed: int) -> Lexeme:
    senses = tuple(sorted({key for i in order for key in items[i].keys}))
    members = np.array([[sense in items[i].keys for sense in senses] for i in order])
    sentences = tuple(" ".join(items[i].use.sentence.casefold().split()) for i in order)
    if train:
        training = sum(i < train for i in order)
        folds = [Fold(np.arange(training), np.arange(training, len(order)))]
    else:
        first = [senses[k] for k in members.argmax(axis=1)]
        folds = item_folds(first, sentences, word_seed(seed, name))
    return Lexeme(name, np.array(order), senses, members, sentences, tuple(folds))


def _canonical(item: Item) -> tuple[str, int, int, str]:
    return item.use.sentence, item.use.start, item.use.end, item.use.sense or ""


def word_seed(seed: int, *names: object) -> int:
    """A seed for one word, so that its random samples do not depend on the other words."""
    text = "\0".join(map(str, (seed, *names)))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def inner_folds(lexeme: Lexeme, fold: Fold, seed: int) -> list[Fold]:
    """Folds within the training rows of a fold, by which a layer is chosen."""
    senses, sentences = lexeme.labels, lexeme.sentences
    folds = item_folds(
        [senses[i] for i in fold.train],
        [sentences[i] for i in fold.train],
        word_seed(seed, lexeme.name, "layer"),
    )
    return [Fold(fold.train[f.train], fold.train[f.test]) for f in folds]


def few_shot_fold(lexeme: Lexeme, fold: Fold, shots: int, seed: int) -> Fold:
    """The fold with at most `shots` training rows of each sense, a random sample."""
    rng = np.random.default_rng(word_seed(seed, lexeme.name, "shots", *fold.test[:1]))
    first = lexeme.members.argmax(axis=1)[fold.train]
    sample = []
    for k in range(len(lexeme.senses)):
        rows = fold.train[first == k]
        sample.append(rows[rng.permutation(len(rows))[:shots]])
    return Fold(np.sort(np.concatenate(sample)), fold.test)
