"""A recurrent encoder laid open: its weights and inputs in float64, for the cells in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders.base import Encoder

Weights = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Opened:
    """What a recurrent network computes with.

    Attributes:
        cell: lstm or rnn.
        weights: of each direction that the encoder reads in, by torch's names of one layer.
        edges: the learned input [d] before the first word of each direction.
    """

    cell: str
    weights: Mapping[str, Weights]
    edges: Mapping[str, NDArray[np.float64]]


@runtime_checkable
class Opens(Encoder, Protocol):
    """An encoder that can be laid open."""

    def opened(self) -> Opened:
        """Its weights."""
        ...

    def inputs(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The input [n, d] of each word, and which words have a vector of their own [n]."""
        ...
