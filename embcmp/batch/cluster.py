"""The work of a batch on many processes or machines, through Dask distributed.

Only tasks go over the wire, which are names and numbers: sentences and vectors pass through the
batch's folder, which every worker must see under the same path.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from embcmp.batch.workers import ATTEMPTS, Outcome, T, Workers, attempt
from embcmp.errors import UsageError
from embcmp.types import Progress

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE = 30  # seconds to wait for a scheduler
# A terminal sends it to all processes; this one ends the others.
_LEAVE_CONTROL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


class Cluster:
    """The workers of a Dask cluster.

    Each process keeps the encoder that it loaded last, and tasks come encoder by encoder: a model
    is loaded once a process. A task is tried ATTEMPTS times by its worker. A worker that dies is
    replaced by its nanny and its task goes to another; after as many deaths as the scheduler
    allows (`distributed.scheduler.allowed-failures`) the task is set aside.

    Args:
        client: of the cluster.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def do(self, tasks: Sequence[T], progress: Progress | None = None) -> Iterator[Outcome[T]]:
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
                if progress:
                    progress(done, total)
                yield task, reason
        finally:
            self._client.cancel(list(futures))


@contextmanager
def cluster(workers: int | None, scheduler: str | None) -> Iterator[Workers]:
    """Workers on this machine, or those of a scheduler.

    Args:
        workers: how many processes to start here, the processors shared out among them.
        scheduler: the address of a running one, as tcp://host:8786, in place of that.

    Raises:
        UsageError: Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as e:
        raise UsageError("this needs Dask distributed", "pip install distributed") from e
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as e:
            raise UsageError(f"{scheduler}: no scheduler answers", "check the address") from e
        with client:
            yield Cluster(client)
        return
    with _local(workers or 1) as client:
        yield Cluster(client)


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    """A cluster of processes on this machine, one thread of Dask's each."""
    import dask.config
    from distributed import Client, LocalCluster

    # Dask lets what the environment of this process says of these go before.
    environment = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        max(1, (os.cpu_count() or 1) // workers),
    )
    settings = {
        "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
        "distributed.scheduler.worker-saturation": 1.0,  # no task waits at a worker that may die
        "distributed.nanny.pre-spawn-environ": environment,
        "distributed.worker.memory.terminate": False,  # what fits in this machine may run
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
