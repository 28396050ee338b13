"""A file of the hub, brought whole: resumed where it stopped, verified before it is used."""

from __future__ import annotations

import errno
import hashlib
import os
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
    """Bring a file to `blob`, which is there whole and right afterwards, or not at all.

    What comes is kept beside it as `.incomplete` until it is whole, so that a later call asks for
    the rest only. A connection that is lost is taken up again a few times by the hub's client.

    Raises:
        ModelError: what came is not what the hub lists, or the disk is full.
        Exception: whatever the hub's client raises.
    """
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented

    part = blob.with_name(f"{blob.name}.incomplete")
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.exists() and part.stat().st_size > file.size:
        part.unlink()
    try:
        with part.open("ab") as f:
            http_get(
                url,
                f,
                resume_size=f.tell(),
                # A length and a range count the bytes of the file only where it is not packed.
                headers={**build_hf_headers(), "Accept-Encoding": "identity"},
                expected_size=file.size,
                displayed_filename=file.name,
            )
            f.flush()
            os.fsync(f.fileno())
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"{file.name}: the disk with {part.parent} is full",
                f"free {file.size:,} bytes there, or set HF_HOME to another disk",
            ) from e
        if type(e) is OSError and e.errno is None:  # the client's word for another size
            _refuse(part, file)
        raise
    if not holds(part, file):
        _refuse(part, file)
    part.replace(blob)


def _refuse(part: Path, file: Listed) -> None:
    size = part.stat().st_size
    part.unlink()
    raise ModelError(
        f"{file.name}: what the hub gave is not what it lists:"
        + (
            f" {size:,} bytes instead of {file.size:,}"
            if size != file.size
            else f" its digest is not {file.digest}"
        ),
        "it was thrown away: try again, and elsewhere if that does not help",
    )


def _git_blob_id(path: Path) -> str:
    content = path.read_bytes()
    blob = b"blob %d\0%b" % (len(content), content)
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()
