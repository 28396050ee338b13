"""Digests of files, which are cached, and checking files against their size and digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from embcmp.cache import cache_dir, write_whole
from embcmp.errors import ModelError, OutputError

# File systems store times in steps of a few milliseconds, some of two seconds. A file that changes
# twice within a step has the same times, so that a digest is cached only after the step is over.
SETTLED_NS = 2_000_000_000

_ALGORITHMS = {32: "md5", 40: "git blob id", 64: "sha256"}  # by number of hexadecimal digits


@dataclass(frozen=True, slots=True)
class File:
    """The name of a file, its size in bytes and its sha256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> File:
        """Read the size and the sha256 of a file.

        Raises:
            ModelError: The file cannot be read.
        """
        return cls(path.name, path.stat().st_size, file_digest(path))


def file_stamp(stat: os.stat_result) -> str:
    """The size, times and inode of a file, at least one of which changes when the file does."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def age_ns(stat: os.stat_result) -> int:
    """Nanoseconds between now and the last change of a file.

    On Windows `st_ctime_ns` is the time when the file was created, so that both times are used.
    """
    now = time.time_ns()
    return min(abs(now - stat.st_ctime_ns), abs(now - stat.st_mtime_ns))


def file_digest(path: Path, *, reread: bool = False) -> str:
    """The sha256 of a file's content, 64 hexadecimal digits.

    The digest is cached with the path, size, times and inode, so that an unchanged file is read
    once. Without a cache it is computed each time.

    Args:
        path: File to read.
        reread: Read the file even if its digest is cached.

    Raises:
        ModelError: The file cannot be read.
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
    """Describe how a file differs from the expected one; None if it does not.

    Args:
        path: File to check.
        size: Expected size in bytes, if it is known.
        digest: Expected sha256, md5 or blob id of git, in hexadecimal digits.
        reread: Read the file even if its sha256 is cached.

    Raises:
        ModelError: The file cannot be read.
    """
    if size is not None and (actual := path.stat().st_size) != size:
        return f"{actual:,} bytes instead of {size:,}"
    algorithm = _ALGORITHMS[len(digest)]
    if algorithm == "sha256":
        equal = file_digest(path, reread=reread) == digest
    else:
        equal = _read_digest(path, algorithm) == digest
    return None if equal else f"its {algorithm} is not {digest}"


def verify(path: Path, size: int, digest: str, hint: str = "", *, reread: bool = False) -> None:
    """Check a file against its expected size and digest, see `difference`.

    Raises:
        ModelError: The file is missing, cannot be read, or differs; it has the given hint.
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
    """The cached digest of a file with this stamp, if there is one."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        noted, _, digest = note.read_text(encoding="ascii").rpartition(" ")
        if noted == stamp:
            return digest
    return None
