"""A file from elsewhere, brought whole: resumed where it stopped, verified before it is used."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embcmp.errors import ModelError
from embcmp.models.verify import file_digest

_SHA256 = 64  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the hub lists it.

    Attributes:
        name: in the model's folder.
        size: in bytes.
        digest: the sha256 of a large file, git's blob id of a small one, in hexadecimal digits.
    """

    name: str
    size: int
    digest: str


def holds(path: Path, file: Listed) -> bool:
    """Whether a path holds what the hub lists."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if len(file.digest) == _SHA256:
        return file_digest(path) == file.digest
    return _git_blob_id(path) == file.digest


def download(url: str, file: Listed, blob: Path) -> None:
    """Bring a file of the hub to `blob`, which is there whole and right afterwards, or not at all.

    What comes is kept beside it as `.incomplete` until it is whole, so that a later call asks for
    the rest only.

    Raises:
        ModelError: what came is not what the hub lists, or the disk has no room.
        Exception: whatever the hub's client raises.
    """
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented

    part = blob.with_name(f"{blob.name}.incomplete")
    bring(url, part, file.name, file.size, build_hf_headers(), room="set HF_HOME to another disk")
    if not holds(part, file):
        _refuse(part, file.name, f"its digest is not {file.digest}")
    part.replace(blob)


def bring(
    url: str,
    part: Path,
    name: str,
    size: int,
    headers: Mapping[str, str] | None = None,
    *,
    room: str,
) -> None:
    """Bring what `part` lacks of a file; afterwards it has the file's size.

    A connection that is lost is taken up again a few times by the hub's client, which shows its
    progress on a terminal.

    Args:
        url: where the file is.
        part: what has come of it, and comes.
        name: for people.
        size: of the whole file, in bytes.
        headers: of the request.
        room: what else to do where the disk has no room.

    Raises:
        ModelError: the disk has no room, or the file has another size.
        Exception: whatever the hub's client raises.
    """
    from huggingface_hub.file_download import http_get

    part.parent.mkdir(parents=True, exist_ok=True)
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    lacking = size - (part.stat().st_size if part.exists() else 0)
    if (free := shutil.disk_usage(part.parent).free) < lacking:
        raise ModelError(
            f"{name}: the disk with {part.parent} has {free:,} bytes left, and {lacking:,} are"
            " still to come",
            f"make room there, or {room}",
        )
    try:
        with part.open("ab") as f:
            http_get(
                url,
                f,
                resume_size=f.tell(),
                # A length and a range count the bytes of the file only where it is not packed.
                headers={**(headers or {}), "Accept-Encoding": "identity"},
                expected_size=size,
                displayed_filename=name,
            )
            f.flush()
            os.fsync(f.fileno())
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"{name}: the disk with {part.parent} is full",
                f"free {size:,} bytes there, or {room}",
            ) from e
        if type(e) is OSError and e.errno is None:  # the client's word for another size
            _refuse(part, name, f"{part.stat().st_size:,} bytes instead of {size:,}")
        raise
    if (found := part.stat().st_size) != size:
        _refuse(part, name, f"{found:,} bytes instead of {size:,}")


def _refuse(part: Path, name: str, why: str) -> None:
    part.unlink()
    raise ModelError(
        f"{name}: what was given is not what is listed: {why}",
        "it was thrown away: try again, and elsewhere if that does not help",
    )


def _git_blob_id(path: Path) -> str:
    content = path.read_bytes()
    blob = b"blob %d\0%b" % (len(content), content)
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()
