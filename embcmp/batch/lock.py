"""One run in a folder at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embcmp.errors import OutputError

LOCK, MANIFEST = ".lock", "manifest.json"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, made where it is not there; a process that ends, however, lets go of it.

    Raises:
        OutputError: another process holds it, it cannot be made or written, or it holds files
            that are no batch's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = any(folder.iterdir()) and not (folder / LOCK).exists()
        if strange and not (folder / MANIFEST).exists():
            raise OutputError(f"{folder}: holds other files", "name a new or an empty folder")
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be written: {e.strerror}") from e
    try:
        _hold(handle, folder)
        yield
    finally:
        os.close(handle)  # which unlocks it


def _hold(handle: int, folder: Path) -> None:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        holder = os.read(handle, 20).decode("ascii", "replace").strip()
        raise OutputError(
            f"{folder}: another run is at work in it (process {holder or 'unknown'})",
            "wait for it, or name another folder",
        ) from e
    try:
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except OSError as e:
        raise OutputError(f"{folder / LOCK}: cannot be written: {e.strerror}") from e
