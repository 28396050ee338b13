"""A deadline for a call that may wait for another machine, whatever that sends or does not send."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

THREAD = "embcmp-deadline"  # name of the threads that run calls


def within(seconds: float, call: Callable[[], T]) -> T:
    """Call a function, and give up waiting for it after a while.

    Timeouts of sockets hold for each read alone: a machine that sends a byte now and then keeps a
    call for ever. The call runs in a thread, which does not keep the process from ending.

    Args:
        seconds: How long to wait.
        call: The function, which is left alone if it takes longer.

    Raises:
        TimeoutError: The call has not ended.
        BaseException: What the call raises.
    """
    running = _Running(call)
    context = contextvars.copy_context()
    Thread(target=context.run, args=(running.run,), daemon=True, name=THREAD).start()
    if not running.ended.wait(seconds):
        raise TimeoutError(f"no complete answer within {seconds:,.0f} seconds")
    if running.error is not None:
        raise running.error
    return running.results[0]


class _Running(Generic[T]):
    """A call that runs in another thread, and its outcome."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call, self.ended = call, Event()
        self.results: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.results.append(self._call())
        except BaseException as e:
            self.error = e
        finally:
            self.ended.set()
