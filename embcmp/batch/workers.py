"""Doing the tasks of a batch: in this process, or in many processes through Dask distributed.

A task can be done by any process that sees the folder of the batch under the same path. It carries
names and numbers; texts and vectors pass through the folder.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from embcmp.errors import EmbcmpError, ModelError, OutputError, UsageError
from embcmp.shortage import shortage
from embcmp.types import Progress, TaskProgress

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE = 25  # seconds to wait for a scheduler
_SCHEMES = ("tcp", "tls", "ws", "wss")  # ways to reach a scheduler on another machine
# A terminal sends Control-C to all processes; this one ends the others.
_LEAVE_CONTROL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
FATAL = (ModelError, OutputError)  # other tasks would fail too
ATTEMPTS = 3  # at a task that fails by an unexpected error, before it is set aside


def silent(done: int, total: int) -> None:
    """Show no progress."""


class Task(Protocol):
    """A piece of work. Doing it again changes nothing."""

    @property
    def size(self) -> int:
        """How much work it is, in the unit that its stage counts in."""
        ...

    def run(self, progress: Progress = silent) -> None:
        """Do the work.

        Args:
            progress: called with (done, total) from time to time.
        """
        ...


T = TypeVar("T", bound=Task)
Outcome = tuple[T, str | None]  # a task, and why it was set aside if it was


class Workers(Protocol):
    """Whatever does tasks."""

    def do(self, tasks: Sequence[T], progress: Progress = silent) -> Iterator[Outcome[T]]:
        """Do tasks in any order.

        Args:
            tasks: tasks that do not depend on each other.
            progress: called with (done, total), which are sums of the sizes of tasks.

        Yields:
            Each task when it is done, or is set aside after ATTEMPTS.

        Raises:
            ModelError: a model is missing, broken or refused, or changed.
            OutputError: the folder cannot be written, or a file in it is damaged.
        """
        ...


class ThisProcess:
    """This process, which does one task after the other."""

    def do(self, tasks: Sequence[T], progress: Progress = silent) -> Iterator[Outcome[T]]:
        """Do tasks one after the other."""
        total, done = sum(task.size for task in tasks), 0

        def show(part: int, _: int) -> None:
            progress(done + part, total)

        for task in tasks:
            yield task, attempt(task, show)
            done += task.size
            show(0, 0)


def attempt(task: Task, progress: Progress = silent) -> str | None:
    """Do a task in this process; return the reason if it has to be set aside.

    Raises:
        ModelError: a model is missing, broken or refused, or changed.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            task.run(progress)
        except FATAL:
            raise
        except EmbcmpError as e:
            return str(e)
        except Exception as e:
            if not left:
                return str(shortage(e) or f"{type(e).__name__}: {e}")
        else:
            break
    return None


class DaskCluster:
    """The processes of a Dask cluster.

    Each process keeps the encoder that it loaded last, and tasks come encoder by encoder, so each
    process loads a model once. A task is tried ATTEMPTS times by its worker. A worker that dies is
    replaced by its nanny, and its task goes to another one; after as many deaths as the scheduler
    allows (`distributed.scheduler.allowed-failures`) the task is set aside.

    Args:
        client: a client of the cluster.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def do(self, tasks: Sequence[T], progress: Progress = silent) -> Iterator[Outcome[T]]:
        """Do tasks, as many at once as there are workers."""
        from distributed import KilledWorker, as_completed

        total, done = sum(task.size for task in tasks), 0
        futures = {self._client.submit(attempt, task, pure=False): task for task in tasks}
        try:
            for future in as_completed(list(futures), loop=self._client.loop):
                task = futures.pop(future)
                try:
                    reason: str | None = future.result()
                except KilledWorker:
                    reason = "every worker that tried it died: is there memory enough?"
                done += task.size
                progress(done, total)
                yield task, reason
        finally:
            self._client.cancel(list(futures))


@contextmanager
def cluster(workers: int | None, scheduler: str | None) -> Iterator[Workers]:
    """Processes on this machine, or those of a running scheduler.

    Args:
        workers: number of processes to start here; they share the processors.
        scheduler: address of a running scheduler to use instead, such as tcp://host:8786.

    Raises:
        UsageError: Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as e:
        raise UsageError("this needs Dask distributed", "pip install distributed") from e
    if scheduler is not None:
        _check_scheduler(scheduler)
        with Client(scheduler, timeout=_PATIENCE, set_as_default=False) as client:
            yield DaskCluster(client)
        return
    with _local(workers or 1) as client:
        yield DaskCluster(client)


def _check_scheduler(address: str) -> None:
    """Raise UsageError if no scheduler of Dask answers at an address.

    A client that does not get an answer, or gets nonsense, may wait for ever and keep the process
    from ending. One question, asked without a client, leaves nothing behind.
    """
    from distributed.core import rpc

    async def ask() -> object:
        async with rpc(address, timeout=_PATIENCE) as scheduler:
            return await scheduler.identity()

    scheme = address.partition("://")[0] if "://" in address else "tcp"
    if scheme not in _SCHEMES:
        raise UsageError(
            f"{address}: is no address of a scheduler", "name one such as tcp://host:8786"
        )
    try:
        with _no_log_of("distributed"):
            identity = asyncio.run(asyncio.wait_for(ask(), _PATIENCE))
    except Exception as e:  # Dask raises anything over what is no message of Dask
        raise UsageError(f"{address}: no scheduler answers", "check the address") from e
    if not isinstance(identity, dict) or identity.get("type") != "Scheduler":
        raise UsageError(f"{address}: what answers is no scheduler", "check the address")


@contextmanager
def _no_log_of(name: str) -> Iterator[None]:
    """Drop the log of a library, which would print the traceback of what is one line here."""
    log = logging.getLogger(name)
    before = log.disabled, log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.disabled, log.level = before


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    """A cluster of processes on this machine, with one Dask thread each."""
    import dask.config
    from distributed import Client, LocalCluster

    # Dask overrides these by the environment of this process, if it has them.
    environment = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        max(1, (os.cpu_count() or 1) // workers),
    )
    settings = {
        "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
        "distributed.scheduler.worker-saturation": 1.0,  # no task waits at a worker that may die
        "distributed.nanny.pre-spawn-environ": environment,
        "distributed.worker.memory.terminate": False,  # it may use all of the memory
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # any free port: another run may have 8787
            silence_logs=logging.CRITICAL,
            preload=[_LEAVE_CONTROL_C],
        ) as processes,
        Client(processes, set_as_default=False) as client,
    ):
        yield client


def stage(name: str, progress: TaskProgress | None) -> Progress:
    """The progress of one stage of a batch, under its name."""
    return partial(progress, name) if progress else silent
