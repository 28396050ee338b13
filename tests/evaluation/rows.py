"""Rows whose vectors a made encoder gives, so that scores can be computed by other means."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from embcmp.evaluation.gold_rows import Item, Pair, Part
from embcmp.types import Occurrence
from tests.questions.encoders import Made


def item(word: str, sense: str, k: int, sentence: str | None = None) -> Item:
    text = sentence or f"{word} stands in sentence {k}"
    return Item.of(Occurrence(f"{word}.{k}", word, text, 0, len(word), sense, f"made.tsv:{k + 2}"))


def items(senses: Sequence[str], word: str = "man", first: int = 0) -> list[Item]:
    return [item(word, sense, first + k) for k, sense in enumerate(senses)]


def pair(k: int, gold: float | bool, words: tuple[str, str] = ("", "")) -> Pair:
    one, two = (word or f"w{k}" for word in words)
    return Pair(
        str(k),
        Occurrence(f"{k}.1", one, f"{one} is first in {k}", 0, len(one), None, f"made.tsv:{k + 2}"),
        Occurrence(f"{k}.2", two, f"{two} is second in {k}", 0, len(two)),
        gold,
    )


def part(rows: Sequence[Item | Pair], split: str = "test") -> Part:
    return Part(rows, split)


def encoder(
    vectors: NDArray[np.float64], rows: Sequence[Item | Pair], name: str = "bert@1"
) -> Made:
    """The k-th vector for the k-th occurrence; a vector of NaN is none."""
    uses = [
        use
        for row in rows
        for use in ((row.use,) if isinstance(row, Item) else (row.first, row.second))
    ]
    known = {use.sentence: v for use, v in zip(uses, vectors, strict=True)}

    def of(use: Occurrence) -> Sequence[float] | None:
        vector = known[use.sentence]
        return None if np.isnan(vector).any() else vector.tolist()

    fingerprint = f"{name} {sha256(vectors.tobytes()).hexdigest()}"
    layers = (1,) if "@" in name else (None,)
    return Made(of, vectors.shape[1], name, layers, fingerprint)
