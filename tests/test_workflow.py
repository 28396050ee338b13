"""The workflow of .github names what exists, and `make` says what it lacks."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = {
    job: [step["run"] for step in content["steps"] if "run" in step]
    for job, content in WORKFLOW["jobs"].items()
}


def targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))


def test_linux_runs_what_must_pass_before_a_change_lands() -> None:
    assert COMMANDS["linux"] == [".ci/run"]
    steps = (ROOT / ".ci/run").read_text(encoding="utf-8")
    made = re.findall(r"^make ([\w-]+)$", steps, re.MULTILINE)
    assert {"check", "test-slow"} <= set(made) <= targets()
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.parametrize("command", [c for commands in COMMANDS.values() for c in commands])
def test_each_command_of_the_workflow_names_what_exists(command: str) -> None:
    program, *arguments = command.split()
    if program != "python":
        assert (ROOT / program).is_file()
        return
    assert arguments[0] == "-m"
    assert find_spec(arguments[1])
    if "--constraint" in arguments:
        assert (ROOT / arguments[arguments.index("--constraint") + 1]).is_file()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for named in re.findall(r"\.\[([\w,]+)\]", command):
        assert set(named.split(",")) <= extras["optional-dependencies"].keys()


def test_other_systems_need_neither_apt_nor_make() -> None:
    others = " ".join(COMMANDS["fast-tests"])
    assert not re.search(r"\b(apt|apt-get|make)\b", others)
    assert WORKFLOW["jobs"]["fast-tests"]["strategy"]["matrix"]["os"] == [
        "macos-latest",
        "windows-latest",
    ]


def test_torch_is_pinned_in_one_place() -> None:
    pages = [ROOT / name for name in ("Makefile", "pyproject.toml", ".ci/run", "constraints.txt")]
    pages.append(ROOT / ".github/workflows/ci.yml")
    pins = [page.name for page in pages if "torch==" in page.read_text(encoding="utf-8")]
    assert pins == ["constraints.txt"]


@pytest.mark.parametrize("target", ["bench", "lstm"])
def test_make_says_which_data_it_lacks(target: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "gold", f"GOLD={tmp_path}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    first, *_ = done.stderr.splitlines()
    assert first.startswith(f"{tmp_path}/wikihomograph.train.items.tsv is missing: ")
    assert "GOLD=" in first
    assert re.search(rf"^{target}: (\S+ )*gold\b", MAKEFILE, re.MULTILINE)
