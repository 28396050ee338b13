"""The networks of lstm and rnn in torch: what is trained, and what a checkpoint holds.

One reads the words left of a target from the start of the sentence, another those right of it
from the end. The cells are those of `embcmp.encoders.cells`, computed by torch. context2vec
(Melamud, Goldberger & Dagan 2016) trains them by a prediction layer: a perceptron turns the two
states into a vector, and the words whose output vectors have the largest product with it fit best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from embcmp.encoders.neural.devices import seeded
from embcmp.encoders.substitutes import SubstituteList, is_word, most_probable
from embcmp.text.words import words

UNITS = 200
UNK, BOS, EOS = range(3)  # the learned inputs; ids of words start after them
LEARNED = 3

_CELLS: Mapping[str, type[nn.LSTM] | type[nn.RNN]] = {"lstm": nn.LSTM, "rnn": nn.RNN}


@dataclass(frozen=True, slots=True)
class RecurrentConfig:
    """What shapes a network: its cell (lstm or rnn), the width of a word vector and of a state."""

    cell: str
    dim: int
    units: int = UNITS


class ContextNetwork(nn.Module):
    """The two networks, and the learned inputs for what has no word vector."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        cell = _CELLS[config.cell]
        self.special = nn.Parameter(0.1 * torch.randn(LEARNED, config.dim))
        self.left = cell(config.dim, config.units, batch_first=True)
        self.right = cell(config.dim, config.units, batch_first=True)
        if config.cell == "lstm":
            for network in (self.left, self.right):
                # A forget gate that starts open lets gradients reach far words (Gers et al. 2000).
                bias = network.get_parameter("bias_ih_l0")
                nn.init.ones_(bias[config.units : 2 * config.units])

    def embed(self, ids: Tensor, table: Tensor) -> Tensor:
        """Ids [b, t], word vectors [LEARNED + n, d] whose first rows are unused -> [b, t, d]."""
        special = F.embedding(ids.clamp(max=LEARNED - 1), self.special)
        return torch.where((ids < LEARNED)[..., None], special, F.embedding(ids, table))

    def forward(self, ids: Tensor, table: Tensor) -> Tensor:
        """The vector of every word of sentences of equal length.

        Ids [b, t] of the words, table as in `embed` -> [b, t, 2 units].
        """
        edge = ids.new_ones(len(ids), 1)
        x = self.embed(torch.cat([BOS * edge, ids, EOS * edge], dim=1), table)  # [b, t + 2, d]
        before, _ = self.left(x[:, :-2])  # [b, t, units], at k the state after word k - 1
        after, _ = self.right(x[:, 2:].flip(1))  # the same from the other end
        return torch.cat([before, after.flip(1)], dim=2)

    def last_states(
        self, network: nn.LSTM | nn.RNN, sequences: Sequence[Tensor], table: Tensor
    ) -> Tensor:
        """Sequences of ids of any lengths -> the state after the last of each [b, units]."""
        lengths = torch.tensor([len(s) for s in sequences])
        x = self.embed(pad_sequence(list(sequences), batch_first=True), table)  # [b, t, d]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, last = network(packed)
        state: Tensor = last[0] if isinstance(last, tuple) else last  # an LSTM has (state, memory)
        return state[0]


def untrained(config: RecurrentConfig, seed: int = 0) -> ContextNetwork:
    """A network with weights drawn from a seed, as the training starts from."""
    with seeded(seed):
        return ContextNetwork(config)


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

    def substitutes(
        self, states: NDArray[np.float32], forms: Sequence[str], count: int
    ) -> list[SubstituteList]:
        """The most probable words for each pair of states [n, 2 units]; punctuation is none.

        Args:
            states: as the encoder gives them.
            forms: [n], the targets; one of several words is not in the vocabulary.
            count: how many words at most for each.
        """
        choice = {i: word for i, word in enumerate(self.vocabulary) if is_word(word)}
        places = {word: i for i, word in choice.items()}
        return [
            most_probable(scores, choice, places.get(" ".join(words(form))), count)
            for scores, form in zip(self.scores(states), forms, strict=True)
        ]
