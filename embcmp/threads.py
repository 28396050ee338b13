"""How many threads compute: one for small matrix products, and those of torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Run the matrix products of a block, or of a decorated function, on one thread.

    Matrices of a few hundred rows are multiplied fastest on one thread, which also gives the same
    bits on any machine. The thread pools of numpy and scipy wait for each other by spinning: on a
    busy machine that has cost a factor of ten.
    """
    with _pools("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas"):
        yield


@cache
def _pools(scipy: bool) -> ThreadpoolController:
    """The thread pools of this process, which are searched for once: that takes milliseconds.

    Args:
        scipy: Whether scipy has loaded a pool of its own; when it has, the search is repeated.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def thread_count() -> int:
    """The number of torch's threads; 1 if nothing has loaded torch."""
    torch = sys.modules.get("torch")
    return torch.get_num_threads() if torch else 1
