"""Giving up, for a while, the power of the superuser to pass over the permissions of files."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator

VERSION = 0x20080522  # of the two calls, capget(2)
DAC_OVERRIDE, DAC_READ_SEARCH = 1 << 1, 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Obey the permissions of files, on Linux even as the superuser; then as before."""
    if sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = _Header(VERSION, 0)  # of this thread
    now = (_Capabilities * 2)()
    libc.capget(ctypes.byref(header), now)
    before = now[0].effective
    now[0].effective = before & ~(DAC_OVERRIDE | DAC_READ_SEARCH)
    libc.capset(ctypes.byref(header), now)
    try:
        yield
    finally:
        now[0].effective = before
        libc.capset(ctypes.byref(header), now)
