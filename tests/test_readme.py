"""The output in the README and the tutorial is what the commands print."""

from __future__ import annotations

import json
import re
import shlex
from math import ceil
from pathlib import Path

import pytest

from tests.commands import ROOT, run_here

README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "guide" / "tutorial.md").read_text(encoding="utf-8")
OUTPUT = README.split("<summary>It prints, ")[1].split("```\n")[1].removesuffix("\n")
SENTENCES = README.split("```csv park.csv\n")[1].split("```")[0]
ANSWER = re.findall(r"^> (.+)", README, re.MULTILINE)
DEMO = "compare man --sentences fixtures/man.txt"
SCREENS, LINES, WIDTH = 2, 48, 100


def run(command: str, folder: Path = ROOT) -> str:
    done = run_here(*shlex.split(command), cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("  time")]


def test_the_readme_fits_on_two_screens() -> None:
    """Without what is folded until it is asked for, and without the addresses of links."""
    unfolded = re.sub(r"(?s)</summary>.*?</details>", "", README)
    unfolded = re.sub(r"\]\([^)]+\)", "]", unfolded)
    lines = sum(max(1, ceil(len(line) / WIDTH)) for line in unfolded.splitlines())
    assert lines <= SCREENS * LINES


def test_make_demo_runs_the_first_command_of_the_readme() -> None:
    assert f"$(BIN)/embcmp {DEMO}\n" in (ROOT / "Makefile").read_text()


def test_the_first_output_is_what_the_command_prints() -> None:
    printed = without_times(run(DEMO))
    assert printed == without_times(OUTPUT)
    assert f"```\n{OUTPUT}\n```" in TUTORIAL


def test_the_answer_about_park_is_what_the_command_prints(
    tmp_path: Path,
) -> None:
    (tmp_path / "park.csv").write_text(SENTENCES, encoding="utf-8")
    printed = run("compare park --sentences park.csv", tmp_path).splitlines()
    assert [line.removeprefix("  ") for line in printed][-3:-1] == ANSWER
    assert all("separates the two senses better" in line for line in ANSWER)


def test_the_verdict_is_what_the_command_prints() -> None:
    verdict = TUTORIAL.split("what follows from them:\n\n```\n")[1].split("\n```")[0]
    printed = run("compare man --sentences fixtures/man.tsv").splitlines()
    assert [line.removeprefix("  ") for line in printed][-3:] == verdict.splitlines()
    (result,) = re.findall(r"\*\*(AUC .*)\*\*", README)
    assert f": {result}." in verdict


def test_the_neighbors_are_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command, _, shown = TUTORIAL.split("$ embcmp neighbors ")[1].split("\n```\n")[:3]
    assert run(f"neighbors {command}").splitlines() == shown.splitlines()


def test_the_table_of_encoders_has_the_costs_that_the_tool_reports() -> None:
    results = json.loads(run(f"{DEMO} --format json"))["results"]
    described = README.split("## Which encoder separates senses best")[0]
    for r in results:
        [row] = re.findall(rf"^\| `{r['spec']}` \|.*$", described, re.MULTILINE)
        parameters, size = (cell.strip() for cell in row.split("|")[4:6])
        assert parameters == f"{r['parameters']:,}"
        assert size == f"{r['bytes'] / 1e6:.1f}"
