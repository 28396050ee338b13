"""Hostile inputs, taken by two processes under limits of memory, files and time.

    python -m tests.hostile.harness [KIND/NAME] [FOLDER]

takes all inputs, those of a kind, or one, and prints how many were survived. With a folder, the
files of one input are written into it instead, and its command is printed.
"""

from __future__ import annotations

import json
import os
import pickle
import selectors
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import IO, Any

from tests.commands import ROOT, environment
from tests.hostile.inputs.hostile_input import Input
from tests.hostile.inputs.kinds import KINDS, all_inputs
from tests.hostile.inputs.valid_files import ValidFiles

CHILDREN = 2
SECONDS = 40.0  # for an input; other tests share the machine
STARTING = 180.0  # for a child to import everything
AGAIN = "python -m tests.hostile.harness"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an input.

    Attributes:
        given: the input.
        status: the exit code; None if the process was killed.
        lines: lines on standard error.
        seconds: how long it took.
        new: bytes that are new on the disk.
        wrong: what is wrong with it; empty if the input was survived.
        says: the end of standard error.
    """

    given: Input
    status: int | None
    lines: int
    seconds: float
    new: int
    wrong: tuple[str, ...]
    says: str = ""

    def __str__(self) -> str:
        command = shlex.join(["embcmp", *self.given.args])
        again = shlex.join([*AGAIN.split(), self.given.id, "FOLDER"])
        return (
            f"{self.given.id}: {'; '.join(self.wrong)[:600]}\n    {command[:300]}\n"
            f"    its files: {again}\n    {self.says[-600:]!r}"
        )


class Child:
    """A process of `tests/hostile/child.py`, which is started anew after it was killed."""

    def __init__(
        self, inputs: Sequence[Input], pickled: Path, folder: Path, seconds: float
    ) -> None:
        self._inputs, self._pickled, self._folder = inputs, pickled, folder
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._starts = 0

    def take(self, number: int) -> Outcome:
        """Have an input taken, or see that it hangs or kills the process."""
        given = self._inputs[number]
        process = self._running()
        print(number, file=_pipe(process.stdin), flush=True)
        start = time.monotonic()
        line = self._line(process, self._seconds)
        if line is None or not line:
            if line is None:
                process.kill()
                wrong = f"no end after {self._seconds:.0f} s"
            status = process.wait()
            if line is not None:
                wrong = f"the process ended with {status}"  # a negative number is a signal's
            _pipe(process.stdin).close()
            _pipe(process.stdout).close()
            self._process = None
            seconds = time.monotonic() - start
            return Outcome(given, None, 0, seconds, 0, (wrong,), self._errors().read_text()[-3000:])
        said: dict[str, Any] = json.loads(line)
        return Outcome(
            given, said["status"], said["lines"], said["seconds"], said["new"],
            tuple(said["wrong"]), said["says"],
        )  # fmt: skip

    def end(self) -> None:
        """End the process."""
        if self._process:
            _pipe(self._process.stdin).close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._process.wait()
            _pipe(self._process.stdout).close()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._starts += 1
            folder = self._folder / str(self._starts)
            folder.mkdir(parents=True)
            with self._errors().open("w") as errors:
                self._process = subprocess.Popen(
                    [sys.executable, "-X", "faulthandler", "-m", "tests.hostile.child",
                     str(self._pickled), str(folder)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                    cwd=ROOT, env=environment(
                        OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", MALLOC_ARENA_MAX="2",
                    ),
                )  # fmt: skip
            started = self._line(self._process, STARTING)
            assert started == "ready\n", self._errors().read_text()
        return self._process

    def _errors(self) -> Path:
        return self._folder / f"errors{self._starts}"

    @staticmethod
    def _line(process: subprocess.Popen[str], seconds: float) -> str | None:
        """What the process says within a time: a line, "" at its end, or None for nothing."""
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(process.stdout), selectors.EVENT_READ)
            return _pipe(process.stdout).readline() if selector.select(seconds) else None


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def survive(
    inputs: Sequence[Input],
    folder: Path,
    seconds: float = SECONDS,
    show: Callable[[Outcome], object] = lambda outcome: None,
) -> list[Outcome]:
    """Take inputs, by two processes at once, and describe what came of each, in their order.

    Args:
        inputs: the inputs.
        folder: an empty folder for all files.
        seconds: how long an input may take.
        show: is called with each outcome as it comes.
    """
    pickled = folder / "inputs"
    pickled.write_bytes(pickle.dumps(list(inputs)))
    outcomes: list[Outcome] = []
    errors: list[BaseException] = []
    left, lock = iter(range(len(inputs))), Lock()

    def work(child: Child) -> None:
        try:
            while (number := _next(left, lock)) is not None:
                outcomes.append(child.take(number))
                show(outcomes[-1])
        except BaseException as e:
            errors.append(e)
        finally:
            child.end()

    threads = [
        Thread(target=work, args=(Child(inputs, pickled, folder / f"child{i}", seconds),))
        for i in range(min(CHILDREN, len(inputs)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    places = {given.id: i for i, given in enumerate(inputs)}
    return sorted(outcomes, key=lambda outcome: places[outcome.given.id])


def _next(numbers: Iterator[int], lock: Lock) -> int | None:
    with lock:
        return next(numbers, None)


def table(outcomes: Sequence[Outcome]) -> str:
    """How many inputs of each kind were tried and survived, with the extremes."""
    rows = [f"{'kind':<16}{'tried':>7}{'survived':>10}{'longest, s':>12}  exit codes"]
    for kind in [*KINDS, "all"]:
        these = [o for o in outcomes if kind in (o.given.kind, "all")]
        if these:
            survived = sum(not o.wrong for o in these)
            codes = Counter("none" if o.status is None else str(o.status) for o in these)
            shown = ", ".join(f"{n} x {code}" for code, n in sorted(codes.items()))
            longest = max(o.seconds for o in these)
            rows.append(f"{kind:<16}{len(these):>7,}{survived:>10,}{longest:>12.1f}  {shown}")
    return "\n".join(rows)


def failures(outcomes: Sequence[Outcome]) -> str:
    """What was not survived, with the commands that make it again."""
    return "\n".join(str(outcome) for outcome in outcomes if outcome.wrong)


def _show(outcome: Outcome) -> None:
    if outcome.wrong:
        print(outcome, flush=True)  # noqa: T201


def main(wanted: str = "", folder: str = "") -> int:
    """Take the inputs whose names begin with `wanted`, or write the files of one."""
    with TemporaryDirectory() as scratch:
        valid = Path(scratch) / "valid"
        valid.mkdir()
        inputs = [x for x in all_inputs(ValidFiles(valid)) if x.id.startswith(wanted)]
        if folder:
            given = next(x for x in inputs if x.id == wanted)
            Path(folder).mkdir(parents=True, exist_ok=True)
            given.write(Path(folder))
            command = shlex.join(["embcmp", *given.args]).replace("{FOLDER}", folder)
            print(f"cd {shlex.quote(os.path.abspath(folder))} && {command}")  # noqa: T201, PTH100
            return 0
        outcomes = survive(inputs, Path(scratch), show=_show)
        slowest = sorted(outcomes, key=lambda o: -o.seconds)[:8]
        times = "\n".join(f"{o.seconds:6.1f} s {o.given.id}" for o in slowest)
        print(table(outcomes), times, sep="\n")  # noqa: T201
    return int(any(outcome.wrong for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
