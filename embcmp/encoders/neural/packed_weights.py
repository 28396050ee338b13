"""Linear maps whose weights lie in memory as oneDNN's matrix products read them.

Otherwise each product first brings them into that order. docs/notes/speed.md has what it is worth.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from embcmp.encoders.neural.runtime import has_bfloat16


class PackedLinear(nn.Module):
    """`nn.Linear` on the CPU, for inference only."""

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
