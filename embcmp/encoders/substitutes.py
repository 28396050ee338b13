"""Substitutes: the words that an encoder's own prediction layer puts in the target's place."""

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
class SubstituteList:
    """The words that fit best where the target stands.

    Attributes:
        words: the most probable words, the highest probability first. A probability is that of
            the softmax over the whole vocabulary, in which tokens that are no words have a share.
        candidates: how many words the prediction layer can choose from.
        original: the target itself, if it is one of the candidates.
        rank: the rank of the original among the candidates, from 1.
    """

    words: tuple[Substitute, ...]
    candidates: int
    original: Substitute | None = None
    rank: int | None = None


SubstituteLists = list[SubstituteList | str]  # one per occurrence, in order, or why it has none


@runtime_checkable
class ProposesSubstitutes(Encoder, Protocol):
    """An encoder that may have a prediction layer: a masked-language-model head, for example."""

    def substitutes(self, occurrences: Sequence[Occurrence], count: int) -> SubstituteLists | str:
        """Predict the target from the rest of its sentence.

        Args:
            occurrences: the targets, in any order; the encoder does not see their forms.
            count: the most words to give for each of them.

        Returns:
            The substitutes of each occurrence, or why this encoder has none.
        """


def most_probable(
    scores: NDArray[np.float32], words: Mapping[int, str], original: int | None, count: int
) -> SubstituteList:
    """Take the most probable words; of equally probable ones the first in the vocabulary.

    Args:
        scores: [vocabulary], the logits before the softmax.
        words: the words that may be proposed, by their ids in the vocabulary.
        original: the id of the target, if it has one.
        count: the most words to give.
    """
    x = scores.astype(np.float64)
    x -= x.max()
    probabilities = np.exp(x) / np.exp(x).sum()
    ids = np.fromiter(words, dtype=np.intp, count=len(words))
    word_probabilities = probabilities[ids]
    best = ids[np.argsort(-word_probabilities, kind="stable")[:count]]
    substitutes = tuple(Substitute(words[i], float(probabilities[i])) for i in best.tolist())
    if original is None or original not in words:
        return SubstituteList(substitutes, len(words))
    probability = probabilities[original]
    return SubstituteList(
        substitutes,
        len(words),
        Substitute(words[original], float(probability)),
        rank=1 + int(np.count_nonzero(word_probabilities > probability)),
    )


def is_word(text: str) -> bool:
    """Whether a text is one word: letters, their marks and digits, and at least one letter."""
    categories = {unicodedata.category(char)[0] for char in text}
    return "L" in categories and categories <= {"L", "M", "N"}
