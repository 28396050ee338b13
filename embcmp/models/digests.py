"""Whether a file is what it should be, by size and sha256, without reading it every time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from embcmp.cache import cache_dir, write_whole
from embcmp.errors import ModelError, OutputError

# A file system's clock ticks every few milliseconds, some every two seconds: a file that changed
# within the tick in which it was read could change again and keep its times.
SETTLED_NS = 2_000_000_000

_ALGORITHMS = {32: "md5", 40: "git blob id", 64: "sha256"}  # by their hexadecimal digits


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is, or as it should be: its name, its size in bytes and its sha256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> File:
        """Describe a file.

        Raises:
            ModelError: it cannot be read.
        """
        return cls(path.name, path.stat().st_size, file_digest(path))


def file_stamp(stat: os.stat_result) -> str:
    """The size, times and inode of a file: what tells that it has changed."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def age_ns(stat: os.stat_result) -> int:
    """Nanoseconds since a file last changed, or was to change by a clock that is ahead.

    On Windows `st_ctime_ns` is the time when the file was made, so that both times are looked at.
    """
    now = time.time_ns()
    return min(abs(now - stat.st_ctime_ns), abs(now - stat.st_mtime_ns))


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
        before = file_stamp(path.stat())
        note = cache_dir() / "digests" / hashlib.sha256(os.fsencode(path)).hexdigest()
        if not reread and (known := _recall(note, before)):
            return known
        digest = _read_digest(path, "sha256")
        after = path.stat()
    except OSError as e:
        raise ModelError(f"{path}: cannot be read: {e.strerror}") from e
    if file_stamp(after) == before and age_ns(after) > SETTLED_NS:
        with contextlib.suppress(OSError, OutputError):
            note.parent.mkdir(parents=True, exist_ok=True)
            write_whole(note, f"{before} {digest}")
    return digest


def difference(path: Path, size: int | None, digest: str, *, reread: bool = False) -> str | None:
    """What tells a file from the one that it should be, in words; None where nothing does.

    Args:
        path: the file.
        size: the one that it should have, in bytes, where that is known.
        digest: likewise, in hexadecimal digits: a sha256, an md5, or git's blob id.
        reread: read it even where its sha256 is remembered.

    Raises:
        ModelError: it cannot be read.
    """
    if size is not None and (actual := path.stat().st_size) != size:
        return f"{actual:,} bytes instead of {size:,}"
    algorithm = _ALGORITHMS[len(digest)]
    if algorithm == "sha256":
        same = file_digest(path, reread=reread) == digest
    else:
        same = _read_digest(path, algorithm) == digest
    return None if same else f"its {algorithm} is not {digest}"


def verify(path: Path, size: int, digest: str, hint: str = "", *, reread: bool = False) -> None:
    """Check a file against the size and the digest that it should have, as `difference` does.

    Raises:
        ModelError: it is missing, cannot be read, or is another file; the hint is the one given.
    """
    if not path.is_file():
        raise ModelError(f"{path}: is missing", hint)
    try:
        why = difference(path, size, digest, reread=reread)
    except ModelError as e:
        raise ModelError(e.message, hint) from e
    if why:
        raise ModelError(f"{path}: is damaged: {why}", hint)


def _read_digest(path: Path, algorithm: str) -> str:
    if algorithm == "git blob id":
        from huggingface_hub.utils.sha import git_hash

        return git_hash(path.read_bytes())
    with path.open("rb") as f:
        return hashlib.file_digest(
            f, lambda: hashlib.new(algorithm, usedforsecurity=algorithm != "md5")
        ).hexdigest()


def _recall(note: Path, stamp: str) -> str | None:
    """The digest that was noted for this state of the file, if any."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        noted, _, digest = note.read_text(encoding="ascii").rpartition(" ")
        if noted == stamp:
            return digest
    return None
