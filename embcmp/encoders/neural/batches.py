"""Sequences into batches: of one length, within a budget of tokens, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

TOKEN_BUDGET = 4096


def by_length(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Group the indices of sequences, shortest first; no batch needs padding.

    A sequence longer than the budget is a batch of its own.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        full = (len(batch) + 1) * lengths[i] > budget
        if batch and (full or lengths[batch[0]] != lengths[i]):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
