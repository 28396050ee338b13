"""How torch runs here: sequences in, hidden states out as numpy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Forward(Protocol):
    """The forward pass of an encoder."""

    def __call__(self, ids: Tensor, mask: Tensor | None, top: int) -> list[Tensor]:
        """Ids [b, t], mask bool [b, t] (None: no padding) -> layers 0 to top, each [b, t, d]."""
        ...


def hidden_states(
    model: Forward, sequences: Sequence[Sequence[int]], pad: int, top: int
) -> list[NDArray[np.float32]]:
    """Run one batch of token ids, padded on the right.

    Returns:
        top + 1 arrays float32 [b, t, d]; what stands at padding has no meaning.
    """
    lengths = [len(s) for s in sequences]
    longest = max(lengths)
    ids = torch.tensor([[*s, *[pad] * (longest - len(s))] for s in sequences])
    mask = None
    if min(lengths) < longest:
        mask = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
    with torch.inference_mode():
        return [state.float().numpy() for state in model(ids, mask, top)]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block from a seed of its own, and leave torch's global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
