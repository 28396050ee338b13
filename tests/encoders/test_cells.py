"""The formulas against torch's cells, and against what can be worked out by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embcmp.encoders.cells import (
    Affine,
    LstmWeights,
    affine,
    lstm,
    lstm_weights,
    run_lstm,
    run_rnn,
    sheet_lstm,
    sigm,
)

TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 30))
seeds = st.integers(0, 2**32 - 1)
precisions = st.sampled_from(list(TOLERANCE))


def layer(
    kind: type[torch.nn.LSTM] | type[torch.nn.RNN], seed: int, sizes: tuple[int, int, int]
) -> tuple[torch.nn.LSTM | torch.nn.RNN, torch.Tensor]:
    """A torch layer in float64 with weights of a spread that saturates some gates, and an input."""
    inputs, units, steps = sizes
    generator = torch.Generator().manual_seed(seed)
    made = kind(inputs, units).double()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=1.5, generator=generator)
    return made, torch.randn(steps, inputs, dtype=torch.float64, generator=generator)


def arrays(made: torch.nn.Module) -> dict[str, NDArray[Any]]:
    return {name: tensor.numpy() for name, tensor in made.state_dict().items()}


@settings(deadline=None)
@given(sizes, seeds, precisions)
def test_standard_cell_is_torchs(
    sizes: tuple[int, int, int], seed: int, dtype: torch.dtype
) -> None:
    made, x = layer(torch.nn.LSTM, seed, sizes)
    made, x = made.to(dtype), x.to(dtype)
    with torch.no_grad():
        states, (_, memory) = made(x)
    steps = run_lstm(lstm_weights(arrays(made)), x.numpy())
    assert steps[-1].state.dtype == x.numpy().dtype
    np.testing.assert_allclose(
        [step.state for step in steps], states, rtol=0, atol=TOLERANCE[dtype]
    )
    # the memory is not bounded by 1 as the state is, so that its error is relative
    np.testing.assert_allclose(
        steps[-1].memory, memory[0], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype]
    )


@settings(deadline=None)
@given(sizes, seeds, precisions)
def test_plain_cell_is_torchs(sizes: tuple[int, int, int], seed: int, dtype: torch.dtype) -> None:
    made, x = layer(torch.nn.RNN, seed, sizes)
    made, x = made.to(dtype), x.to(dtype)
    with torch.no_grad():
        for parameter in made.parameters():
            # With large weights the plain cell is chaotic: every rounding error grows.
            parameter /= 5 * sizes[1]
        states, _ = made(x)
    got = run_rnn(affine(arrays(made)), x.numpy())
    np.testing.assert_allclose(got, states, rtol=0, atol=TOLERANCE[dtype])


def zeros(units: int, inputs: int) -> Affine:
    return Affine(np.zeros((units, inputs + units)), np.zeros(units))


def test_cell_without_weights_by_hand() -> None:
    weights = LstmWeights(zeros(1, 2), zeros(1, 2), zeros(1, 2), zeros(1, 2))
    step = lstm(weights, np.array([3.0, -4.0]), np.array([0.7]), np.array([2.0]))
    assert (step.forget, step.input, step.output, step.memory) == (0.5, 0.5, 0.5, 1.0)
    assert step.state == pytest.approx(0.5 * 0.7615941559557649, abs=1e-15)  # tanh 1


def test_open_forget_gate_keeps_the_memory() -> None:
    shut, wide = zeros(1, 1)._replace(bias=np.array([-800.0])), np.array([800.0])
    weights = LstmWeights(zeros(1, 1)._replace(bias=wide), shut, zeros(1, 1), zeros(1, 1))
    step = lstm(weights, np.array([9.0]), np.array([0.0]), np.array([1.25]))
    assert step.memory == 1.25


def some_affine(rng: np.random.Generator, units: int, inputs: int) -> Affine:
    return Affine(rng.standard_normal((units, inputs + units)), rng.standard_normal(units))


@given(seeds)
def test_the_memory_does_not_reach_the_output_of_the_variant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = LstmWeights(*(some_affine(rng, 3, 2) for _ in range(4)))
    other = dataclasses.replace(
        weights,
        forget=some_affine(rng, 3, 2),
        input=some_affine(rng, 3, 2),
        candidate=some_affine(rng, 3, 2),
    )
    control = some_affine(rng, 3, 2)
    x, state, memory = rng.standard_normal(2), rng.standard_normal(3), rng.standard_normal(3)
    sheet = sheet_lstm(weights, control, x, state, memory)
    assert (sheet.state == sheet_lstm(other, control, x, state, -memory).state).all()
    assert (lstm(weights, x, state, memory).state != lstm(other, x, state, -memory).state).all()

    e = np.array([*x, *state])
    gate = 1 / (1 + np.exp(-(weights.output.weight @ e + weights.output.bias)))
    expected = gate * np.tanh(control.weight @ e + control.bias)
    np.testing.assert_allclose(sheet.state, expected, rtol=0, atol=1e-14)
    assert (sheet.memory == lstm(weights, x, state, memory).memory).all()


@given(seeds)
def test_the_output_of_the_variant_does_not_depend_on_its_gates(seed: int) -> None:
    """Over a whole sequence, with noise for W_f, W_h and W_i."""
    rng = np.random.default_rng(seed)
    weights = LstmWeights(*(some_affine(rng, 3, 2) for _ in range(4)))
    noise = {name: some_affine(rng, 3, 2) for name in ("forget", "input", "candidate")}
    xs, control = rng.standard_normal((7, 2)), some_affine(rng, 3, 2)
    sheet, noisy = (
        run_lstm(w, xs, control) for w in (weights, dataclasses.replace(weights, **noise))
    )
    assert all((a.state == b.state).all() for a, b in zip(sheet, noisy, strict=True))
    assert all((a.memory != b.memory).any() for a, b in zip(sheet, noisy, strict=True))
    standard = run_lstm(weights, xs)
    assert (standard[-1].state != sheet[-1].state).any()


def test_sigmoid_neither_overflows_nor_changes_precision() -> None:
    extreme = np.array([-1e30, -1000, 0, 1000, 1e30], dtype=np.float32)
    assert sigm(extreme).tolist() == [0, 0, 0.5, 1, 1]
    assert sigm(extreme).dtype == np.float32
    z = np.linspace(-30, 30, 241)
    np.testing.assert_allclose(sigm(z), 1 / (1 + np.exp(-z)), rtol=0, atol=1e-15)
