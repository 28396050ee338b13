"""The cache folder, and atomic writing of files: whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import platform
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from embcmp.errors import OutputError


def cache_dir() -> Path:
    """The folder for files that can be made again: `EMBCMP_CACHE`, or the platform's cache folder.

    For a user without a home it is a temporary folder, which is removed when the process ends.
    """
    if folder := os.environ.get("EMBCMP_CACHE"):
        return Path(folder)
    import platformdirs

    try:
        return platformdirs.user_cache_path("embcmp")
    except RuntimeError:
        return _temporary_folder()


@cache
def _temporary_folder() -> Path:
    """Make a folder that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="embcmp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def cache_is_temporary() -> bool:
    """Whether the cache folder is removed when the process ends, since the user has no home."""
    return _temporary_folder.cache_info().currsize > 0


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which becomes `path` if the block has no error.

    A reader sees the old file or the new one, never a part of it. A link is followed, so that it
    stays a link. The new file has the permissions of the old one, or those of any new file.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    with _named(path):
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
            yield path
            return
        target = resolve_path(path)
        # Named before it is created, so that an interrupt at any moment leaves nothing behind.
        draft = target.parent / f"{_start_of_drafts(target)}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            draft.touch(mode=0o600, exist_ok=False)
            yield draft
            draft.chmod(_mode(target))
            with draft.open("rb+") as f:
                os.fsync(f.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def remove_abandoned(path: Path) -> None:
    """Remove the drafts of a file by processes of this machine that were killed.

    It looks through the folder, so that it is for a file that takes long to make.
    """
    if os.name == "nt":  # there one cannot ask whether a process lives without ending it
        return
    with contextlib.suppress(OSError):
        target = resolve_path(path)
        start = _start_of_drafts(target)
        for draft in target.parent.iterdir():
            process = draft.name.removeprefix(start).partition("-")[0]
            if draft.name.startswith(start) and process.isdecimal() and not _lives(int(process)):
                draft.unlink()


def _start_of_drafts(target: Path) -> str:
    """How the names of all drafts of a file begin that processes of this machine write."""
    machine = zlib.crc32(platform.node().encode(errors="surrogateescape"))
    return f".{target.name[:100]}.{machine:08x}-"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another user's
        return True
    return True


def resolve_path(path: Path) -> Path:
    """Resolve a path and all links in it.

    Raises:
        OSError: A link leads to itself.
    """
    try:
        return path.resolve()
    except RuntimeError as e:  # the error in Python 3.11 and 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from e


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise OutputError(f"{path}: cannot be written: {e.strerror or e}") from e


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or 0666 without the bits of the umask."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    with whole_file(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
