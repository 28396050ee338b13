"""The same work through Dask: equal results, dead workers, poison."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from embcmp.batch.workers import cluster
from embcmp.errors import ModelError, UsageError
from embcmp.types import Progress
from tests.batch.jobs import content, corpus, write_job
from tests.commands import COMMAND, ROOT, Run

# Dask's own threads and sockets end when they like.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

workers = pytest.mark.process("Dask's workers are processes")


@dataclass(frozen=True)
class Marked:
    """A task that leaves a file for each time it is begun."""

    folder: Path
    name: str
    does: str = "nothing"
    size: int = 1

    def run(self, progress: Progress | None = None) -> None:
        (self.folder / f"{self.name}.{time.time_ns()}").touch()
        if self.does == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "fail":
            raise RuntimeError("no luck")
        if self.does == "end":
            raise ModelError("m.bin: is broken", "fetch it")


def begun(folder: Path, name: str) -> int:
    return len(list(folder.glob(f"{name}.*")))


@pytest.mark.slow
@workers
def test_a_failing_task_is_set_aside_after_three_tries_and_the_rest_is_done(tmp_path: Path) -> None:
    tasks = [
        Marked(tmp_path, "a"), Marked(tmp_path, "b", "die"), Marked(tmp_path, "c", "fail"),
        *(Marked(tmp_path, f"d{i}") for i in range(4)),
    ]  # fmt: skip
    shown: list[tuple[int, int]] = []
    with cluster(2, None) as workers:
        outcomes = dict(workers.do(tasks, lambda *at: shown.append(at)))
        reasons = {task.name: why for task, why in outcomes.items()}
        assert begun(tmp_path, "b") == 3
        # Once, or again: what it gave is lost if its worker dies of another task just then.
        assert begun(tmp_path, "c") in (3, 6, 9, 12)
        assert reasons.pop("c") == "RuntimeError: no luck"
        assert "died" in str(reasons.pop("b"))
        assert set(reasons.values()) == {None}
        assert shown[-1] == (7, 7)
        with pytest.raises(ModelError, match=r"m\.bin: is broken; fetch it"):
            list(workers.do([Marked(tmp_path, "e", "end")]))
    assert begun(tmp_path, "e") == 1


def test_no_scheduler_answers() -> None:
    with pytest.raises(UsageError, match="no scheduler answers"), cluster(None, "nonsense"):
        pass


@pytest.mark.slow
@workers
def test_several_processes_give_the_results_of_one(
    run_alone: Run, tmp_path: Path, tiny_vectors: Path, tiny_bert: Path
) -> None:
    corpus(tmp_path)
    job = str(write_job(tmp_path, [f"context:{tiny_vectors}", f"bert:{tiny_bert}"]))
    assert run_alone("batch", job, "--out", str(tmp_path / "local")).returncode == 0
    with socket.socket() as other:
        with contextlib.suppress(OSError):  # Dask's port, if nobody has it yet
            other.bind(("127.0.0.1", 8787))
            other.listen()
        done = run_alone("batch", job, "--out", str(tmp_path / "many"), "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert content(tmp_path / "many") == content(tmp_path / "local")


@pytest.mark.slow
@workers
def test_control_c_of_a_terminal_ends_all_processes_in_two_lines(
    tmp_path: Path, tiny_vectors: Path
) -> None:
    corpus(tmp_path, 500)
    job, out = write_job(tmp_path, [f"context:{tiny_vectors}"]), tmp_path / "out"
    batch = subprocess.Popen(
        [*COMMAND, "batch", str(job), "--out", str(out), "--workers", "2"],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while len(list(out.glob("vectors/*/*.parquet"))) < 3:
        assert batch.poll() is None
        time.sleep(0.01)
    os.killpg(batch.pid, signal.SIGINT)
    _, err = batch.communicate(timeout=60)
    assert batch.returncode == 130
    assert len(err.splitlines()) == 2
    assert gone(batch.pid)


def gone(group: int) -> bool:
    """Whether all processes of a group end within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@workers
def test_a_worker_that_is_killed_in_the_middle_of_a_shard(
    run: Run, tmp_path: Path, tiny_vectors: Path
) -> None:
    from distributed import Client, LocalCluster

    corpus(tmp_path, 500)
    specs = [f"context:{tiny_vectors}{keys}" for keys in ("", ",window=2")]
    job = str(write_job(tmp_path, specs))
    assert run("batch", job, "--out", str(tmp_path / "local")).returncode == 0
    out = tmp_path / "many"
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as processes,
        Client(processes) as client,
    ):
        pids = list(client.run(os.getpid).values())
        batch = subprocess.Popen(
            [*COMMAND, "batch", job, "--out", str(out),
             "--scheduler", processes.scheduler_address],
            cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for pid in pids:
            before = len(list(out.glob("vectors/*/*.parquet")))
            while len(list(out.glob("vectors/*/*.parquet"))) < before + 3:
                assert batch.poll() is None
                time.sleep(0.002)
            os.kill(pid, signal.SIGKILL)
        _, err = batch.communicate(timeout=300)
    assert batch.returncode == 0, err
    assert run("batch", job, "--out", str(out)).returncode == 0  # sweeps what the dead left
    assert content(out) == content(tmp_path / "local")
