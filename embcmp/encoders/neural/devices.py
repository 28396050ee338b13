"""What torch can use here: devices, bfloat16, threads, seeds, and weights packed for the CPU."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from embcmp.errors import UsageError

_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # on x86 and on ARM


@dataclass(frozen=True, slots=True)
class Placement:
    """The device that a forward pass runs on, and the dtype that it computes with."""

    device: torch.device
    dtype: torch.dtype

    def remarks(self) -> list[str]:
        """What a user should know of this device and dtype."""
        remarks = []
        if self.device.type == "mps":
            remarks.append("batched results have been seen to differ on mps: check --device cpu")
        if self.dtype == torch.bfloat16 and self.device.type == "cpu" and not has_bfloat16():
            remarks.append("this CPU has no bfloat16 instructions: float32 is faster")
        return remarks


def choose_placement(device: str, dtype: str) -> Placement:
    """Choose by name; `auto` is CUDA where there is one, else the CPU, and never MPS.

    Raises:
        UsageError: this machine has no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device not in _devices():
        names = ", ".join(_devices())
        raise UsageError(f"--device {device}: this machine has none", f"it has {names}")
    return Placement(torch.device(device), getattr(torch, dtype))


def _devices() -> tuple[str, ...]:
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ("cpu", *(name for name, is_available in available.items() if is_available))


def has_bfloat16() -> bool:
    """Whether this CPU has instructions that multiply bfloat16, as far as torch can tell."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # new in torch
    return not capabilities or any(capabilities.get(name) for name in _BFLOAT16)


@dataclass(frozen=True, slots=True)
class TorchSupport:
    """What torch can use on this machine.

    Attributes:
        device: the default device.
        devices: all devices of the machine.
        threads: how many threads an operation uses.
        bfloat16: whether the CPU has instructions that multiply bfloat16.
    """

    device: str
    devices: tuple[str, ...]
    threads: int
    bfloat16: bool


def torch_support() -> TorchSupport:
    """Ask torch what it can use on this machine."""
    default = choose_placement("auto", "float32").device.type
    return TorchSupport(default, _devices(), torch.get_num_threads(), has_bfloat16())


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block with torch's generator seeded, and leave the generator as it was before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextlib.contextmanager
def threaded(count: int | None) -> Iterator[int]:
    """Run a block on a number of torch's threads, the present number if None; yields it."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


class PackedLinear(nn.Module):
    """`nn.Linear` on the CPU, for inference only.

    Its weights lie in memory in the order in which oneDNN's matrix products read them; otherwise
    each product first copies them into that order. docs/notes/speed.md has what it gains.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        with torch.inference_mode():
            self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight)
        self.bias = linear.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map x [n, ..., in] to [n, ..., out]."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return y


def pack(model: nn.Module) -> None:
    """Replace every linear layer of a model by a packed one, where oneDNN can compute it.

    The unpacked weights are released, so that those of a mapped file are not in memory twice.
    """
    if not packable(model):
        return
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Linear):
                setattr(module, name, PackedLinear(child))


def packable(model: nn.Module) -> bool:
    """Whether the model is on the CPU, in a dtype that oneDNN multiplies there."""
    weight = next(model.parameters())
    return (
        torch._C._has_mkldnn
        and weight.device.type == "cpu"
        and (weight.dtype == torch.float32 or has_bfloat16())
    )
