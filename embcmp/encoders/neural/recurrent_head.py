"""The prediction layer of a recurrent encoder: which word fits between the two states.

context2vec (Melamud, Goldberger & Dagan 2016) trains its networks by this: a perceptron turns the
states into a vector, and the words whose output vectors have the largest product with it fit best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from embcmp.encoders.slots import Slot, fill, is_word
from embcmp.text.words import words

NO_HEAD = "no prediction layer was kept (train lstm --keep-head)"
ONE_SIDE = "the prediction layer reads the states of both directions"


def perceptron(units: int, dim: int) -> nn.Sequential:
    """From two states [2 units] to a vector in the space of the output vectors [dim]."""
    wide = 2 * units
    return nn.Sequential(nn.Linear(wide, wide), nn.ReLU(), nn.Linear(wide, dim))


@dataclass(frozen=True)
class PredictionHead:
    """The perceptron, and an output vector [vocabulary, dim] for every word that it can predict."""

    perceptron: nn.Sequential
    output: Tensor
    vocabulary: Sequence[str]

    def scores(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """States [n, 2 units] -> [n, vocabulary], the logarithms of odds but for a constant."""
        with torch.inference_mode():
            guess = self.perceptron(torch.from_numpy(states))  # [n, dim]
            scores: NDArray[np.float32] = (guess @ self.output.T).numpy()
        return scores

    def fill(self, states: NDArray[np.float32], forms: Sequence[str], count: int) -> list[Slot]:
        """The most probable words for each pair of states [n, 2 units]; punctuation is none.

        Args:
            states: as the encoder gives them.
            forms: [n], the targets.
            count: how many words at most for each.
        """
        choice = {i: word for i, word in enumerate(self.vocabulary) if is_word(word)}
        places = {word: i for i, word in choice.items()}
        return [
            fill(scores, choice, _place(form, places), count)
            for scores, form in zip(self.scores(states), forms, strict=True)
        ]


def _place(form: str, places: Mapping[str, int]) -> int | None:
    """A form's place in the vocabulary; a form of several words has none."""
    match words(form):
        case [word]:
            return places.get(word)
    return None
