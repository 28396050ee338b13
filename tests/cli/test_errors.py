"""Every class of errors.py, provoked through the command line: its exit code, one line, a hint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embcmp import errors
from embcmp.errors import (
    EmbcmpError,
    InputError,
    ModelError,
    OutputError,
    ResourceError,
    SpecError,
    UsageError,
)
from tests.commands import ROOT, Run
from tests.privileges import without_privileges

PROVOKED: dict[type[EmbcmpError], tuple[tuple[str, ...], str]] = {
    UsageError: (("models", "fetch", "lstm,weights=random"), "leave out weights=random"),
    SpecError: (("compare", "man", "-s", "man.txt", "-e", "bret"), "did you mean bert?"),
    InputError: (("compare", "man", "-s", "nowhere.txt", "-e", "context"), "check the path"),
    ModelError: (("models", "info", "bert:./nowhere"), "check the path"),
    OutputError: (("models", "list", "-o", "no/such/file"), "there is no folder no/such"),
}


def test_every_class_of_error_has_a_test() -> None:
    known = {k for k in vars(errors).values() if isinstance(k, type)} - {EmbcmpError}
    provoked = {*PROVOKED, ResourceError}  # tests/hostile/test_shortage.py has the last
    assert {k for k in known if issubclass(k, EmbcmpError)} == provoked


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
    codes = {kind: kind.exit_code for kind in (*PROVOKED, ResourceError)}
    assert [codes[k] for k in (UsageError, SpecError, InputError, ModelError)] == [2, 2, 3, 4]
    assert codes[OutputError] == codes[ResourceError] == 6
    assert Path(errors.__file__).read_text().count("exit_code = ") == 5


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
def private(place: Path) -> Iterator[Path]:
    """A folder with files that nobody may read; who may read everything gives that up."""
    (place / "secret").write_text("man\n")
    (place / "closed").mkdir()
    (place / "read-only").mkdir()
    for name, mode in (("secret", 0o000), ("closed", 0o000), ("read-only", 0o555)):
        (place / name).chmod(mode)
    with without_privileges():
        if os.access(place / "secret", os.R_OK, effective_ids=True):
            pytest.skip("this user may read everything, and cannot give that up here")
        yield place


def one_line(run: Run, args: tuple[str, ...], place: Path, code: int) -> None:
    done = run(*args, cwd=place)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.startswith("embcmp: ")
    assert done.stderr.count("\n") == 1
    assert not {"out", "list"} & {path.name for path in place.iterdir()}


def named(parameter: object) -> str:
    return " ".join(parameter)[:60] if isinstance(parameter, tuple) else str(parameter)


@pytest.mark.parametrize(("args", "code"), UNUSABLE, ids=named)
def test_names_that_no_file_can_have(
    run: Run, place: Path, args: tuple[str, ...], code: int
) -> None:
    one_line(run, args, place, code)


@pytest.mark.parametrize(("args", "code"), UNREADABLE, ids=named)
def test_files_without_permission(
    run: Run, private: Path, args: tuple[str, ...], code: int
) -> None:
    one_line(run, args, private, code)
