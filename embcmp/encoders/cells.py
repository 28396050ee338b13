"""The recurrent cells as formulas in numpy: the reference that torch's cells are tested against.

With e_t = [x_t ; c_{t-1}], input and previous state concatenated, and * element by element:

    f_t = sigm(W_f e_t + b_f)      forget gate
    h_t = sigm(W_h e_t + b_h)      input gate
    j_t = sigm(W_j e_t + b_j)      output gate
    i_t = h_t * tanh(W_i e_t + b_i)
    g_t = f_t * m_{t-1}
    m_t = i_t + g_t                memory
    c_t = j_t * tanh(m_t)          state: `lstm`, the standard cell
    c_t = j_t * tanh(W_c e_t + b_c)       `sheet_lstm`, a variant from a course handout

The letters are those of a course handout. In the literature h_t is called i_t, i_t is i_t times
the candidate, the memory m_t is the cell state c_t, and the state c_t is the hidden state h_t.

The standard cell is the LSTM with forget gate and without peepholes: Hochreiter & Schmidhuber
1997; Gers, Schmidhuber & Cummins 2000 for the forget gate. In the variant the memory reaches
no output: f, h, i and m get no gradient, and what is left is a tanh network with an output gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Affine(NamedTuple):
    """W e + b.

    Attributes:
        weight: [units, inputs + units].
        bias: [units].
    """

    weight: Array
    bias: Array

    def __call__(self, e: Array) -> Array:
        """[inputs + units] -> [units]."""
        return self.weight @ e + self.bias


@dataclass(frozen=True)
class LstmWeights:
    """The four affine maps of an LSTM cell: W_f, W_h, W_i and W_j with their biases."""

    forget: Affine
    input: Affine
    candidate: Affine
    output: Affine


class LstmStep(NamedTuple):
    """What one step of an LSTM computes, each [units]: f_t, h_t, j_t, m_t and c_t."""

    forget: Array
    input: Array
    output: Array
    memory: Array
    state: Array


def sigm(z: Array) -> Array:
    """The logistic function 1 / (1 + exp(-z)), in the form that cannot overflow."""
    half = z.dtype.type(0.5)
    return half + half * np.tanh(half * z)


def lstm(w: LstmWeights, x: Array, state: Array, memory: Array) -> LstmStep:
    """One step of the standard cell: x [inputs], previous state and memory [units]."""
    e = np.concatenate([x, state])
    f, h, j = sigm(w.forget(e)), sigm(w.input(e)), sigm(w.output(e))
    m = h * np.tanh(w.candidate(e)) + f * memory
    return LstmStep(f, h, j, m, j * np.tanh(m))


def sheet_lstm(w: LstmWeights, control: Affine, x: Array, state: Array, memory: Array) -> LstmStep:
    """One step of the variant whose memory reaches no output; `control` is W_c with its bias."""
    step = lstm(w, x, state, memory)
    return step._replace(state=step.output * np.tanh(control(np.concatenate([x, state]))))


def elmo_lstm(
    w: LstmWeights, projection: Array, clip: float, x: Array, state: Array, memory: Array
) -> LstmStep:
    """One step of ELMo's cell (Peters et al. 2018): the standard one, clipped and projected.

    The memory is cut to [-clip, clip], and the state is the output times `projection` [state,
    units], cut likewise.
    """
    step = lstm(w, x, state, memory)
    m = np.clip(step.memory, -clip, clip)
    c = np.clip(projection @ (step.output * np.tanh(m)), -clip, clip)
    return step._replace(memory=m, state=c)


def rnn(w: Affine, x: Array, state: Array) -> Array:
    """One step of the plain tanh network (Elman 1990): the new state [units]."""
    return np.tanh(w(np.concatenate([x, state])))


def run_lstm(w: LstmWeights, xs: Array, control: Affine | None = None) -> list[LstmStep]:
    """The standard cell over a sequence [steps, inputs], from a zero state and memory.

    With `control` it is the variant whose memory reaches no output.
    """
    zero = np.zeros_like(w.forget.bias)
    step = LstmStep(zero, zero, zero, zero, zero)
    if control is not None:
        return [step := sheet_lstm(w, control, x, step.state, step.memory) for x in xs]
    return [step := lstm(w, x, step.state, step.memory) for x in xs]


def run_rnn(w: Affine, xs: Array) -> list[Array]:
    """The plain cell over a sequence [steps, inputs], from a zero state."""
    state = np.zeros_like(w.bias)
    return [state := rnn(w, x, state) for x in xs]


def affine(weights: Mapping[str, Array]) -> Affine:
    """Join the weights of one torch layer as it names them.

    torch keeps the input's and the state's weights apart, with a bias each; the two biases add.
    """
    return Affine(
        np.concatenate([weights["weight_ih_l0"], weights["weight_hh_l0"]], axis=1),
        weights["bias_ih_l0"] + weights["bias_hh_l0"],
    )


def lstm_weights(weights: Mapping[str, Array]) -> LstmWeights:
    """Take the weights of one torch.nn.LSTM layer apart: input, forget, candidate, output."""
    weight, bias = affine(weights)
    rows = zip(np.split(weight, 4), np.split(bias, 4), strict=True)
    input_, forget, candidate, output = (Affine(w, b) for w, b in rows)
    return LstmWeights(forget=forget, input=input_, candidate=candidate, output=output)
