"""The derivatives of one step of a recurrent cell, written out: what a gradient meets on its way.

With the letters of `cells`, s_t = [m_t ; c_t] for an LSTM and c_t for the plain cell:

    dm_t/dm_{t-1} = diag(f_t)
    dm_t/de_t     = diag(m_{t-1} f_t (1 - f_t)) W_f + diag(k_t h_t (1 - h_t)) W_h
                    + diag(h_t (1 - k_t^2)) W_i,       k_t = tanh(W_i e_t + b_i)
    dc_t/dm_{t-1} = diag(r_t) dm_t/dm_{t-1},           r_t = j_t (1 - tanh(m_t)^2)
    dc_t/de_t     = diag(tanh(m_t) j_t (1 - j_t)) W_j + diag(r_t) dm_t/de_t

and for the plain cell dc_t/de_t = diag(1 - c_t^2) W. As e_t = [x_t ; c_{t-1}], the columns of
these are the derivatives by the input and by the previous state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from embcmp.encoders.cells import Affine, Array, LstmStep, LstmWeights


class Jacobian(NamedTuple):
    """The derivatives of a step's state s_t.

    Attributes:
        by_past: [s, s], by the state before.
        by_input: [s, inputs], by the step's input.
    """

    by_past: Array
    by_input: Array


def lstm_jacobian(w: LstmWeights, x: Array, before: LstmStep, after: LstmStep) -> Jacobian:
    """Of the standard cell; its state is the memory above the output, [2 units]."""
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
    """Of the plain cell; its state is its output, [units]."""
    by_e = (1 - after**2)[:, None] * w.weight
    return Jacobian(by_e[:, len(x) :], by_e[:, : len(x)])
