"""Sequences into batches: of like length, within a budget of tokens, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

TOKEN_BUDGET = 4096


def by_length(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Group the indices of sequences, shortest first; a batch's padded size is within the budget.

    A sequence longer than the budget is a batch of its own.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batch and (len(batch) + 1) * lengths[i] > budget:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
