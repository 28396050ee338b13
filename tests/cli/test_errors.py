"""Every class of errors.py, provoked through the command line: its exit code, one line, a hint."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embcmp import errors
from embcmp.errors import EmbcmpError, InputError, ModelError, OutputError, SpecError, UsageError
from tests.conftest import ROOT, Run

PROVOKED: dict[type[EmbcmpError], tuple[tuple[str, ...], str]] = {
    UsageError: (("models", "fetch", "lstm,weights=random"), "leave out weights=random"),
    SpecError: (("compare", "man", "-s", "man.txt", "-e", "bret"), "did you mean bert?"),
    InputError: (("compare", "man", "-s", "nowhere.txt", "-e", "context"), "check the path"),
    ModelError: (("models", "info", "bert:./nowhere"), "check the path"),
    OutputError: (("models", "list", "-o", "no/such/file"), "there is no folder no/such"),
}


def test_every_class_is_provoked() -> None:
    known = {k for k in vars(errors).values() if isinstance(k, type)} - {EmbcmpError}
    assert {k for k in known if issubclass(k, EmbcmpError)} == set(PROVOKED)


@pytest.mark.parametrize("kind", PROVOKED, ids=lambda kind: kind.__name__)
def test_one_line_with_what_to_do(run: Run, kind: type[EmbcmpError]) -> None:
    args, hint = PROVOKED[kind]
    done = run(*args)
    assert (done.returncode, done.stdout) == (kind.exit_code, "")
    assert done.stderr.startswith("embcmp: ")
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1
    debugged = run("--debug", *args)
    assert debugged.returncode == kind.exit_code
    assert f"\nembcmp.errors.{kind.__name__}: " in debugged.stderr


def test_the_codes_are_those_of_the_design() -> None:
    codes = {kind: kind.exit_code for kind in PROVOKED}
    assert codes == {UsageError: 2, SpecError: 2, InputError: 3, ModelError: 4, OutputError: 6}
    assert Path(errors.__file__).read_text().count("exit_code = ") == 4


LONG = "n" * 300  # no file system has names of that length
UNUSABLE = [
    (("compare", "man", "-s", LONG, "--input-format", "txt"), 3),
    (("compare", "man", "-s", "man.txt", "-e", f"bert:{LONG}"), 4),
    (("compare", "man", "-s", "man.txt", "-e", f"lstm:{LONG}"), 4),
    (("models", "list", "-o", LONG), 6),
    (("models", "list", "-o", "loop"), 6),
    (("train", "word2vec", "--corpus", "man.txt", "--out", "loop"), 6),
    (("check", f"{LONG}/e.toml"), 3),
    (("report", LONG), 3),
    (("evaluate", "raw-c", LONG), 3),
]
UNREADABLE = [
    (("compare", "man", "-s", "secret"), 3),
    (("compare", "man", "-s", "man.txt", "-e", "bert:closed/bert"), 4),
    (("models", "info", "word2vec:secret"), 4),
    (("models", "list", "-o", "closed/list"), 6),
    (("models", "list", "-o", "read-only/list"), 6),
    (("check", "secret"), 3),
    (("check", "closed/e.toml"), 3),
    (("verify", "secret"), 3),
    (("batch", "secret", "--out", "out"), 3),
    (("report", "closed"), 3),
    (("evaluate", "pairs", "secret"), 3),
    (("evaluate", "raw-c", "closed"), 3),
    (("train", "word2vec", "--corpus", "secret"), 3),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "fixtures" / "man.txt", tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


@pytest.fixture
def powerless(place: Path) -> list[str]:
    """What takes from the superuser the power to pass over permissions."""
    command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    if os.geteuid() != 0:
        command = []
    elif not shutil.which("setpriv") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("the superuser may read everything, and cannot give that up here")
    (place / "secret").write_text("man\n")
    (place / "closed").mkdir()
    (place / "read-only").mkdir()
    for name, mode in (("secret", 0o000), ("closed", 0o000), ("read-only", 0o555)):
        (place / name).chmod(mode)
    return command


def one_line(command: list[str], place: Path, code: int) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, check=False, cwd=place, env=env)
    err = done.stderr.decode()
    assert (done.returncode, done.stdout) == (code, b""), err
    assert err.startswith("embcmp: ")
    assert err.count("\n") == 1
    assert not {"out", "list"} & {path.name for path in place.iterdir()}


def named(parameter: object) -> str:
    return " ".join(parameter)[:60] if isinstance(parameter, tuple) else str(parameter)


@pytest.mark.parametrize(("args", "code"), UNUSABLE, ids=named)
def test_names_that_no_file_can_have(place: Path, args: tuple[str, ...], code: int) -> None:
    one_line([sys.executable, "-m", "embcmp", *args], place, code)


@pytest.mark.parametrize(("args", "code"), UNREADABLE, ids=named)
def test_files_without_permission(
    place: Path, powerless: list[str], args: tuple[str, ...], code: int
) -> None:
    one_line([*powerless, sys.executable, "-m", "embcmp", *args], place, code)
