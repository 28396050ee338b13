"""A file of word vectors as bytes, read where they are needed.

It is read by position and not mapped: mapped pages count as resident memory, many at a time
whatever was asked for, and a file that is cut short while it is mapped ends the process.
"""

from __future__ import annotations

import os
import stat
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError

AT_ONCE = 2 << 20  # bytes; as much as stays in a processor's cache between reading and checking
LONGEST_LINE = 1 << 24  # bytes
WHOLE = "get a complete copy of the file"


class Content:
    """The bytes of a regular file.

    Attributes:
        path: where it lies.
        name: how messages call it: the path that the user gave, and the member of an archive.
        size: bytes.
        taken: how many bytes have been read.

    What is read is of the state in which it was opened, or is an error. A file that is put in its
    place meanwhile is another one, and does not show.

    Raises:
        ModelError: it is not there, is no regular file, or cannot be read.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.name = path, name or str(path)
        self._check()
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as e:
            raise self._unreadable(e) from e
        weakref.finalize(self, os.close, descriptor)
        self._descriptor, self._lock = descriptor, Lock()
        state = self.state()
        self.size, self._modified = state.st_size, state.st_mtime_ns
        self.taken = 0

    def read(self, at: int, size: int) -> bytes:
        """The bytes at a place; fewer where the file ends.

        Raises:
            ModelError: they cannot be read, or the file has changed since it was opened.
        """
        try:
            block = self._bytes(size, at)
            state = os.fstat(self._descriptor)
        except OSError as e:
            raise self._unreadable(e) from e
        if (state.st_size, state.st_mtime_ns) != (self.size, self._modified):
            raise self.error("has changed while it was in use", "run again")
        self.taken += len(block)
        return block

    def until(self, end: bytes, at: int) -> bytes:
        """The bytes from a place to the next `end`, which is left out, or to the end of the file.

        Raises:
            ModelError: as of `read`, or there are more of them than a line may have.
        """
        size = 4096
        while True:
            block = self.read(at, size)
            length = block.find(end)
            if length >= 0 or len(block) < size:
                return block[: length if length >= 0 else None]
            if size >= LONGEST_LINE:
                raise self.error(f"has a line of over {size:,} bytes")
            size *= 8

    def lines(self, at: int, size: int) -> Iterator[tuple[list[bytes], NDArray[np.int64]]]:
        """All lines from a place on without their ends, and where each begins.

        They come from about `size` bytes at a time. Only a line feed ends a line, since words may
        hold other separators.
        """
        while at < self.size:
            block = self.read(at, size)
            if at + len(block) < self.size:
                block = block[: block.rfind(b"\n") + 1] or self.until(b"\n", at) + b"\n"
            lines = block.removesuffix(b"\n").split(b"\n")
            lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
            yield lines, at + np.cumsum(lengths) - lengths
            at += len(block)

    def state(self) -> os.stat_result:
        """Its size, times and inode as they are now."""
        return os.fstat(self._descriptor)

    def error(self, why: str, hint: str = WHOLE) -> ModelError:
        """What is wrong with it and what to do, as an error that names it."""
        return ModelError(f"{self.name}: {why}", hint)

    def _bytes(self, size: int, at: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, size, at)
        with self._lock:  # Windows: one place in the file for all threads
            os.lseek(self._descriptor, at, os.SEEK_SET)
            return os.read(self._descriptor, size)

    def _check(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError as e:
            raise self.error(
                "there is no such file", "check the path; a ~ is not expanded here"
            ) from e
        except OSError as e:
            raise self._unreadable(e) from e
        if stat.S_ISDIR(mode):
            raise self.error("is a folder, not word vectors", "name the file in it")
        if not stat.S_ISREG(mode):
            raise self.error(
                "is a pipe or a device, which can be read only once", "save it as a file first"
            )

    def _unreadable(self, error: OSError) -> ModelError:
        return self.error(f"cannot be read: {error.strerror}", "check the path and its permissions")
