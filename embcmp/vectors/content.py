"""A file of word vectors as bytes, read where they are needed.

It is read by position and not mapped: mapped pages count as resident memory, sixteen at a time
whatever was asked for, and a file that is cut short while it is mapped ends the process.
"""

from __future__ import annotations

import contextlib
import os
import stat
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path

from embcmp.errors import ModelError

AT_ONCE = 1 << 20  # bytes; as much as stays in a processor's cache between reading and checking


class Content:
    """The bytes of a regular file.

    Attributes:
        path: where it lies.
        name: how messages call it: the path that the user gave, and the member of an archive.
        size: bytes.

    Raises:
        ModelError: it is not there, is no regular file, or cannot be read.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.name = path, name or str(path)
        self._check()
        with self._readable():
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, descriptor)
        self._descriptor = descriptor
        self.size, self._modified = self._state()
        self._sum: Checksum | None = None

    def read(self, at: int, size: int) -> bytes:
        """The bytes at a place; fewer where the file ends.

        Raises:
            ModelError: they cannot be read.
        """
        with self._readable():
            block = os.pread(self._descriptor, size, at)
        self.add(block)
        return block

    def add(self, block: bytes) -> None:
        """Let a block that was read by other means count in the sum."""
        if self._sum is not None:
            self._sum.add(block)

    def settled(self) -> None:
        """Make sure that the file is still as it was when it was opened.

        Raises:
            ModelError: it has changed.
        """
        if self._state() != (self.size, self._modified):
            raise ModelError(f"{self.name}: has changed while it was in use", "run again")

    @contextlib.contextmanager
    def summed(self) -> Iterator[Checksum]:
        """Sum up whatever is read meanwhile."""
        with Checksum() as self._sum:
            yield self._sum
        self._sum = None

    def _state(self) -> tuple[int, int]:
        state = os.fstat(self._descriptor)
        return state.st_size, state.st_mtime_ns

    def _check(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError as e:
            raise ModelError(
                f"{self.name}: there is no such file of word vectors",
                "check the path, or leave it out for the embedded vectors",
            ) from e
        except OSError as e:
            raise ModelError(f"{self.name}: cannot be read: {e.strerror}", _PERMIT) from e
        if stat.S_ISDIR(mode):
            raise ModelError(f"{self.name}: is a folder, not word vectors", "name the file in it")
        if not stat.S_ISREG(mode):
            raise ModelError(f"{self.name}: can be read only once", "save it as a file first")

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise ModelError(f"{self.name}: cannot be read: {e.strerror}", _PERMIT) from e


_PERMIT = "check the path and its permissions"


class Checksum:
    """The CRC-32 of all blocks, in the order in which they come; a second thread computes it."""

    def __init__(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._thread = ThreadPoolExecutor(max_workers=1)
        self._value = self._thread.submit(int)

    def add(self, block: bytes) -> None:
        """Take in a block; at most one other is waiting then."""
        self._value = self._thread.submit(zlib.crc32, block, self._value.result())

    @property
    def value(self) -> int:
        """The sum of what has come so far."""
        return self._value.result()

    def __enter__(self) -> Checksum:
        return self

    def __exit__(self, *failure: object) -> None:
        self._thread.shutdown()
