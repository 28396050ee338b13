"""The vector of a sentence, from the states of its tokens, as sentence-transformers computes it.

Reference: Reimers & Gurevych 2019. What a checkpoint declares is read by
`embcmp.models.sentence_modules`.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from embcmp.encoders.base import fingerprint
from embcmp.encoders.neural.devices import seeded
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import open_safetensors
from embcmp.models.digests import file_digest
from embcmp.models.module_settings import Dense, Pooling
from embcmp.models.sentence_modules import SentenceModules

Floats = NDArray[np.float32]


class SentenceVector:
    """The modules that come after a transformer.

    Args:
        modules: what the checkpoint declares.
        dim: the width of a state.
        seed: the seed of random weights; None to read the trained ones.

    Attributes:
        dim: the width of a vector.
        parameters: the number of parameters of the dense layers.
        bytes: the size of the files of the dense layers.
        digest: a digest of everything that the vector depends on besides the states.

    Raises:
        ModelError: nothing says how to pool, a module is unknown, or a dense layer is broken.
    """

    def __init__(self, modules: SentenceModules, dim: int, seed: int | None) -> None:
        self.pooling: Pooling = modules.pooling
        self.dim = dim * len(self.pooling.modes)
        self.bytes = 0
        digests: list[tuple[str, ...]] = [(f"lower case: {modules.lower_case}",)]
        steps: list[nn.Module] = []
        for module in modules.after_transformer[1:]:
            if isinstance(module, Pooling):
                raise ModelError(
                    f"{modules.folder}: its modules pool twice", "fetch the model again"
                )
            if isinstance(module, Dense):
                if module.inputs != self.dim:
                    raise ModelError(
                        f"{module.file.parent}: takes vectors of the width {module.inputs}, but"
                        f" those of {modules.folder} have {self.dim}",
                        "fetch the model again",
                    )
                steps.append(_dense(module, seed))
                self.dim = module.outputs
                self.bytes += module.file.stat().st_size
                digests.append((file_digest(module.file), module.activation))
            else:
                steps.append(_Normalized())
                digests.append(("normalized",))
        self._steps = nn.Sequential(*steps).eval()
        self.parameters = sum(p.numel() for p in self._steps.parameters())
        self.digest = fingerprint(self.pooling, *digests)

    def of(self, states: Floats, first: int) -> Floats:
        """The vector [dim] of a sentence.

        Args:
            states: the states [tokens, d] that are pooled: of all tokens, special ones included, or
                of those after the prompt.
            first: the position of the first of them in its sequence.
        """
        pooled = np.concatenate([_pool(states, mode, first) for mode in self.pooling.modes])
        with torch.inference_mode():
            vector: Floats = self._steps(torch.from_numpy(pooled)).numpy()
        return vector


def _pool(states: Floats, mode: str, first: int) -> Floats:
    """Pool states [tokens, d] to one [d] in one of the ways of `POOLINGS`."""
    count = len(states)
    x = states.astype(np.float64)
    weights = np.arange(first + 1, first + count + 1, dtype=np.float64)
    pooled: NDArray[np.float64] = {
        "cls": lambda: x[0],
        "lasttoken": lambda: x[-1],
        "max": lambda: x.max(axis=0),
        "mean": lambda: x.mean(axis=0),
        "mean_sqrt_len_tokens": lambda: x.sum(axis=0) / np.sqrt(count),
        "weightedmean": lambda: weights @ x / weights.sum(),
    }[mode]()
    return pooled.astype(np.float32)


class _Normalized(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(x, dim=-1)


def _dense(module: Dense, seed: int | None) -> nn.Module:
    """A dense layer with its activation."""
    activation = getattr(nn, module.activation, None)
    if not (isinstance(activation, type) and issubclass(activation, nn.Module)):
        raise ModelError(
            f"{module.file.parent}: torch has no activation {module.activation}",
            "leave out pool=sentence",
        )
    with seeded(seed or 0):
        linear = nn.Linear(module.inputs, module.outputs, bias=module.bias)
    if seed is None:
        with open_safetensors(module.file, framework="pt") as f:
            if {*f.keys()} != {f"linear.{name}" for name in linear.state_dict()}:
                raise ModelError(
                    f"{module.file}: its tensors are {', '.join(sorted(f.keys()))}, which do not"
                    " fit its settings",
                    "fetch the model again",
                )
            state = {name: f.get_tensor(f"linear.{name}").float() for name in linear.state_dict()}
        if any(state[name].shape != wanted.shape for name, wanted in linear.state_dict().items()):
            raise ModelError(
                f"{module.file}: its weights are not {module.outputs} by {module.inputs}, as its"
                " settings say",
                "fetch the model again",
            )
        linear.load_state_dict(state)
    try:
        layer = nn.Sequential(linear, activation())
        if layer(torch.zeros(module.inputs)).shape != (module.outputs,):
            raise TypeError("it changes the width")
    except (TypeError, RuntimeError, NotImplementedError, IndexError) as e:
        raise ModelError(f"{module.file.parent}: {module.activation} is no activation") from e
    return layer
