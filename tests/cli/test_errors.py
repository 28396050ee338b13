"""Every class of errors.py, provoked through the command line: its exit code, one line, a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from embcmp import errors
from embcmp.errors import EmbcmpError, InputError, ModelError, OutputError, SpecError, UsageError
from tests.conftest import Run

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
