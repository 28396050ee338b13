"""The standard cell inside a trained language model, against its recorded activations.

The model is a small ELMo with two layers in each direction. Modeled of it: the cell with its
clipping and projection, the second layer's skip connection, and that its states go on from one
sentence to the next. Its character network is not: the recorded inputs stand in for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from embcmp.encoders.cells import Affine, Array, LstmWeights, elmo_lstm
from tests.conftest import SHARED, needs_shared

h5py = pytest.importorskip("h5py", reason="h5py is not installed: `make test` brings it")

FOLDER = SHARED / "lstm_elmo_fixture"
CLIP, UNITS, WIDTH = 3.0, 64, 16
Run = Callable[[NDArray[Any]], NDArray[Any]]


def read(name: str) -> Any:  # noqa: ANN401  h5py has no types
    return h5py.File(FOLDER / name, "r")


def weights(file: Any, direction: int, layer: int) -> tuple[LstmWeights, Array]:  # noqa: ANN401
    """TensorFlow's order is input, candidate, forget, output, with 1 to be added to forget."""
    cell = file[f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"]
    kernel, bias = np.array(cell["W_0"], dtype=np.float64), np.array(cell["B"], dtype=np.float64)
    parts = zip(np.split(kernel.T, 4), np.split(bias, 4), strict=True)
    input_, candidate, forget, output = (Affine(w, b) for w, b in parts)
    made = LstmWeights(forget._replace(bias=forget.bias + 1), input_, candidate, output)
    return made, np.array(cell["W_P_0"], dtype=np.float64).T


def layer(made: LstmWeights, projection: Array) -> Run:
    """A layer that goes on where it was after the last sentence."""
    state, memory = np.zeros(WIDTH), np.zeros(UNITS)

    def run(xs: NDArray[Any]) -> NDArray[Any]:
        nonlocal state, memory
        states = []
        for x in xs:
            step = elmo_lstm(made, projection, CLIP, x, state, memory)
            state, memory = step.state, step.memory
            states.append(state)
        return np.array(states)

    return run


@needs_shared
@pytest.mark.parametrize("part", [0, 1, 2])
def test_recorded_activations(part: int) -> None:
    vocabulary = (FOLDER / "vocab_test.txt").read_text().split("\n")
    inputs = np.array(read("elmo_token_embeddings.hdf5")["embedding"], dtype=np.float64)
    places = {word: i for i, word in enumerate(vocabulary)}
    sentences = json.loads((FOLDER / "sentences.json").read_text())[part]
    recorded = read(f"lm_embeddings_{part}.hdf5")
    file = read("lm_weights.hdf5")
    layers = [[layer(*weights(file, direction, k)) for k in (0, 1)] for direction in (0, 1)]
    for number, sentence in enumerate(sentences):
        tokens = ["<S>", *sentence.split(), "</S>"]
        xs = inputs[[places[token] for token in tokens]]
        expected = np.array(recorded[str(number)])
        for direction, (first, second) in enumerate(layers):
            turned = slice(None, None, -1 if direction else 1)
            low = first(xs[turned])
            top = (low + second(low))[turned]
            assert len(top) == len(tokens)
            np.testing.assert_allclose(top[1:-1], expected[direction], rtol=0, atol=2e-6)
