"""Compressed files and archives of word vectors, which are unpacked once into the cache."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import zlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from embcmp.errors import OutputError
from embcmp.types import Progress
from embcmp.vectors.content import Content
from embcmp.vectors.formats import TAR, packed_by, recognize
from embcmp.vectors.index_cache import cache_path, is_as_written, write_cached

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SHOWN = 10  # members in a message
_HEAD = 512
_AT_ONCE = 1 << 20  # as much as `formats.py` inspects

# Vectors as text shrink to a third or a fifth. What grows by more than this is made to fill disks.
MOST_TIMES = 50
SMALL = 64 << 20  # bytes that anything may be unpacked to
KEPT_FREE = 64 << 20  # bytes of the cache's disk that are left to others


def unpack(path: Path, member: str | None = None, progress: Progress | None = None) -> Content:
    """Open a file, unpacking it into the cache if it is compressed or an archive.

    No file is ever written under a name from an archive.

    Args:
        path: File, which may be packed.
        member: Name of the member, for an archive that has several.
        progress: Called with the number of bytes of the packed file that were read, and its size.

    Raises:
        ModelError: The file cannot be read or unpacked, has a member whose path leaves the folder,
            lacks the requested member, or contains something other than word vectors.
        OutputError: The cache cannot be written.
    """
    packed = Content(path)
    kind = packed_by(packed.read(0, _HEAD))
    if kind is None:
        if member is not None:
            raise packed.error("is not an archive", f"leave out member={member}")
        return packed
    unpacked = cache_path([packed], f"unpacked {member or ''}")
    if not is_as_written(unpacked):
        write_cached(unpacked, lambda draft: _unpack(packed, kind, member, draft, progress))
    return Content(unpacked, display_name(path, member))


def display_name(path: Path | str, member: str | None) -> str:
    """The name of a file, or of a member of an archive, in messages."""
    return str(path) if member is None else f"{path}[{member}]"


class _Watched(io.FileIO):
    """A file that reports how much of it has been read."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        super().__init__(path)
        self._progress, self._size = progress, path.stat().st_size

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read into a buffer, as `io.RawIOBase.readinto`."""
        read = super().readinto(buffer)
        if self._progress:
            self._progress(self.tell(), self._size)
        return read


class _Bounded:
    """What is unpacked, of which no more can be read than a file of its size may contain."""

    def __init__(self, packed: Content, stream: IO[bytes]) -> None:
        self._packed, self._stream = packed, stream
        self._most = max(SMALL, MOST_TIMES * packed.size)
        self.tell = stream.tell

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; raise ModelError beyond the bound."""
        self._check(self._stream.tell())
        return self._stream.read(size)

    def seek(self, at: int) -> int:
        """Go to an offset, for which everything before it is unpacked."""
        self._check(at)
        return self._stream.seek(at)

    def _check(self, at: int) -> None:
        if at > self._most:
            raise self._packed.error(
                f"unpacks to more than {self._most:,} bytes, which no vectors of its size do",
                "unpack it yourself, if you trust it",
            )


def _check_room(packed: Content, folder: Path, needed: int) -> None:
    """Raise OutputError if so many more bytes would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < KEPT_FREE + needed:
        raise OutputError(
            f"{folder}: {packed.name} cannot be unpacked there: {free:,} bytes are free"
        )


def _unpack(
    packed: Content, kind: str, member: str | None, draft: Path, progress: Progress | None
) -> None:
    _check_room(packed, draft.parent, packed.size)
    with contextlib.ExitStack() as stack:
        with _readable(packed):
            stream = io.BufferedReader(_Watched(packed.path, progress), _AT_ONCE)
            source = _opened(packed, stack.enter_context(stream), kind, member, stack)
        with draft.open("wb") as target:
            while True:
                with _readable(packed):
                    block = source.read(_AT_ONCE)
                if not block:
                    break
                _check_room(packed, draft.parent, len(block))
                target.write(block)
                if target.tell() == len(block):  # check the first block, before the disk is full
                    target.flush()
                    recognize(Content(draft, display_name(packed.path, member)))


def _opened(
    packed: Content, stream: IO[bytes], kind: str, member: str | None, stack: contextlib.ExitStack
) -> _Bounded:
    """Open the packed content as a stream."""
    if kind == "zip":
        from zipfile import ZipFile

        archive = stack.enter_context(ZipFile(stream))
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        chosen = archive.open(_chosen(packed, names, member))
        return _Bounded(packed, stack.enter_context(chosen))
    compressed = kind != "tar"
    if compressed:
        stream = stack.enter_context(import_module(kind).open(stream, "rb"))
    unpacked = _Bounded(packed, stream)
    if compressed and not TAR.match(unpacked.read(_HEAD)):
        if member is not None:
            raise packed.error(
                "is a single compressed file, not an archive", f"leave out member={member}"
            )
        unpacked.seek(0)
        return unpacked
    import tarfile

    unpacked.seek(0)
    file: Any = unpacked  # it has what tarfile uses of a file
    tar = stack.enter_context(tarfile.open(fileobj=file, mode="r:"))
    names = [info.name for info in tar if info.isreg()]
    while unpacked.read(_AT_ONCE):  # read to the end, where the compressed data's checksum is
        pass
    source = tar.extractfile(_chosen(packed, names, member))
    assert source is not None, "a regular file"
    return _Bounded(packed, stack.enter_context(source))  # a sparse one may have any size


def _chosen(packed: Content, names: Sequence[str], member: str | None) -> str:
    """The requested member, or the only one."""
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in re.split(r"[/\\]", name):
            raise packed.error(
                f"has a member whose path leaves the folder: {name!r}", "do not trust this archive"
            )
    names = [name for name in names if not name.startswith("__MACOSX/")]  # added by Finder
    listed = ", ".join(sorted(names)[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    if not names:
        raise packed.error("is an archive that contains no file")
    if member is None and len(names) > 1:
        raise packed.error(
            f"is an archive of {len(names)} files: {listed}",
            f"choose one with ,member={sorted(names)[0]}",
        )
    if member is not None and member not in names:
        raise packed.error(f"has no member {member!r}", f"its members are {listed}")
    return member or names[0]


@contextlib.contextmanager
def _readable(packed: Content) -> Iterator[None]:
    """Turn the various errors that a damaged file causes into a ModelError."""
    from lzma import LZMAError
    from tarfile import TarError
    from zipfile import BadZipFile

    damaged = (OSError, EOFError, zlib.error, LZMAError, BadZipFile, TarError, ValueError, KeyError)
    try:
        yield
    except damaged as e:
        why = " ".join(str(e).split()) or type(e).__name__
        raise packed.error(f"cannot be unpacked: {why}") from e
    except (
        RuntimeError,
        NotImplementedError,
    ) as e:  # encrypted, or an unknown method
        raise packed.error(f"cannot be unpacked: {e}", "unpack it yourself") from e
