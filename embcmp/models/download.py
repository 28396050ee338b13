"""A file from elsewhere, brought whole: resumed where it stopped, verified before it is used."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embcmp.errors import ModelError
from embcmp.models.digests import difference


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the place that it is fetched from lists it.

    Attributes:
        name: for people.
        size: in bytes.
        digest: in hexadecimal digits: a sha256, an md5, or git's blob id.
    """

    name: str
    size: int
    digest: str


def holds(path: Path, file: Listed) -> bool:
    """Whether a path holds what is listed."""
    return path.is_file() and difference(path, file.size, file.digest) is None


def download(
    url: str, file: Listed, place: Path, headers: Mapping[str, str] | None = None, *, room: str
) -> None:
    """Bring a file to `place`, which is there whole and right afterwards, or not at all.

    What comes is kept beside it as `.incomplete` until it is whole, so that a later call asks for
    the rest only. A connection that is lost is taken up again a few times by the hub's client,
    which shows its progress on a terminal.

    Args:
        url: where the file is.
        file: what it must be.
        place: where it is to lie.
        headers: of the request.
        room: what else to do where the disk has no room.

    Raises:
        ModelError: the disk has no room, or what came is not what is listed.
        Exception: whatever the hub's client raises.
    """
    from huggingface_hub.file_download import http_get

    part = place.with_name(f"{place.name}.incomplete")
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.exists() and part.stat().st_size > file.size:
        part.unlink()
    lacking = file.size - (part.stat().st_size if part.exists() else 0)
    if (free := shutil.disk_usage(part.parent).free) < lacking:
        raise ModelError(
            f"{file.name}: the disk with {part.parent} has {free:,} bytes left, and {lacking:,} are"
            " still to come",
            f"free some space there, or {room}",
        )
    try:
        with part.open("ab") as f:
            http_get(
                url,
                f,
                resume_size=f.tell(),
                # A length and a range count the bytes of the file only where it is not packed.
                headers={**(headers or {}), "Accept-Encoding": "identity"},
                expected_size=file.size,
                displayed_filename=file.name,
            )
            f.flush()
            os.fsync(f.fileno())
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"{file.name}: the disk with {part.parent} is full",
                f"free {file.size:,} bytes there, or {room}",
            ) from e
        if type(e) is not OSError or e.errno is not None:  # else the client's word for another size
            raise
    if why := difference(part, file.size, file.digest):
        part.unlink()
        raise ModelError(
            f"{file.name}: the file from {url} is not the one that is listed: {why}",
            "it was deleted: try again, and elsewhere if that does not help",
        )
    part.replace(place)
