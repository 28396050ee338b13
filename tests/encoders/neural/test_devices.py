"""Devices and numbers: chosen by name, refused where they are not, and what is said of them."""

from __future__ import annotations

import pytest
import torch

from embcmp.encoders.neural.devices import Placement, choose_placement, has_bfloat16
from embcmp.errors import UsageError


def there_is(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)


@pytest.mark.parametrize(
    ("there", "name", "chosen"),
    [
        ((), "auto", "cpu"),
        (("cuda",), "auto", "cuda"),
        (("mps",), "auto", "cpu"),  # it is never chosen for the user
        (("mps",), "mps", "mps"),
        (("cuda",), "cpu", "cpu"),
    ],
)
def test_which_device(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], name: str, chosen: str
) -> None:
    there_is(monkeypatch, *there)
    assert choose_placement(name, "float32") == Placement(torch.device(chosen), torch.float32)


def test_a_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    there_is(monkeypatch, "mps")
    with pytest.raises(UsageError, match="--device cuda: this machine has none; it has cpu, mps"):
        choose_placement("cuda", "float32")


def test_mps_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    there_is(monkeypatch, "mps")
    says = "batched results have been seen to differ on mps: check --device cpu"
    assert choose_placement("mps", "float32").remarks() == [says]
    assert choose_placement("cpu", "float32").remarks() == []


@pytest.mark.parametrize(
    ("able", "native"),
    [
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"neon": True, "bf16": True}, True),
        ({"neon": True, "bf16": False}, False),
    ],
    ids=str,
)
def test_a_cpu_without_bfloat16_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], native: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    assert has_bfloat16() == native
    warned = choose_placement("cpu", "bfloat16").remarks()
    assert warned == (
        [] if native else ["this CPU has no bfloat16 instructions: float32 is faster"]
    )
    assert choose_placement("cpu", "float32").remarks() == []
