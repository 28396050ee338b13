"""Running a model of transformers so that nothing of one forward pass reaches the next one.

Some models keep state: BigBird turns to full attention for good at its first short batch, and
seeds numpy at every long one; rotary positions are stretched by a long sentence and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embcmp.models.quiet_transformers import quiet

_REGISTERED = ("_parameters", "_buffers", "_modules")


class Drawn:
    """Whether forward passes drew random numbers, which is known once they are over."""

    random = False

    def __bool__(self) -> bool:
        return self.random


@contextmanager
def restored(model: nn.Module, seed: int = 0) -> Iterator[Drawn]:
    """Run forward passes in inference mode, quietly, and put back what they change.

    Put back are the attributes, buffers and submodules of every module, and the global state of
    the random numbers of torch and numpy. The private attributes of a module stay: in one of them
    transformers notes that it collects the hidden states.

    Args:
        model: the model to run.
        seed: the seed of torch's random numbers meanwhile.

    Yields:
        Whether random numbers were drawn. It need not matter: BigBird draws weights for a module
        whose weights it then replaces.
    """
    before = {module: _attributes(module) for module in model.modules()}
    numbers = np.random.get_state()  # noqa: NPY002  BigBird seeds it
    drawn = Drawn()
    try:
        with quiet(), torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(seed)
            start = _random_states()
            yield drawn
            drawn.random = not all(map(torch.equal, start, _random_states()))
    finally:
        for module, attributes in before.items():
            for added in _attributes(module).keys() - attributes.keys():
                del module.__dict__[added]
            module.__dict__.update(attributes)
        np.random.set_state(numbers)  # noqa: NPY002  BigBird seeds it


def _random_states() -> list[Tensor]:
    """The states of torch's random numbers, on the CPU and on graphics cards in use."""
    cuda: Any = torch.cuda  # some of its functions have no types
    cards = cuda.get_rng_state_all() if cuda.is_initialized() else []
    return [torch.random.get_rng_state(), *cards]


def _attributes(module: nn.Module) -> dict[str, object]:
    """The attributes that a forward pass may change, and copies of what is registered."""
    values = module.__dict__
    public = {key: value for key, value in values.items() if not key.startswith("_")}
    return public | {key: dict(values[key]) for key in _REGISTERED}
