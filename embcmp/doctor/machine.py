"""Checks of the models, the cache, the network and torch."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from embcmp.cache import cache_dir, cache_is_temporary
from embcmp.doctor.checks import FAILED, OK, WARNING, Check
from embcmp.errors import ModelError
from embcmp.models.catalog import EMBEDDED, SHIPPED, locate, shipped_checkpoint, shipped_layer
from embcmp.models.hub import offline

_SPARE = 1 << 30  # bytes; with less, an index or a model may not fit


def models() -> Iterator[Check]:
    """Read all bytes of the default models and check their digests."""
    default_models: list[tuple[str, int, Callable[..., Path]]] = [
        *((m.display, m.bytes, partial(locate, m)) for m in EMBEDDED.values()),
        *((f, s.encoder.bytes, partial(shipped_checkpoint, f)) for f, s in SHIPPED.items()),
        *((f"{f} layer", s.layer.bytes, partial(shipped_layer, f)) for f, s in SHIPPED.items()),
    ]
    for name, size, find in default_models:
        try:
            place = find(reread=True)
        except ModelError as e:
            yield Check(name, FAILED, e.message, e.hint)
        else:
            yield Check(name, OK, f"{_size(size)}, intact, in {place}")


def cache() -> Check:
    """The folder of the cache, its size, and whether it can be written."""
    try:
        place = cache_dir()
        size = sum(f.stat().st_size for f in place.rglob("*") if f.is_file())
        nearest = next(p for p in (place, *place.absolute().parents) if p.is_dir())
        with tempfile.TemporaryFile(dir=nearest):
            pass
        free = shutil.disk_usage(nearest).free
    except OSError as e:
        return Check(
            "cache", WARNING, f"cannot be written: {e}: its contents are computed in every run",
            "name another folder by EMBCMP_CACHE",
        )  # fmt: skip
    if cache_is_temporary():
        return Check(
            "cache", WARNING, "there is no home folder, so the cache is removed when embcmp ends",
            "name a folder by EMBCMP_CACHE",
        )  # fmt: skip
    description = f"{place}: {_size(size)}, {_size(free)} free"
    if free < _SPARE:
        return Check(
            "cache", WARNING, description, "make room, or name another folder by EMBCMP_CACHE"
        )
    return Check("cache", OK, description)


def network() -> Check:
    """Whether models may be downloaded."""
    if offline():
        return Check("network", OK, "offline: nothing is downloaded")
    return Check("network", OK, "models of the hub are downloaded when they are needed")


def torch() -> Iterator[Check]:
    """The threads, the devices and the number formats that torch uses."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        import numpy as np  # noqa: F401  torch without numpy only prints a warning

        from embcmp.encoders.neural.devices import torch_support

        support = torch_support()
    except Exception as e:
        yield Check("torch", FAILED, f"cannot be imported: {e}", "pip install torch")
        return
    threads = os.environ.get("OMP_NUM_THREADS")
    by = f", set by OMP_NUM_THREADS={threads}" if threads else ""
    yield Check("threads", OK, f"{support.threads} of {cores} cores{by}")
    devices = ", ".join(support.devices)
    yield Check("device", OK, f"{support.device} by default; available: {devices}")
    slow = "not supported by this CPU: float32 is faster"
    bfloat16 = "used for dtype=bfloat16" if support.bfloat16 else slow
    yield Check("bfloat16", OK, bfloat16)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
