"""The networks of lstm and rnn in torch.

One network reads the words left of a target from the start of the sentence, another the words
right of it from the end. The cells are those of `embcmp.encoders.cells`, computed by torch. What
they are trained with is in `embcmp.encoders.neural.prediction_layer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from embcmp.encoders.neural.devices import seeded

UNITS = 200
UNK, BOS, EOS = range(3)  # the ids of the learned inputs; the ids of words follow them
LEARNED = 3

_CELLS: Mapping[str, type[nn.LSTM] | type[nn.RNN]] = {"lstm": nn.LSTM, "rnn": nn.RNN}


@dataclass(frozen=True, slots=True)
class RecurrentConfig:
    """The shape of a network.

    Attributes:
        cell: lstm or rnn.
        dim: the width of a word vector.
        units: the width of a state.
    """

    cell: str
    dim: int
    units: int = UNITS


class ContextNetwork(nn.Module):
    """The two networks, and the learned inputs in place of word vectors.

    Attributes:
        special: [LEARNED, dim], the inputs for unknown words and for the ends of a sentence.
        left: the network that reads from the start of the sentence.
        right: the network that reads from its end.
    """

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        cell = _CELLS[config.cell]
        # Never on torch's device "meta", where randn imports torch's compiler, which takes seconds.
        self.special = nn.Parameter(0.1 * torch.randn(LEARNED, config.dim, device="cpu"))
        self.left = cell(config.dim, config.units, batch_first=True)
        self.right = cell(config.dim, config.units, batch_first=True)
        if config.cell == "lstm":
            for network in (self.left, self.right):
                # A forget gate that starts open lets gradients reach far words (Gers et al. 2000).
                bias = network.get_parameter("bias_ih_l0")
                nn.init.ones_(bias[config.units : 2 * config.units])

    def embed(self, ids: Tensor, table: Tensor) -> Tensor:
        """Look input ids up.

        Args:
            ids: [b, t], the input ids.
            table: [LEARNED + n, d], the word vectors; its first LEARNED rows are unused.

        Returns:
            The inputs [b, t, d].
        """
        special = F.embedding(ids.clamp(max=LEARNED - 1), self.special)  # [b, t, d]
        return torch.where((ids < LEARNED)[..., None], special, F.embedding(ids, table))

    def forward(self, ids: Tensor, table: Tensor) -> Tensor:
        """Encode every word of sentences that have the same length.

        Args:
            ids: [b, t], the input ids of the words.
            table: see `embed`.

        Returns:
            For each word the state before it and the state after it, [b, t, 2 units].
        """
        edge = ids.new_ones(len(ids), 1)
        x = self.embed(torch.cat([BOS * edge, ids, EOS * edge], dim=1), table)  # [b, t + 2, d]
        before, _ = self.left(x[:, :-2])  # [b, t, units], at k the state after word k - 1
        after, _ = self.right(x[:, 2:].flip(1))  # [b, t, units], the same from the other end
        return torch.cat([before, after.flip(1)], dim=2)  # [b, t, 2 units]

    def last_states(
        self, network: nn.LSTM | nn.RNN, sequences: Sequence[Tensor], table: Tensor
    ) -> Tensor:
        """The state [b, units] of one network after the last input of each sequence of ids."""
        lengths = torch.tensor([len(s) for s in sequences])
        x = self.embed(pad_sequence(list(sequences), batch_first=True), table)  # [b, t, d]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, last = network(packed)
        state: Tensor = last[0] if isinstance(last, tuple) else last  # an LSTM has (state, memory)
        return state[0]  # [b, units]


def untrained(config: RecurrentConfig, seed: int = 0) -> ContextNetwork:
    """The networks with random weights, with which training starts."""
    with seeded(seed):
        return ContextNetwork(config)
