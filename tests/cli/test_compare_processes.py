"""When `compare` measures in a second process, and what its user sees of that: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from joblib import cpu_count

from embcmp.cli.compare import _work
from embcmp.questions.compare import second_process
from embcmp.questions.compare.second_process import HERE, SecondProcess
from embcmp.types import Occurrence
from tests.commands import COMMAND, ROOT, Run, environment

MAN = str(ROOT / "fixtures" / "man.tsv")
TWO_CORES = {"OMP_NUM_THREADS": "2", "LOKY_MAX_CPU_COUNT": "2"}
two_cores = pytest.mark.skipif(cpu_count() < 2, reason="on one core there is no second process")


@pytest.fixture
def encoders(tiny_vectors: Path, tiny_bert: Path) -> list[str]:
    return ["-e", f"context:{tiny_vectors}", "-e", f"bert:{tiny_bert}@all"]


@pytest.mark.process("a second process is started, or not")
@pytest.mark.parametrize(
    ("specs", "senses", "controls", "cores", "second"),
    [
        (["context", "bert"], "ab", False, 2, True),
        (["bert@all"], "ab", False, 2, True),
        (["bert"], "ab", True, 2, True),
        (["word2vec", "bert"], "ab", False, 2, False),  # one encoder has senses to tell
        (["context", "bert"], "a", True, 2, False),
        (["context", "bert"], "", True, 2, False),
        (["context", "bert"], "ab", False, 1, False),
    ],
)
def test_a_second_process_is_used_for_senses_with_several_layers(
    monkeypatch: pytest.MonkeyPatch,
    specs: list[str],
    senses: str,
    controls: bool,
    cores: int,
    second: bool,
) -> None:
    monkeypatch.setattr(second_process, "cores", lambda: cores)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    found = [Occurrence(f"{s}{i}", "man", "man", 0, 3, s) for s in senses for i in range(10)]
    found += [Occurrence(f"{i}", "man", "man", 0, 3, None) for i in range(10)]
    found += [Occurrence(f"c{i}", "man", "man", 0, 3, "c") for i in range(9)]
    with _work(specs, found, controls=controls) as chosen:
        assert (chosen is HERE) != second
        assert isinstance(chosen, SecondProcess) == second
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"  # what the user says stays


@two_cores
@pytest.mark.slow
@pytest.mark.process("a second one starts with the environment of the first")
def test_the_output_is_the_same(run: Run, run_alone: Run, encoders: list[str]) -> None:
    command = ("compare", "man", "-s", MAN, *encoders, "--draws", "100", "--controls")
    one = run(*command, "--format", "csv")  # the tests have one thread
    two = run_alone(*command, "--format", "csv", env=TWO_CORES)
    assert two.returncode == 0
    assert (two.stdout, two.stderr) == (one.stdout, one.stderr)


def running() -> dict[int, int]:
    """The processes that have not ended, and who started each."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if state != "Z":  # it has, and nobody asked how
            found[int(stat.parent.name)] = int(parent)
    return found


def children(pid: int) -> list[int]:
    return [child for child, parent in running().items() if parent == pid]


@two_cores
@pytest.mark.process("Control-C, which a terminal sends to all processes")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads what runs from /proc")
def test_control_c_at_a_terminal_ends_both(encoders: list[str]) -> None:
    command = [*COMMAND, "compare", "man", "-s", MAN, *encoders]
    with subprocess.Popen(
        [*command, "--draws", "1000000"],  # of minutes
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(**TWO_CORES),
        start_new_session=True,
    ) as process:
        end = time.monotonic() + 60
        while len(children(process.pid)) < 2 and time.monotonic() < end:  # one keeps the books
            time.sleep(0.05)
        started = children(process.pid)
        assert len(started) == 2
        for _ in range(15):  # Python loses one that meets it while it looks after an import
            os.killpg(process.pid, signal.SIGINT)
            try:
                out, err = process.communicate(timeout=3)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            process.kill()
            pytest.fail("fifteen interrupts did not end it")
    assert (process.returncode, out, err) == (130, b"", b"embcmp: interrupted\n")
    end = time.monotonic() + 20
    while set(started) & running().keys() and time.monotonic() < end:
        time.sleep(0.05)
    assert not set(started) & running().keys()
