"""The faults of `tests/mutants.py` can be put into the package as it is now."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests import mutants
from tests.conftest import ROOT
from tests.mutants import FAULTS, Fault, find, statement


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.line[:50])
def test_a_fault_has_its_line_and_gives_python(fault: Fault) -> None:
    path, number = find(fault, ROOT / "embcmp")
    lines = path.read_text(encoding="utf-8").splitlines()
    right = ast.dump(ast.parse("\n".join(lines)))
    lines[number - 1] = lines[number - 1].replace(fault.line, fault.wrong)
    assert ast.dump(ast.parse("\n".join(lines))) != right


def test_there_are_forty_different_faults() -> None:
    assert len({fault.line for fault in FAULTS}) == len(FAULTS) >= 40


@pytest.mark.parametrize("count", [0, 2])
def test_a_line_that_is_not_there_once_is_refused(tmp_path: Path, count: int) -> None:
    (tmp_path / "module.py").write_text("x = 1\n" * count)
    with pytest.raises(LookupError, match=f"{count} lines of the package are 'x = 1'"):
        find(Fault("x = 1", "x = 2"), tmp_path)


@pytest.mark.parametrize(
    ("number", "lines"),
    [(1, [1, 2]), (2, [1, 2]), (3, [3]), (4, [4, 5, 6]), (6, [4, 5, 6]), (7, [7])],
)
def test_the_lines_of_a_statement(number: int, lines: list[int]) -> None:
    text = dedent("""\
        if (one
                and other):
            x = 1
            y = (
                2
            )
            if y:
                z = 3
        """)
    assert list(statement(text, number)) == lines


def test_the_tests_of_a_line_are_those_that_ran_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from coverage import CoverageData

    data = CoverageData(str(tmp_path / "coverage"))
    path = ROOT / "embcmp" / "cache.py"
    for context in (
        "tests/a.py::test_x[1]|run",
        "tests/a.py::test_y|run",
        "tests/b.py::t|setup",
        "",
    ):
        data.set_context(context)
        data.add_lines({str(path): [3]})
    data.set_context("tests/c.py::t|run")
    data.add_lines({str(path): [4]})
    data.write()
    monkeypatch.setattr(mutants, "COVERAGE", tmp_path / "coverage")
    found = mutants.tests_of(path.relative_to(ROOT), range(3, 4))
    assert found == ["tests/a.py::test_x[1]", "tests/a.py::test_y", "tests/b.py"]
