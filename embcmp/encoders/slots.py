"""What an encoder's own prediction layer puts in the target's place."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders.base import Encoder
from embcmp.types import Occurrence

UNTRAINED = "untrained weights predict nothing"


@dataclass(frozen=True, slots=True)
class Substitute:
    """A word, and its probability in the target's place."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class Slot:
    """What fits where the target stands.

    Attributes:
        substitutes: the most probable words, the highest probability first. Probabilities are
            those of the whole softmax: what is no word has its share of them.
        words: how many words the prediction layer can choose from.
        original: the target itself, if it is one of them.
        rank: the original's place among the words, from 1.
    """

    substitutes: tuple[Substitute, ...]
    words: int
    original: Substitute | None = None
    rank: int | None = None


Slots = list[Slot | str]  # one per occurrence, in order, or why it has none


@runtime_checkable
class FillsSlots(Encoder, Protocol):
    """An encoder that may have a prediction layer."""

    def fill(self, occurrences: Sequence[Occurrence], count: int) -> Slots | str:
        """Predict the target's place from the rest of the sentence, the target being hidden.

        Args:
            occurrences: in any order.
            count: how many words at most for each.

        Returns:
            The slots, or why this encoder has none.
        """


def fill(
    scores: NDArray[np.float32], words: Mapping[int, str], original: int | None, count: int
) -> Slot:
    """The most probable words; of equally probable ones the first in the vocabulary.

    Args:
        scores: [vocabulary], before the softmax.
        words: the words that may be proposed, by their place in the vocabulary.
        original: the place of the target, if it has one.
        count: how many words at most.
    """
    x = scores.astype(np.float64)
    x -= x.max()
    probabilities = np.exp(x) / np.exp(x).sum()
    places = np.fromiter(words, dtype=np.intp, count=len(words))
    of_words = probabilities[places]
    best = places[np.argsort(-of_words, kind="stable")[:count]]
    found = tuple(Substitute(words[i], float(probabilities[i])) for i in best.tolist())
    if original is None or original not in words:
        return Slot(found, len(words))
    own = probabilities[original]
    return Slot(
        found,
        len(words),
        Substitute(words[original], float(own)),
        rank=1 + int(np.count_nonzero(of_words > own)),
    )


def is_word(text: str) -> bool:
    """Whether text is one whole word: letters, their marks and digits, a letter at least."""
    kinds = {unicodedata.category(char)[0] for char in text}
    return "L" in kinds and kinds <= {"L", "M", "N"}
