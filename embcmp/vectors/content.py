"""A file of word vectors as bytes, read where they are needed.

It is read by position and not mapped: mapped pages count as resident memory, many at a time
whatever was asked for, and a file that is cut short while it is mapped ends the process.
"""

from __future__ import annotations

import os
import stat
import weakref
from itertools import takewhile
from pathlib import Path

from embcmp.errors import ModelError

AT_ONCE = 2 << 20  # bytes; as much as stays in a processor's cache between reading and checking


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
        self._descriptor = descriptor
        state = self.state()
        self.size, self._modified = state.st_size, state.st_mtime_ns
        self.taken = 0

    def read(self, at: int, size: int) -> bytes:
        """The bytes at a place; fewer where the file ends.

        Raises:
            ModelError: they cannot be read, or the file has changed since it was opened.
        """
        try:
            block = os.pread(self._descriptor, size, at)
            state = os.fstat(self._descriptor)
        except OSError as e:
            raise self._unreadable(e) from e
        if (state.st_size, state.st_mtime_ns) != (self.size, self._modified):
            raise ModelError(f"{self.name}: has changed while it was in use", "run again")
        self.taken += len(block)
        return block

    def state(self) -> os.stat_result:
        """Its size, times and inode as they are now."""
        return os.fstat(self._descriptor)

    def _check(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError as e:
            raise ModelError(
                f"{self.name}: there is no such file",
                "check the path; a ~ is not expanded here",
            ) from e
        except OSError as e:
            raise self._unreadable(e) from e
        if stat.S_ISDIR(mode):
            raise ModelError(f"{self.name}: is a folder, not word vectors", "name the file in it")
        if not stat.S_ISREG(mode):
            raise ModelError(f"{self.name}: can be read only once", "save it as a file first")

    def _unreadable(self, error: OSError) -> ModelError:
        return ModelError(
            f"{self.name}: cannot be read: {error.strerror}", "check the path and its permissions"
        )


def numbers_at_end(line: bytes) -> int:
    """How many fields at the end of a row are numbers; the first field is the word's."""
    return sum(1 for _ in takewhile(is_number, reversed(line.split()[1:])))


def is_number(field: bytes) -> bool:
    """Whether a field of a row reads as a number, NaN and infinity included."""
    try:
        float(field)
    except ValueError:
        return False
    return True
