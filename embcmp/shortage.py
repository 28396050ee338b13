"""What this machine lacks, where an error of a library says no more than that something failed."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from embcmp.errors import ResourceError

# What is lacking, what to do, the numbers of the system's errors, and words of libraries' messages.
_KINDS = (
    (
        "memory",
        "take fewer or shorter sentences, a smaller model, or a machine with more",
        (errno.ENOMEM,),
        ("allocate memory", "failed to map segment", "bad_alloc", "out of memory"),
    ),
    (
        "open files",
        "allow more with ulimit -n",
        (errno.EMFILE, errno.ENFILE),
        ("too many open files",),
    ),
    (
        "threads and processes",
        "allow more with ulimit -u, or take fewer --workers",
        (),
        ("can't start new thread",),
    ),
)
_REASON = 200  # the most characters of a message of a library


def shortage(error: BaseException) -> ResourceError | None:
    """The error to show in place of one that comes of a lack of memory, files or threads.

    Args:
        error: Any error; what caused it is looked at, too.
    """
    for one in _with_causes(error):
        said = " ".join(str(one).split())
        for what, hint, numbers, words in _KINDS:
            lacks_memory = isinstance(one, MemoryError) and errno.ENOMEM in numbers
            by_number = isinstance(one, OSError) and one.errno in numbers
            by_words = isinstance(one, RuntimeError | ImportError | OSError) and any(
                word in said.lower() for word in words
            )
            if lacks_memory or by_number or by_words:
                why = f": {said[:_REASON]}" if said else ""
                return ResourceError(f"this machine, or a limit set on it, lacks {what}{why}", hint)
    return None


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and the errors that it came of."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        yield one
        one = one.__cause__ or one.__context__
