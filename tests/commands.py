"""Commands run within the tests' process, and seen as if each had a process of its own."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import pty
import signal
import subprocess
import sys
import termios
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Protocol

import huggingface_hub.constants  # noqa: F401  read from the environment before a command changes it

from embcmp.cache import _temporary_folder
from embcmp.cli import main
from embcmp.models.checkpoints import _snapshot

ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "embcmp")

# Python or a library reads these once, at the start: setting them for a call would have no effect.
READ_AT_START = (
    *("PYTHON", "OMP_", "MKL_", "OPENBLAS_", "LOKY_"),
    *("HF_HOME", "HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_DISABLE"),
)
# What a new interpreter ignores; others are written to standard error once per line of code.
IGNORED = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)

Done = subprocess.CompletedProcess[str]


class Run(Protocol):
    """Runs a command with its arguments, and gives its output and its exit status."""

    def __call__(
        self,
        *args: str,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> Done:
        """Run it to its end.

        Args:
            args: what stands behind `embcmp`.
            stdin: standard input, which is empty if it is not given.
            env: variables that are added to the environment.
            cwd: the working folder.
        """
        ...


def run_here(
    *args: str,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Done:
    """Run a command by calling it, and leave everything as it was before; see `Run`.

    A process costs a second, most of it for importing torch. What only a process shows, such as
    signals, closed streams and what is imported at the start, is tested with `run_process`. A
    Control-C of the developer while it runs is the command's: it ends with status 130.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin or b""
    with TemporaryFile() as out, TemporaryFile() as err:
        with restored(env or {}, cwd), streams(data, out.fileno(), err.fileno()):
            status = _status(args)
        return subprocess.CompletedProcess(args, status, _content(out), _content(err))


def run_on_terminal(*args: str, env: Mapping[str, str] | None = None, alone: bool = False) -> Done:
    """Run a command with a terminal of 80 columns for standard error.

    Args:
        args: what stands behind `embcmp`.
        env: variables that are added to the environment.
        alone: run it in a process of its own.
    """
    ours, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (25, 80))
    shown: list[bytes] = []

    def look() -> None:
        with contextlib.suppress(OSError):  # on Linux, reading fails once the other end is closed
            while part := os.read(ours, 1 << 16):
                shown.append(part)

    reader = Thread(target=look, daemon=True)
    reader.start()
    try:
        with TemporaryFile() as out:
            more = {"TERM": "xterm", **(env or {})}
            if alone:
                status = subprocess.run(
                    [*COMMAND, *args],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=terminal, check=False, cwd=ROOT,
                    env=environment(**more),
                ).returncode  # fmt: skip
            else:
                with restored(more, ROOT), streams(b"", out.fileno(), terminal):
                    status = _status(args)
            printed = _content(out)
    finally:
        os.close(terminal)
        reader.join()
        os.close(ours)
    return subprocess.CompletedProcess(args, status, printed, b"".join(shown).decode())


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def run_process(
    *args: str,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Done:
    """Run a command in a process of its own; see `Run`."""
    done = subprocess.run(
        [*COMMAND, *args],
        input=stdin.encode() if isinstance(stdin, str) else stdin or b"",
        capture_output=True,
        check=False,
        cwd=cwd,
        env=environment(**(env or {})),
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def run_code(code: str, *args: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Done:
    """Run Python code in a process of its own, with arguments; embcmp can be imported."""
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(**(env or {})),
    )


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that a test starts, in whatever folder: it finds embcmp."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def _status(args: Sequence[str]) -> int:
    """Call the command line; its exit status, as the interpreter takes it from the exception."""
    sys.argv = ["embcmp", *args]
    try:
        main()
    except SystemExit as e:
        if e.code is None or isinstance(e.code, int):
            return (e.code or 0) & 0xFF  # as much as a process can say
        print(e.code, file=sys.stderr)  # noqa: T201  as the interpreter does
        return 1
    except Exception:
        traceback.print_exc()
        return 1


@contextlib.contextmanager
def streams(data: bytes, out: int, err: int) -> Iterator[None]:
    """Put file descriptors in the place of the standard streams, and `data` into standard input.

    The descriptors 0, 1 and 2 themselves are replaced, so that code in C and child processes write
    to them, too; log handlers that hold the earlier stream are given the new one. Standard input
    is a pipe.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    for stream in before[1:]:
        stream.flush()
    saved = [os.dup(number) for number in range(3)]
    given, feed = os.pipe()
    feeder = Thread(target=_feed, args=(feed, data))
    feeder.start()
    try:
        for number, file in enumerate((given, out, err)):
            os.dup2(file, number)
        os.close(given)
        sys.stdin = _text(0, "rb", "strict")
        sys.stdout = _text(1, "wb", "strict")
        sys.stderr = _text(2, "wb", "backslashreplace")
        with _logged_to(before[2], sys.stderr):
            yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        sys.stdin, sys.stdout, sys.stderr = before
        for number, old in enumerate(saved):
            os.dup2(old, number)
            os.close(old)
        feeder.join()


@contextlib.contextmanager
def _logged_to(earlier: IO[str], now: IO[str]) -> Iterator[None]:
    """Let the handlers of loggers that write to one stream write to another one."""
    loggers = [x for x in logging.root.manager.loggerDict.values() if isinstance(x, logging.Logger)]
    handlers = [
        handler
        for logger in loggers
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is earlier
    ]
    for handler in handlers:
        handler.setStream(now)
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(earlier)


def _feed(pipe: int, data: bytes) -> None:
    """Write all that standard input gives, or as much as is read."""
    with contextlib.suppress(BrokenPipeError), open(pipe, "wb") as file:
        file.write(data)


def _text(number: int, mode: str, errors: str) -> io.TextIOWrapper:
    """A text stream on a file descriptor, which stays open when the stream is forgotten."""
    file = open(number, mode, closefd=False)
    return io.TextIOWrapper(file, "utf-8", errors, line_buffering=number == 2)


@contextlib.contextmanager
def restored(env: Mapping[str, str], cwd: Path) -> Iterator[None]:
    """Give a command its environment and folder, and take back all that it changes around it."""
    for name in env:
        assert not name.startswith(READ_AT_START), f"{name} is read at the start: use run_process"
    with (
        contextlib.chdir(cwd),
        _environment(env),
        _warnings(),
        _logging(),
        _signals(),
        _torch(),
        _garbage(),
    ):
        argv = sys.argv
        try:
            yield
        finally:
            sys.argv = argv
            for cached in (
                _temporary_folder,
                _snapshot,
            ):  # caches that are meant to last one process
                cached.cache_clear()


@contextlib.contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextlib.contextmanager
def _warnings() -> Iterator[None]:
    """Warnings are errors in the tests; a command writes them to standard error."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))

    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in IGNORED:
            warnings.simplefilter("ignore", category)
        warnings.showwarning = show
        yield


@contextlib.contextmanager
def _logging() -> Iterator[None]:
    """Without pytest's own handlers, and with every logger afterwards as it was before.

    Loggers of libraries that the command imports for the first time keep what the import set up.
    """
    root = logging.getLogger()
    known = [root, *(x for x in root.manager.loggerDict.values() if isinstance(x, logging.Logger))]
    before = [(x, x.handlers[:], x.level, x.propagate, x.disabled) for x in known]
    modules = set(sys.modules)
    root.handlers = []
    try:
        yield
    finally:
        new = {module.partition(".")[0] for module in sys.modules.keys() - modules}
        for logger, *state in before:
            if logger.name.partition(".")[0] in new:
                continue
            logger.handlers, logger.level, logger.propagate, logger.disabled = state
            logger._cache.clear()  # type: ignore[attr-defined]  # of levels, as setLevel does


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _garbage() -> Iterator[None]:
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextlib.contextmanager
def _torch() -> Iterator[None]:
    """The threads of torch, where it is imported before or by the command."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    try:
        yield
    finally:
        torch = sys.modules.get("torch")
        if torch and before and torch.get_num_threads() != before:
            torch.set_num_threads(before)
