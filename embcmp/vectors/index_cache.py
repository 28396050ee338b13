"""What is made of a file of vectors and kept in the cache: its index, and it unpacked.

It is kept under the file's fingerprint. Whatever was kept of an earlier state goes when the new
one is there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from embcmp.cache import cache_dir, whole_file
from embcmp.errors import OutputError
from embcmp.models.digests import age_ns, file_stamp
from embcmp.vectors.content import Content

ABANDONED = 86_400  # seconds
ENDS = 1 << 16  # bytes of the head and of the tail that are looked at
TICK_NS = 20_000_000  # file systems note times in steps, most of a few milliseconds,
COARSE_NS = 2_000_000_000  # and some of up to two seconds


def fingerprint(file: Content) -> str:
    """What tells a state of a file from another: its path, size, times, inode, head and tail.

    It is of the file that was opened, whatever lies at its path by now. A file whose middle is not
    looked at is waited for if it has just changed: within a step of the file system's clock it
    could change again without another time.

    Raises:
        ModelError: the file cannot be read, or has changed since it was opened.
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


def place(files: Sequence[Content], what: str) -> Path:
    """Where something that is made of files is kept, given the state in which they are.

    Args:
        files: the files.
        what: what is made of them.

    Raises:
        ModelError: a file cannot be read, or has changed since it was opened.
    """
    paths = (str(file.path.resolve()) for file in files)
    owner = sha256("\0".join([what, *paths]).encode(*_NAMES))
    state = sha256("".join(map(fingerprint, files)).encode())
    return cache_dir() / "vectors" / f"{owner.hexdigest()[:32]}.{state.hexdigest()[:32]}"


def keep(place: Path, make: Callable[[Path], object]) -> None:
    """Make what is to be kept, whole or not at all, and let go of what it replaces.

    Raises:
        OutputError: the cache cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(place) as draft:
            make(draft)
    except OSError as e:
        raise OutputError(f"{place.parent}: cannot be created: {e.strerror}", _ELSEWHERE) from e
    except OutputError as e:
        raise OutputError(e.message, _ELSEWHERE) from e
    for file in place.parent.iterdir():
        replaced = file.stem == place.stem and file.name != place.name
        with contextlib.suppress(OSError):
            # the draft of a run that was killed may be as large as what it was of
            age = time.time() - file.stat().st_mtime if file.name.startswith(".") else 0
            if replaced or age > ABANDONED:
                file.unlink()


_ELSEWHERE = "set EMBCMP_CACHE to another cache folder"
_NAMES = ("utf-8", "surrogateescape")  # file names may be any bytes
