"""README and tutorial never lie: their commands run, their output is what the command prints."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from math import ceil
from pathlib import Path

import pytest

from tests.conftest import ROOT, unmeasured

README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
ENCODERS = (ROOT / "docs" / "encoders.md").read_text(encoding="utf-8")
OUTPUT = README.split("The first prints:\n\n```\n")[1].split("\n```")[0]
DEMO = "compare man --sentences fixtures/man.txt"
SCREENS, LINES, WIDTH = 2, 48, 100


def run(command: str, place: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "embcmp", *shlex.split(command)],
        capture_output=True, text=True, cwd=place, check=False, env=unmeasured(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("  time")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path, tiny_bert: Path) -> Path:
    """A user's folder: their own models beside the fixtures."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT / "fixtures", folder / "fixtures")
    shutil.copytree(tiny_bert, folder / "my-bert")
    shutil.copy(tiny_vectors, folder / "my-vectors.txt")
    uses = [("the post is at the bank", "money"), ("he is cold at the bank", "river")]
    (folder / "bank.jsonl").write_text(
        "".join(json.dumps({"sentence": s, "sense": n}) + "\n" for s, n in uses * 2)
    )
    sentences = [f"the man of few words is {k} today, go post it {k % 7}" for k in range(300)]
    (folder / "my-corpus.txt").write_text("\n".join(sentences) + "\n")
    return folder


def test_the_readme_is_two_screens() -> None:
    """Without what is folded until it is asked for."""
    unfolded = re.sub(r"(?s)</summary>.*?</details>", "", README)
    lines = sum(max(1, ceil(len(line) / WIDTH)) for line in unfolded.splitlines())
    assert lines <= SCREENS * LINES


def test_the_makefile_runs_the_command_that_the_output_is_of() -> None:
    assert f"$(BIN)/embcmp {DEMO}\n" in (ROOT / "Makefile").read_text()


def test_the_output_is_what_the_command_prints(place: Path) -> None:
    printed = without_times(run(DEMO, place))
    assert printed == without_times(OUTPUT)
    assert f"```\n{OUTPUT}\n```" in TUTORIAL


def test_the_verdict_is_what_the_command_prints(place: Path) -> None:
    verdict = TUTORIAL.split("what follows from them:\n\n```\n")[1].split("\n```")[0]
    printed = run("compare man --sentences fixtures/man.tsv", place).splitlines()
    assert [line.removeprefix("  ") for line in printed][-3:] == verdict.splitlines()


def test_the_neighbors_are_what_the_command_prints(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command, _, shown = TUTORIAL.split("$ embcmp neighbors ")[1].split("\n```\n")[:3]
    assert run(f"neighbors {command}", place).splitlines() == shown.splitlines()


@pytest.mark.parametrize(
    "page", [README, TUTORIAL, ENCODERS], ids=["README", "tutorial", "encoders"]
)
def test_every_command_runs_in_the_order_it_stands(place: Path, page: str) -> None:
    commands = re.findall(r"^\$ (.+)$", page, re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        name, _, rest = command.partition(" ")
        if name == "embcmp":
            out = run(rest, place)
            assert out or "-o" in shlex.split(rest), command
        else:
            subprocess.run(command, shell=True, check=True, cwd=place)


def test_the_table_of_encoders_has_the_costs_that_the_tool_reports(place: Path) -> None:
    results = json.loads(run(f"{DEMO} --format json", place))["results"]
    described = README.split("## What they can do")[0]
    for r in results:
        [row] = re.findall(rf"^\| `{r['spec']}` \|.*$", described, re.MULTILINE)
        parameters, size = (cell.strip() for cell in row.split("|")[4:6])
        assert parameters == f"{r['parameters']:,}"
        assert size == f"{r['bytes'] / 1e6:.1f}"
