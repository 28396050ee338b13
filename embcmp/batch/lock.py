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
    from filelock import FileLock, Timeout

    path = folder / LOCK
    lock = FileLock(path, blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = any(folder.iterdir()) and not path.exists()
        if strange and not (folder / MANIFEST).exists():
            raise OutputError(f"{folder}: holds other files", "name a new or an empty folder")
        lock.acquire()
        path.write_text(f"{os.getpid()}\n", encoding="ascii")  # for whoever finds it locked
    except Timeout as e:
        raise OutputError(
            f"{folder}: another run is at work in it (process {_holder(path)})",
            "wait for it, or name another folder",
        ) from e
    except OSError as e:
        lock.release()
        raise OutputError(f"{folder}: cannot be written: {e.strerror}") from e
    try:
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "unknown"
    except OSError:  # Windows lets nobody read a file that is locked
        return "unknown"
