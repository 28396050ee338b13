"""Compressed files and archives of word vectors, unpacked once into the cache."""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from embcmp.errors import ModelError
from embcmp.types import Progress
from embcmp.vectors.content import Content
from embcmp.vectors.formats import check_known
from embcmp.vectors.index_cache import keep, place

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_TAR = re.compile(rb".{257}ustar", re.DOTALL)
_LOOKS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bz2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "lzma": re.compile(rb"\xfd7zXZ\x00"),
    "zip": re.compile(rb"PK\x03\x04|PK\x05\x06"),
    "tar": _TAR,
}
SHOWN = 10  # members in a message
_HEAD = 512
_AT_ONCE = 1 << 20  # what `formats.py` looks at
_WHOLE = "get the whole file"


def unpacked(path: Path, member: str | None = None, progress: Progress | None = None) -> Path:
    """The file itself where it is plain, else what is packed in it, in the cache.

    Nothing is ever written under a name that an archive gives.

    Args:
        path: the file.
        member: of an archive that has several.
        progress: called with how far in the packed file it is, in bytes, and the file's size.

    Raises:
        ModelError: it cannot be read or unpacked, has a member whose path leaves its folder, has
            not the one member that is asked for, or holds something else than word vectors.
        OutputError: the cache cannot be written.
    """
    content = Content(path)
    head = content.read(0, _HEAD)
    kind = next((kind for kind, looks in _LOOKS.items() if looks.match(head)), None)
    if kind is None:
        if member is not None:
            raise ModelError(f"{path}: is no archive", f"leave out member={member}")
        return path
    kept = place([content], f"unpacked {member or ''}")
    if not kept.exists():
        keep(kept, lambda draft: _unpack(path, kind, member, draft, progress))
    return kept


class _Watched(io.FileIO):
    """A file that says how far in it its reader is."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        super().__init__(path)
        self._progress, self._size = progress, path.stat().st_size

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """As of any raw stream."""
        read = super().readinto(buffer)
        if self._progress:
            self._progress(self.tell(), self._size)
        return read


def _unpack(
    path: Path, kind: str, member: str | None, draft: Path, progress: Progress | None
) -> None:
    name = str(path) if member is None else f"{path}[{member}]"
    with contextlib.ExitStack() as stack:
        with _readable(path):
            packed = io.BufferedReader(stack.enter_context(_Watched(path, progress)), _AT_ONCE)
            source = _opened(path, packed, kind, member, stack)
        with draft.open("wb") as target:
            while True:
                with _readable(path):
                    block = source.read(_AT_ONCE)
                if not block:
                    break
                target.write(block)
                if target.tell() == len(block):  # the first: it tells before the disk is full
                    target.flush()
                    check_known(Content(draft, name))


def _opened(
    path: Path, packed: IO[bytes], kind: str, member: str | None, stack: contextlib.ExitStack
) -> IO[bytes]:
    """What is packed, as a stream."""
    if kind == "zip":
        return _in_zip(path, packed, member, stack)
    if kind == "tar":
        return _in_tar(path, packed, member, stack)
    source: IO[bytes] = stack.enter_context(import_module(kind).open(packed, "rb"))
    if _TAR.match(source.read(_HEAD)):
        return _in_tar(path, source, member, stack)
    if member is not None:
        raise ModelError(f"{path}: is one compressed file", f"leave out member={member}")
    source.seek(0)
    return source


def _in_zip(
    path: Path, packed: IO[bytes], member: str | None, stack: contextlib.ExitStack
) -> IO[bytes]:
    from zipfile import ZipFile

    archive = stack.enter_context(ZipFile(packed))
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    return stack.enter_context(archive.open(_chosen(path, names, member)))


def _in_tar(
    path: Path, stream: IO[bytes], member: str | None, stack: contextlib.ExitStack
) -> IO[bytes]:
    import tarfile

    stream.seek(0)
    archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))
    names = [info.name for info in archive if info.isreg()]
    while stream.read(_AT_ONCE):  # a checksum of the whole stands behind what a tar needs
        pass
    source = archive.extractfile(_chosen(path, names, member))
    assert source is not None, "a regular file"
    return stack.enter_context(source)


def _chosen(path: Path, names: Sequence[str], member: str | None) -> str:
    """The member that is asked for, or the only one."""
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in re.split(r"[/\\]", name):
            raise ModelError(
                f"{path}: has a member whose path leaves the folder: {name!r}",
                "do not trust this archive",
            )
    names = [name for name in names if not name.startswith("__MACOSX/")]  # what Finder adds
    listed = ", ".join(sorted(names)[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    if not names:
        raise ModelError(f"{path}: is an archive without a file", _WHOLE)
    if member is None and len(names) > 1:
        raise ModelError(
            f"{path}: is an archive of {len(names)} files: {listed}",
            f"name one: ,member={sorted(names)[0]}",
        )
    if member is not None and member not in names:
        raise ModelError(f"{path}: has no member {member!r}", f"there is {listed}")
    return member or names[0]


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever a damaged file does to its reader is said as one error."""
    from lzma import LZMAError
    from tarfile import TarError
    from zipfile import BadZipFile

    damaged = (OSError, EOFError, zlib.error, LZMAError, BadZipFile, TarError, ValueError, KeyError)
    try:
        yield
    except damaged as e:
        why = " ".join(str(e).split()) or type(e).__name__
        raise ModelError(f"{path}: cannot be unpacked: {why}", _WHOLE) from e
    except (RuntimeError, NotImplementedError) as e:  # encrypted, or packed by an unknown method
        raise ModelError(f"{path}: cannot be unpacked: {e}", "unpack it yourself") from e
