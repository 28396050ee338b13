"""The bytes of a file of word vectors, read where they are needed.

The file is read by position and not mapped into memory: mapped pages count as resident memory, and
the system maps many around each one; and truncating a file that is mapped ends the process.
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

AT_ONCE = (
    2 << 20
)  # bytes of one read; they stay in the processor's cache until they have been checked
LONGEST_LINE = 1 << 24  # bytes
WHOLE = "get a complete copy of the file"


class Content:
    """The bytes of a regular file.

    Attributes:
        path: Path of the file.
        name: Name of the file in messages: the path that the user gave, and the member of an
            archive.
        size: Size of the file in bytes.
        bytes_read: Number of bytes read so far.

    Reading gives the content that the file had when it was opened; if that has changed, it raises
    an error. Another file that is moved to the same path in the meantime makes no difference.

    Raises:
        ModelError: The file does not exist, is not a regular file, or cannot be read.
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
        self.bytes_read = 0

    def read(self, at: int, size: int) -> bytes:
        """Read bytes from an offset; fewer than `size` at the end of the file.

        Raises:
            ModelError: The bytes cannot be read, or the file has changed since it was opened.
        """
        try:
            block = self._bytes(size, at)
            state = os.fstat(self._descriptor)
        except OSError as e:
            raise self._unreadable(e) from e
        if (state.st_size, state.st_mtime_ns) != (self.size, self._modified):
            raise self.error("has changed while it was in use", "run again")
        self.bytes_read += len(block)
        return block

    def read_until(self, end: bytes, at: int) -> bytes:
        """Read bytes from an offset up to, but without, the next `end`, or to the end of the file.

        Raises:
            ModelError: As `read`, or there are more bytes than a line may have.
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
        """Yield lists of lines, without their line ends, and the offset of each line.

        Each list comes from about `size` bytes of the file. Only a line feed ends a line, since
        words may contain other separators.
        """
        while at < self.size:
            block = self.read(at, size)
            if at + len(block) < self.size:
                block = block[: block.rfind(b"\n") + 1] or self.read_until(b"\n", at) + b"\n"
            lines = block.removesuffix(b"\n").split(b"\n")
            lengths = np.fromiter(map(len, lines), np.int64, len(lines)) + 1
            yield lines, at + np.cumsum(lengths) - lengths
            at += len(block)

    def state(self) -> os.stat_result:
        """The current size, times and inode of the file."""
        return os.fstat(self._descriptor)

    def error(self, why: str, hint: str = WHOLE) -> ModelError:
        """An error that names the file, what is wrong with it and what to do."""
        return ModelError(f"{self.name}: {why}", hint)

    def _bytes(self, size: int, at: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, size, at)
        with self._lock:  # on Windows all threads share one position in the file
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
