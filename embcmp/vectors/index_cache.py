"""Files in the cache that are made from files of vectors: indexes, and unpacked content.

Their names contain a fingerprint of the original file. Files that were made from an earlier state
of it are deleted when a new one has been written.

A note of the size, times and digest of each file shows whether something else changed it later, so
that it is not believed. As long as size and times are the same, it is not read for that.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from embcmp.cache import cache_dir, whole_file, write_whole
from embcmp.errors import OutputError
from embcmp.models.digests import age_ns, file_stamp
from embcmp.vectors.content import Content

Number = TypeVar("Number", bound=np.generic)

ABANDONED = 86_400  # seconds
ENDS = 1 << 16  # bytes at the beginning and at the end that are part of the fingerprint
TICK_NS = 20_000_000  # most file systems store times in steps of a few milliseconds,
COARSE_NS = 2_000_000_000  # some in steps of up to two seconds


def fingerprint(file: Content) -> str:
    """A fingerprint of the state of a file: of its path, size, times, inode, beginning and end.

    It describes the file that was opened, even if another one has been moved to its path. A file
    that has just changed could change again, in its middle, within a step of the file system's
    clock; so this function waits until that step is over.

    Raises:
        ModelError: The file cannot be read, or has changed since it was opened.
    """
    state = file.state()
    step = TICK_NS if state.st_ctime_ns % 1_000_000_000 else COARSE_NS
    age = age_ns(state)
    if state.st_size > 2 * ENDS and age < step:
        time.sleep((step - age) / 1e9)
    content = sha256(f"{file.path.resolve()}\0{file_stamp(state)}\0".encode(*_NAMES))
    content.update(file.read(0, ENDS))
    content.update(file.read(max(0, file.size - ENDS), ENDS))
    return content.hexdigest()[:32]


def cache_path(files: Sequence[Content], what: str) -> Path:
    """The path in the cache for something that is made from files in their current state.

    Args:
        files: Original files.
        what: Name for what is made from them.

    Raises:
        ModelError: A file cannot be read, or has changed since it was opened.
    """
    paths = (str(file.path.resolve()) for file in files)
    owner = sha256("\0".join([what, *paths]).encode(*_NAMES))
    state = sha256("".join(map(fingerprint, files)).encode())
    return cache_dir() / "vectors" / f"{owner.hexdigest()[:32]}.{state.hexdigest()[:32]}"


def write_cached(path: Path, make: Callable[[Path], object]) -> None:
    """Write a file of the cache, completely or not at all, and delete the files it replaces.

    Args:
        path: Path from `cache_path`, or of an array.
        make: Function that writes the file to a temporary path.

    Raises:
        OutputError: The cache cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            make(draft)
        _write_note(path, _digest(path))
    except OSError as e:
        raise OutputError(f"{path.parent}: cannot be created: {e.strerror}", _ELSEWHERE) from e
    except OutputError as e:
        raise OutputError(e.message, _ELSEWHERE) from e
    for file in path.parent.iterdir():
        replaced = file.stem == path.stem and file.name != path.name
        with contextlib.suppress(OSError):
            # the temporary file of a run that was killed may be large
            age = time.time() - file.stat().st_mtime if file.name.startswith(".") else 0
            if replaced or age > ABANDONED:
                delete_cached(file)


def cached_array(key: str, make: Callable[[], NDArray[Number]]) -> NDArray[Number]:
    """Load an array from the cache, or make it and save it there.

    If the cache cannot be read or written, or something else changed the file, it is made anew.

    Args:
        key: The file's path in the cache folder, without `.npy`; a digest in it must depend on
            everything that the array depends on.
        make: Function that makes the array.
    """
    path = cache_dir() / f"{key}.npy"
    if is_as_written(path):
        with contextlib.suppress(OSError, ValueError):
            array: NDArray[Number] = np.load(path, mmap_mode="r", allow_pickle=False)
            return array
    made = make()

    def save(draft: Path) -> None:
        with draft.open("wb") as file:
            np.save(file, made, allow_pickle=False)

    with contextlib.suppress(OutputError):
        write_cached(path, save)
    return made


def is_as_written(path: Path) -> bool:
    """Whether a file of the cache is there, with the content that `write_cached` gave it."""
    try:
        stamp, _, digest = _note(path).read_text(encoding="ascii").rpartition(" ")
        if file_stamp(path.stat()) == stamp:
            return True
        if _digest(path) != digest:
            return False
    except (OSError, UnicodeDecodeError):
        return False
    with contextlib.suppress(OSError, OutputError):  # it was copied, or touched
        _write_note(path, digest)
    return True


def delete_cached(path: Path) -> None:
    """Delete a file of the cache that is of no use, and the note of its digest."""
    for file in (path, _note(path)):
        with contextlib.suppress(OSError):
            file.unlink()


def _note(path: Path) -> Path:
    return cache_dir() / "digests" / path.name


def _write_note(path: Path, digest: str) -> None:
    note = _note(path)
    note.parent.mkdir(parents=True, exist_ok=True)
    write_whole(note, f"{file_stamp(path.stat())} {digest}")


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


_ELSEWHERE = "set EMBCMP_CACHE to another cache folder"
_NAMES = ("utf-8", "surrogateescape")  # file names may be any bytes
