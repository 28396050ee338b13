"""When `compare` measures in a second process, and what its user sees of that: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embcmp.analysis import work
from embcmp.analysis.work import HERE, SecondProcess
from embcmp.cli.compare import _measuring
from embcmp.types import Occurrence
from tests.conftest import ROOT, Run, unmeasured

MAN = str(ROOT / "fixtures" / "man.tsv")
TWO_CORES = {"OMP_NUM_THREADS": "2", "LOKY_MAX_CPU_COUNT": "2"}


@pytest.fixture
def encoders(tiny_vectors: Path, tiny_bert: Path) -> list[str]:
    return ["-e", f"context:{tiny_vectors}", "-e", f"bert:{tiny_bert}@all"]


@pytest.mark.parametrize(
    ("specs", "sense", "controls", "cores", "second"),
    [
        (["context", "bert"], "noun", False, 2, True),
        (["bert@all"], "noun", False, 2, True),
        (["bert"], "noun", True, 2, True),
        (["word2vec", "bert"], "noun", False, 2, False),  # one encoder has senses to tell
        (["context", "bert"], None, True, 2, False),
        (["context", "bert"], "noun", False, 1, False),
    ],
)
def test_it_pays_where_senses_have_several_layers(
    monkeypatch: pytest.MonkeyPatch,
    specs: list[str],
    sense: str | None,
    controls: bool,
    cores: int,
    second: bool,
) -> None:
    monkeypatch.setattr(work, "cores", lambda: cores)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    found = [Occurrence("1", "man", "man", 0, 3, None), Occurrence("2", "man", "man", 0, 3, sense)]
    with _measuring(specs, found, controls=controls) as chosen:
        assert (chosen is HERE) != second
        assert isinstance(chosen, SecondProcess) == second
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"  # what the user says stays


def test_the_output_is_the_same(run: Run, encoders: list[str]) -> None:
    command = ("compare", "man", "-s", MAN, *encoders, "--controls")
    one, two = (
        run(*command, "--format", "csv", env={**TWO_CORES, "LOKY_MAX_CPU_COUNT": cores})
        for cores in "12"
    )
    assert two.returncode == 0
    assert (two.stdout, two.stderr) == (one.stdout, one.stderr)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(after_name[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads what runs from /proc")
def test_control_c_at_a_terminal_ends_both(encoders: list[str]) -> None:
    command = [sys.executable, "-m", "embcmp", "compare", "man", "-s", MAN, *encoders]
    with subprocess.Popen(
        [*command, "--draws", "1000000"],  # of minutes
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=unmeasured(**TWO_CORES),
        start_new_session=True,
    ) as process:
        end = time.monotonic() + 60
        while len(children(process.pid)) < 2 and time.monotonic() < end:  # one keeps the books
            time.sleep(0.05)
        started = children(process.pid)
        assert len(started) == 2
        for _ in range(5):  # Python loses an interrupt that meets it while it looks after an import
            os.killpg(process.pid, signal.SIGINT)
            try:
                out, err = process.communicate(timeout=20)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            process.kill()
            pytest.fail("five interrupts did not end it")
    assert (process.returncode, out, err) == (130, b"", b"embcmp: interrupted\n")
    assert not set(started) & set(children(os.getpid()))
