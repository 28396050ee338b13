"""What a gradient meets on its way through a recurrent encoder, in float64.

Two curves. The recurrent Jacobian d s_k / d s_{k-d} of a state and the one d steps before it, the
product of the steps' own, tells how much gets through at all: it is what vanishes or explodes
(Pascanu, Mikolov & Bengio 2013). Input sensitivity is the norm of the derivative of the target's
unit vector by a word's input, times that input's norm, as shares of the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embcmp.encoders.base import Opened, Opens
from embcmp.encoders.cells import Array, LstmStep, affine, lstm_weights, run_lstm, run_rnn
from embcmp.measures.labels import Floats
from embcmp.questions.reach.curves import distances
from embcmp.questions.reach.jacobians import Jacobian, lstm_jacobian, rnn_jacobian
from embcmp.questions.reach.replacements import positions
from embcmp.text.words import placed_words
from embcmp.types import Occurrence, Progress

LAGS = 20


class Lag(NamedTuple):
    """Geometric means of a Jacobian's norms over positions.

    Attributes:
        frobenius: over the root of the width, so that the identity has 1.
        spectral: the largest singular value.
        positions: how many.
    """

    frobenius: float
    spectral: float
    positions: int


Lags = Mapping[int, Lag]
_Norms = dict[str, dict[int, list[tuple[float, float]]]]  # by part of the state and by lag


@dataclass(frozen=True)
class Gradients:
    """The two curves of an encoder.

    Attributes:
        shares: float64 [uses, 2 k], of the sentence's sensitivity, by distance; NaN without a word.
        jacobian: by part of the state (memory and output of an LSTM, output of a plain cell) and
            by steps, from the states that make the targets' vectors.
    """

    shares: Floats
    jacobian: Mapping[str, Lags]


@dataclass(frozen=True)
class _Side:
    """One direction up to the target: the derivatives of its steps, the edge's first."""

    state: Array
    steps: list[Jacobian]
    inputs: Array


def gradients(
    encoder: Opens, uses: Sequence[Occurrence], distance: int, progress: Progress | None = None
) -> Gradients:
    """Follow the gradient of each target's vector back through its sentence.

    Args:
        encoder: an LSTM or a plain recurrent network.
        uses: the targets.
        distance: the farthest word, k.
        progress: called with (uses done, all uses).
    """
    opened = encoder.opened()
    at = distances(distance)
    shares = np.full((len(uses), len(at)), np.nan)
    norms: _Norms = {}
    for row, use in enumerate(uses):
        found = _shares(use, _sides(encoder, opened, use), norms)
        shares[row] = [found.get(d, np.nan) for d in at]
        if progress:
            progress(row + 1, len(uses))
    return Gradients(shares, {part: _means(by_lag) for part, by_lag in norms.items()})


def _shares(use: Occurrence, sides: Mapping[str, _Side], norms: _Norms) -> dict[int, float]:
    """The share of the word at each distance; 0 at those that the encoder does not read."""
    vector = np.concatenate([side.state for side in sides.values()])
    length = float(np.linalg.norm(vector))
    units = np.split(vector / length, len(sides))
    found = dict.fromkeys((p.distance for p in positions(use)), 0.0)
    total = 0.0
    for (direction, side), own in zip(sides.items(), units, strict=True):
        felt = _walk(side, own, norms) / length
        total += float(felt.sum())
        for place, sensitivity in zip(_distances(use, direction), felt.tolist(), strict=True):
            found[place] = found.get(place, 0.0) + sensitivity
    return {place: felt / total if total else float("nan") for place, felt in found.items()}


def _sides(encoder: Opens, opened: Opened, use: Occurrence) -> dict[str, _Side]:
    before = [w for w, _ in placed_words(use.sentence[: use.start])]
    after = [w for w, _ in placed_words(use.sentence[use.end :])]
    texts = {"forward": before, "backward": after[::-1]}
    return {
        direction: _side(opened, direction, encoder.inputs(texts[direction])[0])
        for direction in opened.weights
    }


def _side(opened: Opened, direction: str, words: Array) -> _Side:
    xs = np.vstack([opened.edges[direction], words])
    weights = opened.weights[direction]
    if opened.cell == "rnn":
        w = affine(weights)
        states = run_rnn(w, xs)
        return _Side(
            states[-1], [rnn_jacobian(w, x, c) for x, c in zip(xs, states, strict=True)], xs
        )
    gates = lstm_weights(weights)
    steps = run_lstm(gates, xs)
    zero = np.zeros_like(steps[0].state)
    before = [LstmStep(zero, zero, zero, zero, zero), *steps[:-1]]
    return _Side(
        steps[-1].state,
        [lstm_jacobian(gates, *of) for of in zip(xs, before, steps, strict=True)],
        xs,
    )


def _walk(side: _Side, own: Array, norms: _Norms) -> Array:
    """Go back from the last state: the sensitivity to each input but the edge's, in reading order.

    The derivative of v / |v| by an input is (I - u u') J / |v| with u the unit vector and J that of
    v: its squared norm is (|J|^2 - |u' J|^2) / |v|^2. `own` is the part of u that this side makes.
    """
    units = len(side.state)
    width = len(side.steps[0].by_past)
    product = np.eye(width)
    felt = np.zeros(len(side.steps))
    for back, step in enumerate(reversed(side.steps)):
        at = len(side.steps) - 1 - back
        if 1 <= back <= LAGS:
            _measure(product, units, back, norms)
        j = product[-units:] @ step.by_input
        squared = (j**2).sum() - ((own @ j) ** 2).sum()
        felt[at] = max(0.0, squared) ** 0.5 * np.linalg.norm(side.inputs[at])
        product = product @ step.by_past
    return felt[1:]


def _measure(product: Array, units: int, back: int, norms: _Norms) -> None:
    """Take the norms of the Jacobian over so many steps, for each part of the state."""
    parts = {"output": product[-units:, -units:]}
    if len(product) > units:
        parts["memory"] = product[:units, :units]
    for part, block in parts.items():
        largest = max(0.0, float(np.linalg.eigvalsh(block.T @ block)[-1])) ** 0.5
        frobenius = float(np.linalg.norm(block)) / units**0.5
        norms.setdefault(part, {}).setdefault(back, []).append((frobenius, largest))


def _means(by_lag: Mapping[int, Sequence[tuple[float, float]]]) -> dict[int, Lag]:
    """Geometric means; a norm of 0 makes the mean 0."""
    found = {}
    for back, pairs in sorted(by_lag.items()):
        with np.errstate(divide="ignore"):
            frobenius, spectral = np.exp(np.log(np.array(pairs)).mean(axis=0)).tolist()
        found[back] = Lag(frobenius, spectral, len(pairs))
    return found


def _distances(use: Occurrence, direction: str) -> list[int]:
    """The distance of the word that each input belongs to, in reading order; 0 for punctuation."""
    text, shift = (
        (use.sentence[: use.start], 0)
        if direction == "forward"
        else (use.sentence[use.end :], use.end)
    )
    words = positions(use)
    found = [
        next((p.distance for p in words if p.start <= shift + start < p.end), 0)
        for _, start in placed_words(text)
    ]
    return found if direction == "forward" else found[::-1]
