from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from embcmp.encoders import load_encoder
from embcmp.encoders.bert import Bert
from embcmp.encoders.neural import devices
from embcmp.encoders.neural.devices import PackedLinear, pack
from embcmp.types import Occurrence

MAN = [Occurrence("1", "man", "go man the post", 3, 6), Occurrence("2", "man", "a man", 2, 5)]


@pytest.mark.parametrize("shape", [(1, 24), (2, 7, 24), (300, 24)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_a_packed_layer_gives_the_same_product(shape: tuple[int, ...], bias: bool) -> None:
    linear = nn.Linear(24, 40, bias=bias)
    x = torch.randn(shape)
    with torch.inference_mode():
        torch.testing.assert_close(PackedLinear(linear)(x), linear(x), rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not devices.has_bfloat16(), reason="this CPU has no bfloat16")
def test_a_packed_layer_gives_the_same_product_in_bfloat16() -> None:
    linear = nn.Linear(24, 40).bfloat16()
    x = torch.randn(5, 24, dtype=torch.bfloat16)
    with torch.inference_mode():
        torch.testing.assert_close(PackedLinear(linear)(x), linear(x), rtol=1e-2, atol=1e-2)


def linears(module: nn.Module) -> list[int]:
    """How many maps are packed, and how many are not."""
    kinds = (PackedLinear, nn.Linear)
    return [sum(isinstance(m, kind) for m in module.modules()) for kind in kinds]


def test_exactly_the_layers_that_run_are_packed(tiny_bert: Path) -> None:
    for spec, expected in (("@1", [6, 12]), ("@3", [18, 0]), ("@0", [0, 18])):
        encoder = load_encoder(f"bert:{tiny_bert}{spec}")
        assert isinstance(encoder, Bert)
        assert linears(encoder._model) == expected


def test_without_onednn_nothing_is_packed(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_encoder(f"bert:{tiny_bert}").encode(MAN).vectors
    monkeypatch.setattr(torch._C, "_has_mkldnn", False)
    encoder = load_encoder(f"bert:{tiny_bert}")
    assert isinstance(encoder, Bert)
    assert linears(encoder._model) == [0, 18]
    np.testing.assert_allclose(encoder.encode(MAN).vectors, expected, rtol=0, atol=1e-5)


def test_only_float32_is_packed_without_bfloat16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "has_bfloat16", lambda: False)
    for dtype, expected in ((torch.bfloat16, [0, 1]), (torch.float32, [1, 0])):
        model = nn.Sequential(nn.Linear(3, 3)).to(dtype)
        pack(model)
        assert linears(model) == expected
