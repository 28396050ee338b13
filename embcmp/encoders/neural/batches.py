"""Batches of token sequences, joined end to end without padding, and their forward pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

TOKEN_BUDGET = 2048
ONE_WAY = (  # what to say of a decoder's states
    "reads from left to right:"
    " a vector has seen its word and what stands before it, nothing after it"
)


def batches_by_length(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Divide sequences into batches, the shortest sequences first.

    Args:
        lengths: the number of tokens of each sequence.
        budget: the most tokens in a batch; a longer sequence is a batch of its own.

    Yields:
        The indices of the sequences in a batch.
    """
    batch: list[int] = []
    tokens = 0
    for i in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batch and tokens + lengths[i] > budget:
            yield batch
            batch, tokens = [], 0
        batch.append(i)
        tokens += lengths[i]
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Group:
    """Sequences of the same length, which stand one after another in a batch.

    Attributes:
        count: the number of sequences.
        length: the number of tokens in each sequence.
        wanted: the number of positions in each sequence whose states are wanted.
    """

    count: int
    length: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences joined end to end, those of the same length next to each other.

    Attributes:
        ids: [n], the token ids of all sequences.
        groups: the groups of sequences of the same length, in order.
        rows: [m], the places in `ids` whose states are wanted: count x wanted of each group. The
            first place of a sequence is repeated where it wants fewer than its group does.
        row_slices: for each sequence, the part of `rows` that it wants.
    """

    ids: Tensor
    groups: tuple[Group, ...]
    rows: Tensor
    row_slices: tuple[slice, ...]

    @classmethod
    def from_sequences(
        cls,
        sequences: Sequence[Sequence[int]],
        positions: Sequence[Sequence[int]],
        device: torch.device,
    ) -> Batch:
        """Join sequences end to end.

        Args:
            sequences: the token ids of each sequence, the shortest sequence first.
            positions: for each sequence, the positions in it whose states are wanted.
            device: where the tensors are put.
        """
        groups: list[Group] = []
        rows: list[int] = []
        row_slices: list[slice] = []
        start = 0
        pairs = zip(sequences, positions, strict=True)
        for length, neighbors in groupby(pairs, key=lambda pair: len(pair[0])):
            wanted_of_each = [wanted for _, wanted in neighbors]
            most = max(map(len, wanted_of_each))
            groups.append(Group(len(wanted_of_each), length, most))
            for wanted in wanted_of_each:
                row_slices.append(slice(len(rows), len(rows) + len(wanted)))
                rows += [start + k for k in (*wanted, *[wanted[0]] * (most - len(wanted)))]
                start += length
        ids = torch.tensor([k for s in sequences for k in s], device=device)
        return cls(ids, tuple(groups), torch.tensor(rows, device=device), tuple(row_slices))

    def positions(self) -> Tensor:
        """The position of each token in its sequence, [n]."""
        device = self.ids.device
        return torch.cat(
            [torch.arange(g.length, device=device).repeat(g.count) for g in self.groups]
        )


class Model(nn.Module):
    """The forward pass of a transformer: `model(batch, layers)`.

    It takes a batch and the numbers of the wanted layers, of which 0 is the embedding layer's
    output. It gives the states [m, d] of each wanted layer at the batch's rows, the lowest layer
    first.

    Attributes:
        vocabulary: the number of token ids that the model knows.
        remarks: how its states differ from BERT's, for the user.
        causal: whether a state does not depend on the tokens after its own.
    """

    vocabulary: int
    remarks: tuple[str, ...] = ()
    causal = False

    def prepare(self, top: int) -> None:
        """Make ready to run many batches, in which no layer above `top` will be wanted."""


def run_batch(
    model: Model,
    sequences: Sequence[Sequence[int]],
    positions: Sequence[Sequence[int]],
    layers: Collection[int],
    device: torch.device,
) -> list[NDArray[np.float32]]:
    """Run the forward pass on one batch.

    Args:
        model: the model, on `device`.
        sequences: the token ids of each sequence, the shortest sequence first.
        positions: for each sequence, the positions in it whose states are wanted.
        layers: the numbers of the wanted layers; 0 is the embedding layer's output.
        device: the device to run on.

    Returns:
        For each sequence float32 [layers, positions, d], the lowest layer first.
    """
    batch = Batch.from_sequences(sequences, positions, device)
    with torch.inference_mode():
        states: NDArray[np.float32] = torch.stack(model(batch, layers)).float().cpu().numpy()
    return [states[:, rows] for rows in batch.row_slices]
