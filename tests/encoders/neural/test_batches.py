from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from embcmp.encoders.neural.batches import by_length


@given(st.lists(st.integers(1, 60)), st.integers(1, 200))
def test_batches_of_one_length_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(by_length(lengths, budget))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert [lengths[batch[0]] for batch in batches] == sorted(lengths[b[0]] for b in batches)
    for batch in batches:
        assert len({lengths[i] for i in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= budget
        assert batch == sorted(batch)


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(9, 40))
def test_no_batch_could_take_one_more(lengths: list[int], budget: int) -> None:
    for length in set(lengths):
        sizes = [len(b) for b in by_length(lengths, budget) if lengths[b[0]] == length]
        assert all(size == budget // length for size in sizes[:-1])
