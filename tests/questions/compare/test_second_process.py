from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pytest

from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.second_process import HERE, SecondProcess, cores
from embcmp.types import Comparison
from tests.commands import run_code
from tests.questions.encoders import Made, uses

second = pytest.mark.process("a second process makes the calls")


def test_this_process_makes_calls_at_once() -> None:
    made: list[int] = []
    assert HERE.submit(made.append, 1).result() is None
    assert made == [1]
    assert HERE.submit(divmod, 7, 3).result() == (2, 1)


@second
def test_the_second_process_makes_them_and_this_one_helps() -> None:
    with SecondProcess() as work:
        first = work.submit(os.getpid)
        assert first.result() not in (os.getpid(), None)
        work.submit(time.sleep, 1)
        rest = [work.submit(os.getpid) for _ in range(3)]
        work.finish()  # the second one sleeps: what waits is done here
        assert [task.result() for task in rest] == [os.getpid()] * 3
    assert multiprocessing.active_children() == []


@second
def test_what_the_second_process_cannot_do_is_done_here(capfd: pytest.CaptureFixture[str]) -> None:
    with SecondProcess() as work:
        failing = work.submit(int, "none")
        with pytest.raises(ValueError, match="none"):
            failing.result()
        assert work.submit(os.getpid).result() == os.getpid()  # it has ended over that
    with SecondProcess() as work:
        os.kill(next(iter(multiprocessing.active_children())).pid or 0, signal.SIGKILL)
        assert work.submit(os.getpid).result() == os.getpid()
    with SecondProcess() as work:
        assert work.submit(lambda: 3).result() == 3  # it cannot be pickled
    assert capfd.readouterr() == ("", "")


@second
def test_where_no_process_can_be_started_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: object) -> None:
        raise BlockingIOError("too many processes")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", refuse)
    with SecondProcess() as work:
        task = work.submit(os.getpid)
        work.finish()
        assert task.result() == os.getpid()


@second
def test_an_error_ends_the_second_process_amid_its_work() -> None:
    started = time.monotonic()
    with pytest.raises(KeyError), SecondProcess() as work:
        work.submit(time.sleep, 600)
        work.submit(time.sleep, 600)
        raise KeyError
    assert time.monotonic() - started < 60
    assert multiprocessing.active_children() == []


@pytest.mark.process("the first process is killed")
def test_it_ends_with_this_one_when_that_is_killed() -> None:
    code = """
import os, signal, time
from embcmp.questions.compare.second_process import SecondProcess
if __name__ == "__main__":
    with SecondProcess() as work:
        print(work.submit(os.getpid).result(), flush=True)
        work.submit(time.sleep, 600)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    done = run_code(code)  # it returns when nobody is left who could write
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.strip().isdecimal()
    assert "Traceback" not in done.stderr


def plain(found: Comparison) -> str:
    timed = [replace(r, load_seconds=0, encode_seconds=0) for r in found.results]
    return replace(found, results=tuple(timed), manifest={}).to_json(full=True)


@second
def test_a_comparison_is_the_same_whoever_measures() -> None:
    occurrences = uses(["a"] * 12 + ["b"] * 12)

    def encoders() -> list[Made]:
        return [
            Made(
                lambda o, k=k: [1.0, (float(o.id) * k) % 7, 2.0 * (o.sense == "a")],
                dim=3,
                name=f"bert:{k}@all",
                layers=(0, 1),
                fingerprint=f"work{k}",
            )
            for k in (1, 3)
        ]

    alone = compare(occurrences, encoders(), draws=200)
    assert alone.results[0].metrics["probe"].value is not None
    with SecondProcess() as work:
        assert plain(compare(occurrences, encoders(), draws=200, work=work)) == plain(alone)


def test_one_thread_asks_for_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert cores() == 1
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "many")
    assert cores() == 1
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert cores() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert cores() >= 1
