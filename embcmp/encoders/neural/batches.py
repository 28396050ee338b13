"""Sequences into batches: of like length, end to end without padding, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

TOKEN_BUDGET = 2048


def by_length(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Group the indices of sequences, shortest first, within a budget of tokens.

    A sequence longer than the budget is a batch of its own.
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
    """Neighbors in a batch.

    Attributes:
        count: sequences.
        length: tokens of each.
        asked: places of each whose states are asked for.
    """

    count: int
    length: int
    asked: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences end to end; those of one length are neighbors.

    Attributes:
        ids: [n], of all tokens.
        groups: the sequences by length, in order.
        rows: [m], where in `ids` the places asked for are: count x asked of each group. A sequence
            that asks for fewer than its group does has its first one again.
        own: for each sequence, which of `rows` it asked for.
    """

    ids: Tensor
    groups: tuple[Group, ...]
    rows: Tensor
    own: tuple[slice, ...]

    @classmethod
    def of(
        cls,
        sequences: Sequence[Sequence[int]],
        places: Sequence[Sequence[int]],
        device: torch.device,
    ) -> Batch:
        """Lay sequences of token ids end to end, with the places in each that are asked for."""
        groups: list[Group] = []
        rows: list[int] = []
        own: list[slice] = []
        start = 0
        pairs = zip(sequences, places, strict=True)
        for length, neighbors in groupby(pairs, key=lambda pair: len(pair[0])):
            asking = [asked for _, asked in neighbors]
            most = max(map(len, asking))
            groups.append(Group(len(asking), length, most))
            for asked in asking:
                own.append(slice(len(rows), len(rows) + len(asked)))
                rows += [start + k for k in (*asked, *[asked[0]] * (most - len(asked)))]
                start += length
        ids = torch.tensor([k for s in sequences for k in s], device=device)
        return cls(ids, tuple(groups), torch.tensor(rows, device=device), tuple(own))

    def positions(self) -> Tensor:
        """The place of each token in its sequence, [n]."""
        device = self.ids.device
        return torch.cat(
            [torch.arange(g.length, device=device).repeat(g.count) for g in self.groups]
        )
