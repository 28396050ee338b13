"""A lack of memory, open files or threads is said as what it is, and is no bug."""

from __future__ import annotations

import errno
import os

import pytest

from embcmp.batch.workers import attempt
from embcmp.shortage import shortage
from embcmp.types import Progress
from tests.commands import Run, run_code


def caused(cause: Exception) -> Exception:
    """An error of a library that hides what it came of."""
    try:
        try:
            raise cause
        except Exception:
            raise RuntimeError("Nanny failed to start.") from None
    except RuntimeError as e:
        return e


LACKS = [
    (MemoryError(), "memory"),
    (MemoryError("Unable to allocate 844. KiB for an array"), "memory"),
    (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM), "torch"), "memory"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."), "memory"),
    (ImportError("libtorch_cpu.so: failed to map segment from shared object"), "memory"),
    (RuntimeError("std::bad_alloc"), "memory"),
    (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "open files"),
    (RuntimeError("can't start new thread"), "threads and processes"),
    (caused(OSError(errno.EMFILE, os.strerror(errno.EMFILE))), "open files"),
]


@pytest.mark.parametrize(("error", "what"), LACKS)
def test_a_lack_is_named(
    error: Exception, what: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lack(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("embcmp.cli.reach.read_uses", lack)
    done = run("reach", "man", "-s", "fixtures/man.txt", "-e", "context")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith(f"embcmp: this machine, or a limit set on it, lacks {what}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [RuntimeError("no luck"), OSError(errno.ENOENT, "no file"), ValueError("out of memory"),
     KeyError("memory")],
)  # fmt: skip
def test_other_errors_are_no_lack(error: Exception) -> None:
    assert shortage(error) is None


class _Greedy:
    """A task of a batch for which memory never suffices."""

    size = 1

    def run(self, progress: Progress = lambda done, total: None) -> None:
        raise MemoryError


def test_a_task_is_set_aside_with_what_it_lacks() -> None:
    assert "lacks memory" in str(attempt(_Greedy()))


def test_draws_have_a_ceiling(run: Run) -> None:
    done = run("reach", "man", "-s", "fixtures/man.txt", "--draws", "1000000000")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "5<=x<=10000" in done.stderr


@pytest.mark.slow
@pytest.mark.process("a limit of memory holds for a process")
@pytest.mark.parametrize("megabytes", [400, 600])
def test_a_limit_of_memory(megabytes: int) -> None:
    code = (
        "import resource, sys; n = int(sys.argv[1]) << 20;"
        "resource.setrlimit(resource.RLIMIT_AS, (n, n));"
        "sys.argv = ['embcmp', 'compare', 'man', '-s', 'fixtures/man.tsv', '-e', 'bert'];"
        "from embcmp.cli import main; main()"
    )
    done = run_code(code, str(megabytes))
    assert done.returncode == 6, done.stderr
    assert "lacks memory" in done.stderr
