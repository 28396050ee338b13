"""The derivatives of a step against torch's automatic ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from embcmp.encoders.cells import LstmStep, affine, lstm, lstm_weights, rnn
from embcmp.questions.reach.gradients import lstm_jacobian, rnn_jacobian
from tests.encoders.test_cells import arrays, layer, sizes

seeds = st.integers(0, 2**32 - 1)


def by_torch(step: Callable[..., Tensor], *at: Tensor) -> list[np.ndarray]:
    found = torch.autograd.functional.jacobian(step, at)
    return [part.numpy() for part in found]


@settings(deadline=None)
@given(sizes, seeds)
def test_standard_cell(sizes: tuple[int, int, int], seed: int) -> None:
    made, x = layer(torch.nn.LSTM, seed, (sizes[0], sizes[1], 1))
    generator = torch.Generator().manual_seed(seed)
    memory, state = torch.randn(2, sizes[1], generator=generator, dtype=torch.float64)

    def step(x: Tensor, memory: Tensor, state: Tensor) -> Tensor:
        _, (c, m) = made(x[None], (state[None], memory[None]))
        return torch.cat([m[0], c[0]])

    by_x, by_memory, by_state = by_torch(step, x[0], memory, state)
    weights = lstm_weights(arrays(made))
    zero = np.zeros(sizes[1])
    before = LstmStep(zero, zero, zero, memory.numpy(), state.numpy())
    after = lstm(weights, x[0].numpy(), before.state, before.memory)
    found = lstm_jacobian(weights, x[0].numpy(), before, after)
    np.testing.assert_allclose(found.by_input, by_x, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.by_past, np.hstack([by_memory, by_state]), rtol=0, atol=1e-12)


@settings(deadline=None)
@given(sizes, seeds)
def test_plain_cell(sizes: tuple[int, int, int], seed: int) -> None:
    made, x = layer(torch.nn.RNN, seed, (sizes[0], sizes[1], 1))
    state = torch.randn(
        sizes[1], generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )

    def step(x: Tensor, state: Tensor) -> Tensor:
        return made(x[None], state[None])[1][0]

    by_x, by_state = by_torch(step, x[0], state)
    weights = affine(arrays(made))
    found = rnn_jacobian(weights, x[0].numpy(), rnn(weights, x[0].numpy(), state.numpy()))
    np.testing.assert_allclose(found.by_input, by_x, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.by_past, by_state, rtol=0, atol=1e-12)


def test_a_product_is_the_derivative_over_several_steps() -> None:
    made, xs = layer(torch.nn.RNN, 3, (2, 4, 3))
    weights = affine(arrays(made))
    state, product = np.zeros(4), np.eye(4)
    for x in xs.numpy():
        state = rnn(weights, x, state)
        product = rnn_jacobian(weights, x, state).by_past @ product
    [expected] = by_torch(lambda c: made(xs, c[None])[1][0], torch.zeros(4, dtype=torch.float64))
    np.testing.assert_allclose(product, expected, rtol=0, atol=1e-12)
    assert np.abs(product).max() > 1e-6
    assert product == pytest.approx(expected)
