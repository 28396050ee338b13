"""embcmp's own files: where they lie, and writing them whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embcmp.errors import OutputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Number = TypeVar("Number", bound="np.generic")


def cache_dir() -> Path:
    """The folder for what can be made again: `EMBCMP_CACHE`, else the platform's cache folder.

    For a user without a home it is a folder that this process alone has, and that goes with it.
    """
    if place := os.environ.get("EMBCMP_CACHE"):
        return Path(place)
    import platformdirs

    try:
        return platformdirs.user_cache_path("embcmp")
    except RuntimeError:
        return _passing()


@cache
def _passing() -> Path:
    """A new folder that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="embcmp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_passing() -> bool:
    """Whether the cache folder goes with the process: there is no home to keep it in."""
    return _passing.cache_info().currsize > 0


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it becomes `path` if the block ends without an error.

    A reader sees the old file or the new one, never a part. A link is followed, so that it stays
    a link. The new file has the permissions that an ordinary new file would have.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    with _named(path):
        if path.exists() and not path.is_file():  # a device or a pipe has no "beside"
            yield path
            return
        target = resolved(path)
        # Named before it exists: an interrupt leaves nothing, even while the file is created.
        draft = target.parent / f".{target.name[:100]}.{secrets.token_hex(8)}"
        try:
            draft.touch(mode=0o600, exist_ok=False)
            yield draft
            draft.chmod(_mode(target))
            with draft.open("rb+") as f:
                os.fsync(f.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def resolved(path: Path) -> Path:
    """Where a path leads.

    Raises:
        OSError: nowhere, since a link leads to itself.
    """
    try:
        return path.resolve()
    except RuntimeError as e:  # what Python 3.11 and 3.12 call it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from e


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise OutputError(f"{path}: cannot be written: {e.strerror or e}") from e


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, else what the umask leaves of 0666."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputError: as `whole_file`.
    """
    with whole_file(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


def remembered(place: str, make: Callable[[], NDArray[Number]]) -> NDArray[Number]:
    """An array that lies in the cache folder, or is made and kept there.

    A cache that cannot be read or written costs time, and nothing else.

    Args:
        place: where in the cache folder; it must hold all that the array depends on.
        make: makes the array.
    """
    import numpy as np

    path = cache_dir() / f"{place}.npy"
    try:
        kept: NDArray[Number] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        kept = make()
        with contextlib.suppress(OSError, OutputError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as draft, draft.open("wb") as f:
                np.save(f, kept, allow_pickle=False)
    return kept
