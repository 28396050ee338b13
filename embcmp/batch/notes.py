"""Files that are used only if they are whole and up to date, and notes that tell.

Next to a file is its note, a line of JSON with the file's size, rows and sha256, which is written
after it. A file without a note, or with other content than the note says, counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.cache import whole_file, write_whole

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Note:
    """What a file has to be.

    Attributes:
        rows: number of rows.
        bytes: size of the file.
        sha256: digest of its content.
        of: what the file was made of.
        seconds: seconds that making the file took.
    """

    rows: int
    bytes: int
    sha256: str
    of: str = ""
    seconds: float = 0.0


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def digest_of(*parts: object) -> str:
    """The sha256 of plain data as JSON: 64 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as JSON with its own digest.

    Raises:
        OutputError: the file cannot be written.
    """
    sealed = {**content, "digest": digest_of(content)}
    write_whole(path, json.dumps(sealed) + "\n")


def read_sealed(path: Path) -> dict[str, Any] | None:
    """What `write_sealed` wrote; None if the file is missing or was changed."""
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        content: dict[str, Any] = json.loads(path.read_bytes())
        digest = content.pop("digest", None)
        return content if digest == digest_of(content) else None
    return None


def read_note(path: Path) -> Note | None:
    """The note of a file, without a look at the file; None if there is no note, or a broken one."""
    with contextlib.suppress(OSError, ValueError, TypeError, RecursionError):
        note = Note(**json.loads(_note_of(path).read_bytes()))
        numbers = (note.rows, note.bytes, note.seconds)
        if all(type(n) in (int, float) and isfinite(n) for n in numbers):
            return note
    return None


def valid_note(path: Path, made_of: str = "") -> Note | None:
    """The note of a file; None if the file is missing or damaged, or was made of other things."""
    note = read_note(path)
    with contextlib.suppress(OSError):
        if (
            note is not None
            and note.of == made_of
            and path.stat().st_size == note.bytes
            and sha256_of(path) == note.sha256
        ):
            return note
    return None


def write_note(path: Path, rows: int, made_of: str = "", seconds: float = 0.0) -> None:
    """Write the note of a file that is in its place.

    Raises:
        OutputError: the note cannot be written.
    """
    note = Note(rows, path.stat().st_size, sha256_of(path), made_of, round(seconds, 3))
    write_whole(_note_of(path), json.dumps(asdict(note)) + "\n")


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


@contextlib.contextmanager
def parquet_with_note(path: Path, made_of: str = "") -> Iterator[Path]:
    """Yield a temporary path for a Parquet file, which is moved to its place and noted at the end.

    Args:
        path: the file.
        made_of: what the file is made of.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    import pyarrow.parquet as pq

    _note_of(path).unlink(missing_ok=True)
    started = time.perf_counter()
    with whole_file(path) as draft:
        yield draft
    write_note(path, pq.read_metadata(path).num_rows, made_of, time.perf_counter() - started)


def forget_others(folder: Path, wanted: Collection[str]) -> None:
    """Remove the Parquet files with other names, and their notes."""
    for file in folder.glob("*.parquet*"):
        if file.name.removesuffix(_SUFFIX) not in wanted:
            file.unlink(missing_ok=True)
