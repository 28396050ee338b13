"""Whether a file is what it should be, by size and sha256, without reading it every time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from embcmp.cache import cache_dir, write_whole
from embcmp.errors import ModelError, OutputError

# A file system's clock ticks every few milliseconds, some every two seconds: a file that changed
# within the tick in which it was read could change again and keep its times.
SETTLED_NS = 2_000_000_000


def file_stamp(path: Path) -> str:
    """The size, times and inode of a file: what tells that it has changed.

    Raises:
        OSError: there is no such file.
    """
    return stamp_of(path.stat())


def stamp_of(stat: os.stat_result) -> str:
    """As `file_stamp`, of what the system said of a file."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def file_digest(path: Path, *, reread: bool = False) -> str:
    """The sha256 of a file's content, 64 hexadecimal digits.

    It is remembered in the cache by path, size, times and inode, so that an unchanged file is
    read once. A cache that cannot be read or written costs time and nothing else.

    Args:
        path: the file.
        reread: read it even where its digest is remembered.

    Raises:
        ModelError: the file cannot be read.
    """
    path = path.resolve()
    try:
        before = file_stamp(path)
        note = cache_dir() / "digests" / hashlib.sha256(os.fsencode(path)).hexdigest()
        if not reread and (known := _recall(note, before)):
            return known
        digest = _read_digest(path, "sha256")
        settled = file_stamp(path) == before and _age_ns(path) > SETTLED_NS
    except OSError as e:
        raise ModelError(f"{path}: cannot be read: {e.strerror}") from e
    if settled:
        _remember(note, f"{before} {digest}")
    return digest


def verify(
    path: Path, size: int, digest: str, *, algorithm: str = "sha256", reread: bool = False
) -> None:
    """Check a file against the size (bytes) and the digest that it should have.

    Args:
        path: the file.
        size: in bytes.
        digest: in hexadecimal digits.
        algorithm: of the digest; one other than sha256 is not remembered.
        reread: read it even where its digest is remembered.

    Raises:
        ModelError: it is missing, cannot be read, or is another file.
    """
    if not path.is_file():
        raise ModelError(f"{path}: is missing")
    if (there := path.stat().st_size) != size:
        raise ModelError(f"{path}: is damaged: {there:,} bytes instead of {size:,}")
    sha256 = algorithm == "sha256"
    found = file_digest(path, reread=reread) if sha256 else _read_digest(path, algorithm)
    if found != digest:
        raise ModelError(f"{path}: is damaged: its {algorithm} is not {digest}")


def _read_digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(
            f, lambda: hashlib.new(algorithm, usedforsecurity=algorithm != "md5")
        ).hexdigest()


def _age_ns(path: Path) -> int:
    """Nanoseconds since the file or its name, owner or permissions last changed."""
    return time.time_ns() - path.stat().st_ctime_ns


def _recall(note: Path, stamp: str) -> str | None:
    """The digest that was noted for this state of the file, if any."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        noted, _, digest = note.read_text(encoding="ascii").rpartition(" ")
        if noted == stamp:
            return digest
    return None


def _remember(note: Path, text: str) -> None:
    with contextlib.suppress(OSError, OutputError):
        note.parent.mkdir(parents=True, exist_ok=True)
        write_whole(note, text)
