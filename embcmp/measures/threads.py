"""Matrices of a few hundred rows go fastest on one thread, and give the same bits on any machine.

The thread pools of numpy and scipy wait for each other by spinning: on a busy machine that has cost
a factor of ten.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with matrix products on one thread."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _pools("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@cache
def _pools(scipy: bool) -> ThreadpoolController:
    """The pools of this process, looked for once: that takes milliseconds.

    Args:
        scipy: whether scipy has brought its own; when it has, all are looked for again.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
