from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from embcmp.encoders.neural.batches import Batch, Group, batches_by_length


@given(st.lists(st.integers(1, 60)), st.integers(1, 200))
def test_batches_by_length_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(batches_by_length(lengths, budget))
    order = [i for batch in batches for i in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert order == sorted(order, key=lambda i: (lengths[i], i))
    tokens = [sum(lengths[i] for i in batch) for batch in batches]
    assert all(n <= budget or len(batch) == 1 for n, batch in zip(tokens, batches, strict=True))
    for n, following in zip(tokens, batches[1:], strict=False):
        assert n + lengths[following[0]] > budget  # it could not have taken one more


def test_sequences_end_to_end() -> None:
    batch = Batch.from_sequences([[5], [6, 7], [8, 9]], [[0], [1], [0, 1]], torch.device("cpu"))
    assert batch.ids.tolist() == [5, 6, 7, 8, 9]
    assert batch.groups == (Group(1, 1, 1), Group(2, 2, 2))
    assert batch.positions().tolist() == [0, 0, 1, 0, 1]
    assert batch.rows.tolist() == [0, 2, 2, 3, 4]
    assert batch.row_slices == (slice(0, 1), slice(1, 2), slice(3, 5))
