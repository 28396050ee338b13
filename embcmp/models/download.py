"""Downloading a file, which can be resumed and is verified before it is used."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from embcmp.errors import ModelError
from embcmp.models.digests import difference
from embcmp.models.hub_answers import answer


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as its publisher lists it.

    Attributes:
        name: Name to display.
        size: Size in bytes.
        digest: sha256, md5 or blob id of git, in hexadecimal digits.
    """

    name: str
    size: int
    digest: str


def is_intact(path: Path, file: ListedFile) -> bool:
    """Whether the file at a path is the listed one."""
    return path.is_file() and difference(path, file.size, file.digest) is None


def download(
    url: str, file: ListedFile, path: Path, headers: Mapping[str, str] | None = None, *, room: str
) -> None:
    """Download a file to `path`; afterwards it is there and verified, or not there at all.

    Downloaded bytes are written to a file with the suffix `.incomplete`, so that a later call
    requests only the rest. After a lost connection the hub's client reconnects a few times; it
    shows its progress on a terminal.

    Args:
        url: Address of the file.
        file: Expected file.
        path: Path to write.
        headers: Headers of the request.
        room: Second hint for a full disk: where else files can be stored.

    Raises:
        ModelError: The disk is full, or the file differs from the listed one.
        Exception: Any error of the hub's client.
    """
    from huggingface_hub.file_download import http_get

    part = path.with_name(f"{path.name}.incomplete")
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.exists() and part.stat().st_size > file.size:
        part.unlink()
    missing = file.size - (part.stat().st_size if part.exists() else 0)
    if (free := shutil.disk_usage(part.parent).free) < missing:
        raise ModelError(
            f"{file.name}: the disk with {part.parent} has {free:,} bytes left, but {missing:,}"
            " more are needed",
            f"free some space there, or {room}",
        )
    try:
        with part.open("ab") as f:
            bounded: Any = _Bounded(f, file.size)  # it has what the client uses of a file
            resume = f.tell()
            answer(
                lambda: http_get(
                    url,
                    bounded,
                    resume_size=resume,
                    # Lengths and ranges refer to the file itself only if it is sent uncompressed.
                    headers={**(headers or {}), "Accept-Encoding": "identity"},
                    expected_size=file.size,
                    displayed_filename=file.name,
                ),
                missing,
            )
            f.flush()
            os.fsync(f.fileno())
    except _TooLong:
        part.unlink()
        raise _another(url, file, f"more than {file.size:,} bytes") from None
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"{file.name}: the disk with {part.parent} is full",
                f"free {file.size:,} bytes there, or {room}",
            ) from e
        if type(e) is not OSError or e.errno is not None:  # otherwise the size is wrong, see below
            raise
    if why := difference(part, file.size, file.digest):
        part.unlink()
        raise _another(url, file, why)
    part.replace(path)


class _TooLong(Exception):
    """More bytes were sent than the file has."""


class _Bounded:
    """A file that takes no byte beyond its size."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.seek, self.tell = file.seek, file.tell
        self.truncate, self.flush = file.truncate, file.flush

    def write(self, block: bytes) -> int:
        """Write a block; raise _TooLong if the file would be longer than it may be."""
        if self._file.tell() + len(block) > self._size:
            raise _TooLong
        return self._file.write(block)


def _another(url: str, file: ListedFile, why: str) -> ModelError:
    return ModelError(
        f"{file.name}: the file from {url} is not the one that is listed: {why}",
        "the file was deleted: try again, or on another network",
    )
