"""Gradients in a recurrent encoder, computed in float64.

There are two curves. The recurrent Jacobian d s_k / d s_{k-d} of a state and the state d steps
before it is the product of the Jacobians of the single steps; it is what vanishes or explodes
(Pascanu, Mikolov & Bengio 2013). Input sensitivity is the norm of the derivative of the target's
unit vector with respect to a word's input, times the norm of that input, as a share of the
sentence's total.

With the letters of `cells`, s_t = [m_t ; c_t] for an LSTM and c_t for the plain cell:

    dm_t/dm_{t-1} = diag(f_t)
    dm_t/de_t     = diag(m_{t-1} f_t (1 - f_t)) W_f + diag(k_t h_t (1 - h_t)) W_h
                    + diag(h_t (1 - k_t^2)) W_i,       k_t = tanh(W_i e_t + b_i)
    dc_t/dm_{t-1} = diag(r_t) dm_t/dm_{t-1},           r_t = j_t (1 - tanh(m_t)^2)
    dc_t/de_t     = diag(tanh(m_t) j_t (1 - j_t)) W_j + diag(r_t) dm_t/de_t

and for the plain cell dc_t/de_t = diag(1 - c_t^2) W. As e_t = [x_t ; c_{t-1}], the columns of
these are the derivatives with respect to the input and the previous state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.encoders.base import HasRecurrentWeights, RecurrentWeights
from embcmp.encoders.cells import (
    Affine,
    Array,
    LstmStep,
    LstmWeights,
    affine,
    lstm_weights,
    run_lstm,
    run_rnn,
)
from embcmp.questions.reach.curves import LagNorms, Shares, distances
from embcmp.questions.reach.replacements import positions
from embcmp.text.words import placed_words
from embcmp.types import Occurrence, Progress

LAGS = 20  # the largest number of steps of a Jacobian

_Norms = dict[
    str, dict[int, list[tuple[float, float]]]
]  # part of the state -> steps -> (Frobenius, spectral)


class Jacobian(NamedTuple):
    """The derivatives of a step's state s_t.

    Attributes:
        by_past: [s, s], with respect to the previous state.
        by_input: [s, inputs], with respect to the input of the step.
    """

    by_past: Array
    by_input: Array


@dataclass(frozen=True)
class _Side:
    """One direction, read up to the target.

    Attributes:
        state: [units], the last state.
        steps: the derivatives of each step; the first step reads the edge of the sentence.
        inputs: [steps, dim].
        distances: [steps - 1], distance of the word that an input belongs to; 0 for punctuation.
    """

    state: Array
    steps: list[Jacobian]
    inputs: Array
    distances: list[int]


def gradients(
    encoder: HasRecurrentWeights,
    uses: Sequence[Occurrence],
    distance: int,
    progress: Progress | None = None,
) -> Shares:
    """Compute the gradient of each target's vector with respect to the words of its sentence.

    Args:
        encoder: an LSTM or a plain recurrent network.
        uses: the uses of the target.
        distance: the largest distance in words, k.
        progress: called with (uses done, all uses).

    Returns:
        Shares of the total sensitivity of each sentence.
    """
    network = encoder.recurrent_weights()
    columns = distances(distance)
    shares = np.full((1, len(uses), len(columns)), np.nan)
    norms: _Norms = {}
    for row, use in enumerate(uses):
        sides = [_side(encoder, network, direction, use) for direction in network.weights]
        by_distance = _shares(use, sides, norms)
        shares[0, row] = [by_distance.get(d, np.nan) for d in columns]
        if progress:
            progress(row + 1, len(uses))
    return Shares(shares, jacobian={part: _means(by_lag) for part, by_lag in norms.items()})


def _side(
    encoder: HasRecurrentWeights, network: RecurrentWeights, direction: str, use: Occurrence
) -> _Side:
    forward = direction == "forward"
    text, shift = (use.sentence[: use.start], 0) if forward else (use.sentence[use.end :], use.end)
    placed = placed_words(text)[:: 1 if forward else -1]
    xs = np.vstack(
        [network.start_inputs[direction], encoder.inputs([word for word, _ in placed])[0]]
    )
    if network.cell == "rnn":
        w = affine(network.weights[direction])
        states = run_rnn(w, xs)
        steps = [rnn_jacobian(w, x, c) for x, c in zip(xs, states, strict=True)]
    else:
        gates = lstm_weights(network.weights[direction])
        run = run_lstm(gates, xs)
        states = [step.state for step in run]
        zero = np.zeros_like(states[0])
        before = [LstmStep(zero, zero, zero, zero, zero), *run[:-1]]
        steps = [lstm_jacobian(gates, *step) for step in zip(xs, before, run, strict=True)]
    context = positions(use)
    places = [
        next((p.distance for p in context if p.start <= shift + start < p.end), 0)
        for _, start in placed
    ]
    return _Side(states[-1], steps, xs, places)


def _shares(use: Occurrence, sides: Sequence[_Side], norms: _Norms) -> dict[int, float]:
    """The share of the word at each distance; 0 for words that the encoder does not read."""
    vector = np.concatenate([side.state for side in sides])
    length = float(np.linalg.norm(vector))
    shares = dict.fromkeys((p.distance for p in positions(use)), 0.0)
    total = 0.0
    for side, part in zip(sides, np.split(vector / length, len(sides)), strict=True):
        sensitivities = _walk(side, part, norms) / length
        total += float(sensitivities.sum())
        for place, sensitivity in zip(side.distances, sensitivities.tolist(), strict=True):
            shares[place] = shares.get(place, 0.0) + sensitivity
    return {place: share / total if total else float("nan") for place, share in shares.items()}


def _walk(side: _Side, part: Array, norms: _Norms) -> Array:
    """Walk back from the last state; return the sensitivity to each word in reading order.

    The derivative of v / |v| by an input is (I - u u') J / |v| with u the unit vector and J that of
    v: its squared norm is (|J|^2 - |u' J|^2) / |v|^2. `part` is the part of u that this side makes.
    """
    units = len(side.state)
    product = np.eye(len(side.steps[0].by_past))
    sensitivities = []
    for back, (step, x) in enumerate(zip(side.steps[::-1], side.inputs[::-1], strict=True)):
        if 1 <= back <= LAGS:
            _measure(product, units, back, norms)
        j = product[-units:] @ step.by_input
        squared = (j**2).sum() - ((part @ j) ** 2).sum()
        sensitivities.append(max(0.0, squared) ** 0.5 * np.linalg.norm(x))
        product = product @ step.by_past
    return np.array(sensitivities[:-1][::-1])


def _measure(product: Array, units: int, back: int, norms: _Norms) -> None:
    """Add the norms of the Jacobian over `back` steps, for each part of the state."""
    parts = {"output": product[-units:, -units:]}
    if len(product) > units:
        parts["memory"] = product[:units, :units]
    for part, block in parts.items():
        largest = max(0.0, float(np.linalg.eigvalsh(block.T @ block)[-1])) ** 0.5
        frobenius = float(np.linalg.norm(block)) / units**0.5
        norms.setdefault(part, {}).setdefault(back, []).append((frobenius, largest))


def _means(by_lag: Mapping[int, Sequence[tuple[float, float]]]) -> dict[int, LagNorms]:
    """The geometric means of the norms; a norm of 0 makes the mean 0."""
    means = {}
    for back, pairs in sorted(by_lag.items()):
        with np.errstate(divide="ignore"):
            frobenius, spectral = np.exp(np.log(np.array(pairs)).mean(axis=0)).tolist()
        means[back] = LagNorms(frobenius, spectral, len(pairs))
    return means


def lstm_jacobian(w: LstmWeights, x: Array, before: LstmStep, after: LstmStep) -> Jacobian:
    """The Jacobian of the standard LSTM cell, whose state is memory and output, [2 units]."""
    e = np.concatenate([x, before.state])
    f, h, j = after.forget, after.input, after.output
    k, shown = np.tanh(w.candidate(e)), np.tanh(after.memory)
    memory_by_e = (
        (before.memory * f * (1 - f))[:, None] * w.forget.weight
        + (k * h * (1 - h))[:, None] * w.input.weight
        + (h * (1 - k**2))[:, None] * w.candidate.weight
    )
    r = j * (1 - shown**2)
    output_by_e = (shown * j * (1 - j))[:, None] * w.output.weight + r[:, None] * memory_by_e
    by_e = np.concatenate([memory_by_e, output_by_e])
    by_memory = np.concatenate([np.diag(f), np.diag(r * f)])
    return Jacobian(np.concatenate([by_memory, by_e[:, len(x) :]], axis=1), by_e[:, : len(x)])


def rnn_jacobian(w: Affine, x: Array, after: Array) -> Jacobian:
    """The Jacobian of the plain cell, whose state is its output, [units]."""
    by_e = (1 - after**2)[:, None] * w.weight
    return Jacobian(by_e[:, len(x) :], by_e[:, : len(x)])
