"""Calls that take long: made here, or by a second process while this one still encodes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# What the calls need, and what takes long to import.
_NEEDED = ("embcmp.questions.compare.layer_measures", "scipy.optimize", "sklearn.cluster")


def cores() -> int:
    """How many processors this process may use; OMP_NUM_THREADS speaks for a second one, too."""
    from joblib import cpu_count

    allowed = os.environ.get("OMP_NUM_THREADS", "")
    try:
        found: int = cpu_count()
    except ValueError:  # LOKY_MAX_CPU_COUNT is no number
        return 1
    return min(found, int(allowed)) if allowed.isdecimal() else found


class Task(Generic[R]):
    """A call and what it gave.

    Args:
        call: to make.
        there: what the second process will give, None where it was not asked.
    """

    def __init__(self, call: Callable[[], R], there: Future[R] | None = None) -> None:
        self._call: Callable[[], R] | None = call
        self._there = there
        self._result: R

    def result(self) -> R:
        """What the call gives: made here, unless the second process has begun it."""
        if self._call is not None:
            self._result = self._made(self._call)
            self._call = self._there = None  # nor are its arguments needed any more
        return self._result

    def _made(self, call: Callable[[], R]) -> R:
        if self._there is not None and not self._there.cancel():
            # Where it was ended, by the system or by an error, or the call cannot be sent, it is
            # made here: what is wrong with it shows.
            with contextlib.suppress(Exception):
                return self._there.result()
        return call()


class Work:
    """Calls that are made at once, by this process."""

    def submit(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Task[R]:
        """Make a call."""
        task = Task(partial(call, *args, **kwargs))
        task.result()
        return task

    def finish(self) -> None:
        """Make the calls that are not begun."""


HERE = Work()


class SecondProcess(Work):
    """Calls that a second process makes, in their order, and this one from their end on `finish`.

    What a call gives depends on its arguments alone, so not on the process that makes it. The
    second one ends with this one, however that ends.

    Enter it from the main thread, in a script below `if __name__ == "__main__":`, since the process
    imports the script.
    """

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit torch's threads, dead
        self._pipe, self._its_pipe = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(self._its_pipe,), daemon=True)
        self._queue = ThreadPoolExecutor(1)  # one call at a time is sent: the others can be undone
        self._tasks: list[Task[Any]] = []

    def __enter__(self) -> Self:
        # A terminal sends Control-C to both; this one ends the other.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with contextlib.suppress(OSError):  # no more processes are allowed: all is done here
                self._process.start()
        finally:
            signal.signal(signal.SIGINT, before)
            self._its_pipe.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.pid is not None:
            self._process.kill()  # to end by itself would take it half a second
            self._process.join()
        self._queue.shutdown(cancel_futures=True)
        self._pipe.close()

    def submit(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Task[R]:
        """Hand a call over; what cannot be pickled is made here."""
        made = partial(call, *args, **kwargs)
        task = Task(made, self._queue.submit(self._ask, made))
        self._tasks.append(task)
        return task

    def finish(self) -> None:
        """Make the calls that are not begun, the last first: the other process goes forwards."""
        while self._tasks:
            self._tasks.pop().result()

    def _ask(self, call: Callable[[], R]) -> R:
        self._pipe.send(call)
        result: R = self._pipe.recv()
        return result


def _serve(pipe: Connection) -> None:
    """Make the calls that come, until nobody is left to send one.

    One that fails ends this process without a word: the other makes it again, and says why.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(Exception):
        for module in _NEEDED:
            import_module(module)
        while True:
            pipe.send(pipe.recv()())


def _end_with_parent() -> None:
    """Amid a call, too, which may take minutes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
