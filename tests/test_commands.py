"""Commands that are called give what a process gives, and leave nothing behind."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.commands import Run, run_here, run_on_terminal, run_process

CONTEXT = "context,window=2"


@pytest.fixture
def folder(tmp_path: Path, tiny_vectors: Path, tiny_bert: Path) -> Path:
    (tmp_path / "v.txt").write_bytes(tiny_vectors.read_bytes())
    (tmp_path / "bert").symlink_to(tiny_bert)
    (tmp_path / "bad.txt").write_bytes(b"the man\nm\xe4n\n")
    return tmp_path


@pytest.mark.process("it is compared with the call")
@pytest.mark.parametrize(
    ("args", "stdin", "env", "status"),
    [
        (["compare", "man", "-s", "-", "-e", "context:v.txt"], "the man is cold\nnone\n", {}, 0),
        (["compare", "man", "-s", "-", "-e", "bert:bert"], "the man — «män»\na man\n", {}, 0),
        (["compare", "man", "-s", "-", "-e", "context:v.txt"], "", {}, 3),
        (["compare", "man", "-s", "bad.txt", "-e", "context:v.txt"], None, {}, 3),
        (["compare", "man", "-s", "nowhere", "-e", "bert:nowhere"], None, {}, 3),
        (["models", "info", "context:v.txt"], None, {"COLUMNS": "50"}, 0),
        (["models", "info", "bert:./nowhere"], None, {}, 4),
        (["models", "list", "-o", "no/such/file"], None, {}, 6),
        (["--help"], None, {}, 0),
        (["compare"], None, {}, 2),
        ([], None, {}, 2),
        (["--version"], None, {}, 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_call_gives_what_a_process_gives(
    folder: Path, args: list[str], stdin: str | None, env: dict[str, str], status: int
) -> None:
    called, alone = (
        how(*args, stdin=stdin, env=env, cwd=folder) for how in (run_here, run_process)
    )
    assert called.returncode == alone.returncode == status
    assert without_times(called.stdout) == without_times(alone.stdout)
    assert called.stderr == alone.stderr


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("  time")]


def open_files() -> Iterator[str]:
    for descriptor in Path("/proc/self/fd").glob("*"):  # there is none but on Linux
        with contextlib.suppress(FileNotFoundError):  # the one of this look
            yield str(descriptor.readlink())


def around() -> dict[str, Any]:
    """What a command could change around itself."""
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, sorted(root.manager.loggerDict))]
    streams = sys.stdin, sys.stdout, sys.stderr
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "arguments": list(sys.argv),
        "streams": [id(stream) for stream in streams],
        "files": sorted(open_files()),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "logging": {
            logger.name: (logger.level, [id(handler) for handler in logger.handlers])
            for logger in loggers
        },
        "signals": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)],
        "threads of torch": torch.get_num_threads(),
        "garbage": gc.get_threshold(),
    }


def test_nothing_is_left_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = ["-e", "bert:bert", "-e", "context:v.txt"]
    args = ("--offline", "-q", "compare", "man", "-s", "-", *specs, "--format", "json")
    run_here(*args, stdin="the man\n", cwd=folder)  # what is imported is there from now on
    before = around()
    from embcmp.cli import output

    real = output.emit

    def untidy(*given: object) -> None:
        os.environ["LEFT"] = "here"
        os.chdir("/")
        warnings.simplefilter("error")
        logging.getLogger().addHandler(logging.NullHandler())
        logging.getLogger("embcmp.left").setLevel(1)
        logging.getLogger("transformers").setLevel(1)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        torch.set_num_threads(before["threads of torch"] + 1)
        real(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(output, "emit", untidy)
    logging.getLogger("embcmp.left")
    before = {**before, "logging": around()["logging"]}
    done = run_here(*args, stdin="the man\n" * 20_000, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["word"] == "man"
    assert around() == before


def test_a_command_has_nothing_of_the_one_before(run: Run, folder: Path) -> None:
    hub = ("compare", "man", "-s", "bad.txt", "-e", "bert:org/none")
    assert "leave out --offline" in run("--offline", "models", "info", "bert:org/none").stderr
    assert "HF_HUB_OFFLINE" not in os.environ
    assert run("-q", *hub, cwd=folder).stderr == run(*hub, cwd=folder).stderr


def test_a_warning_and_a_log_are_written_as_a_process_writes_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        warnings.warn("look out", UserWarning, stacklevel=1)
        warnings.warn("not for users", DeprecationWarning, stacklevel=1)
        logging.getLogger("some.library").warning("so it is logged")
        logging.getLogger("some.library").info("too little")
        os.write(2, b"from C\n")
        raise SystemExit("a library ends it")

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", read)
    done = run("compare", "man", "-s", "x.txt")
    assert (done.returncode, done.stdout) == (1, "")
    warned, code, *others = done.stderr.splitlines()
    assert warned.endswith("UserWarning: look out")
    assert code.strip().startswith("warnings.warn(")
    assert others == ["so it is logged", "from C", "a library ends it"]


def test_a_command_on_a_terminal_sees_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        seen = [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)]
        sys.stderr.write(f"{seen} {os.get_terminal_size(2).columns}")
        raise SystemExit(0)

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", read)
    assert run_on_terminal("compare", "man", "-s", "x.txt").stderr == "[False, False, True] 80"


def test_settings_that_a_process_reads_once_are_refused(run: Run) -> None:
    with pytest.raises(AssertionError, match="OMP_NUM_THREADS is read at the start"):
        run("--help", env={"OMP_NUM_THREADS": "2"})


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run([sys.executable, "--version"], check=True),
        lambda: subprocess.run("python3 --version", shell=True, check=True),
        lambda: subprocess.run(["embcmp", "--version"], check=True),
        lambda: os.system("python3 --version"),
        lambda: os.posix_spawn(sys.executable, [sys.executable, "--version"], {}),
        lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
    ],
    ids=["python", "shell", "embcmp", "os.system", "posix_spawn", "multiprocessing"],
)
def test_a_test_that_starts_a_process_says_so(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="starts a process and is not marked"):
        start()
    subprocess.run(["true"], check=True)  # other programs are nobody's business


def test_logs_of_a_library_that_logged_before_are_captured(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("earlier.library")
    handler = logging.StreamHandler()  # as transformers makes one when it is imported
    monkeypatch.setattr(logger, "handlers", [handler])

    def read(*_: object, **__: object) -> None:
        logger.warning("look here")
        raise SystemExit(300)

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", read)
    done = run("compare", "man", "-s", "x.txt")
    assert (done.returncode, done.stderr) == (300 - 256, "look here\n")


def test_a_terminal_is_closed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise GeneratorExit

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", read)
    before = sorted(open_files())
    with pytest.raises(GeneratorExit):
        run_on_terminal("compare", "man", "-s", "x.txt")
    assert sorted(open_files()) == before
