"""How torch runs here: on which device, in which numbers, sequences in and states out as numpy."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from embcmp.encoders.neural.batches import Batch
from embcmp.errors import UsageError

_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # x86 and ARM


class Model(nn.Module):
    """The forward pass of an encoder: `model(batch, layers)`.

    It takes a batch and the layers asked for, 0 being the embedding layer's output; it gives
    [m, d] for each layer, the lowest first: its states at the batch's rows.

    Attributes:
        vocabulary: how many ids it knows.
        remarks: what its states mean, where that is not what BERT's mean.
        causal: a state knows nothing of what follows it.
    """

    vocabulary: int
    remarks: tuple[str, ...] = ()
    causal = False

    def keep(self, top: int) -> None:
        """Take note that no layer above `top` will be asked for."""


@dataclass(frozen=True, slots=True)
class Where:
    """What a forward pass runs on, and the numbers it computes with."""

    device: torch.device
    dtype: torch.dtype

    def remarks(self) -> list[str]:
        """What a user should know of it."""
        found = []
        if self.device.type == "mps":
            found.append("batched results have been seen to differ on mps: check --device cpu")
        if self.dtype == torch.bfloat16 and self.device.type == "cpu" and not has_bfloat16():
            found.append("this CPU has no bfloat16 of its own: float32 is faster")
        return found


def choose(device: str, dtype: str) -> Where:
    """Choose by name; `auto` is CUDA where there is one, else the CPU, and never MPS.

    Raises:
        UsageError: this machine has no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device not in _devices():
        names = ", ".join(_devices())
        raise UsageError(f"--device {device}: there is none here", f"there is {names}")
    return Where(torch.device(device), getattr(torch, dtype))


def _devices() -> tuple[str, ...]:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ("cpu", *(name for name, is_there in there.items() if is_there))


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 by itself, so far as torch can tell."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # new in torch
    return not able or any(able.get(name) for name in _BFLOAT16)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What torch can do here.

    Attributes:
        device: the default one.
        devices: all that there are.
        threads: of one operation.
        bfloat16: the CPU multiplies it by itself.
    """

    device: str
    devices: tuple[str, ...]
    threads: int
    bfloat16: bool


def abilities() -> Abilities:
    """Ask torch what it can do here."""
    default = choose("auto", "float32").device.type
    return Abilities(default, _devices(), torch.get_num_threads(), has_bfloat16())


def run(
    model: Model,
    sequences: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    layers: Collection[int],
    device: torch.device,
) -> list[NDArray[np.float32]]:
    """Run one batch.

    Args:
        model: on `device`.
        sequences: token ids, the shortest first.
        places: for each sequence, the places in it whose states are asked for.
        layers: 0 is the embedding layer's output.
        device: to run on.

    Returns:
        float32 [layers, places, d] for each sequence, the lowest layer first.
    """
    batch = Batch.of(sequences, places, device)
    with torch.inference_mode():
        found: NDArray[np.float32] = torch.stack(model(batch, layers)).float().cpu().numpy()
    return [found[:, rows] for rows in batch.own]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block from a seed of its own, and leave torch's global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextlib.contextmanager
def threaded(count: int | None) -> Iterator[int]:
    """Run a block on so many of torch's threads, as many as before if None; gives their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


class PackedLinear(nn.Module):
    """`nn.Linear` on the CPU, for inference only.

    Its weights lie in memory as oneDNN's matrix products read them. Otherwise each product first
    brings them into that order. docs/speed.md has what it is worth.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        with torch.inference_mode():
            self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight)
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        """X [n, ..., in] -> [n, ..., out]."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return y


def pack(model: nn.Module) -> None:
    """Replace every linear map in a model; where oneDNN cannot do it, none is.

    The plain weights are let go: of a mapped file nothing stays in memory twice.
    """
    if not packable(model):
        return
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Linear):
                setattr(module, name, PackedLinear(child))


def packable(model: nn.Module) -> bool:
    """Whether the model is on the CPU, in numbers that oneDNN multiplies there."""
    weight = next(model.parameters())
    return (
        torch._C._has_mkldnn
        and weight.device.type == "cpu"
        and (weight.dtype == torch.float32 or has_bfloat16())
    )
