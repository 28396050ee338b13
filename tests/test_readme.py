"""The output in the README and the tutorial is what the commands print."""

from __future__ import annotations

import json
import re
import shlex
from math import ceil
from pathlib import Path

import pytest

from tests.commands import ROOT, run_here
from tests.making.screens import PAGES, Screen, printed, screens, without_times

README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "guide" / "tutorial.md").read_text(encoding="utf-8")
ALL_SCREENS = [screen for page in PAGES for screen in screens(page)]
DEMO = "compare man --sentences fixtures/man.txt"
PAGE_SCREENS, LINES, WIDTH = 2, 48, 100


def run(command: str, folder: Path = ROOT) -> str:
    done = run_here(*shlex.split(command), cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_fits_on_two_screens() -> None:
    """Without what is folded until it is asked for, and without the addresses of links."""
    unfolded = re.sub(r"(?s)</summary>.*?</details>", "", README)
    unfolded = re.sub(r"\]\([^)]+\)", "]", unfolded)
    lines = sum(max(1, ceil(len(line) / WIDTH)) for line in unfolded.splitlines())
    assert lines <= PAGE_SCREENS * LINES


def test_make_demo_runs_the_first_command_of_the_readme() -> None:
    assert f"$(BIN)/embcmp {DEMO}\n" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("screen", ALL_SCREENS, ids=lambda s: f"{s.page.name}: {s.command}")
def test_each_screen_is_what_its_command_prints(screen: Screen) -> None:
    new = printed(screen)
    assert without_times(new) == without_times(screen.text), "run python -m tests.making.screens"


def test_the_screens_answer_the_questions_of_the_pages() -> None:
    commands = [screen.command for screen in ALL_SCREENS]
    assert commands.count(DEMO) == 2  # on both pages
    assert sum("homographs.tsv" in command for command in commands) == 2
    assert any("--controls" in command for command in commands)
    assert any("bert@all" in command for command in commands)


def test_each_screen_stands_below_its_command() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for screen in screens(page):
            before = text[: text.index(f"<!-- screen: {screen.command} -->")]
            shown = before[before.rindex("```console" if "```console" in before else "make demo") :]
            assert screen.command in shown or (screen.command == DEMO and "make demo" in shown)


def test_the_answer_about_park_is_on_its_screen() -> None:
    [screen] = [s for s in ALL_SCREENS if s.command == "compare park --sentences park.csv"]
    (answer,) = re.findall(r"^> (.+)", README, re.MULTILINE)
    assert answer in " ".join(screen.text.split())


def test_the_first_lines_of_the_readme_are_those_of_the_verdict() -> None:
    [screen] = [s for s in ALL_SCREENS if s.command == "compare man --sentences fixtures/man.tsv"]
    (result,) = re.findall(r"\*\*(.* in AUC), (p .*?)\*\*", README)
    difference = result[0].removesuffix(" in AUC")
    assert f"({difference}, {result[1]})" in " ".join(screen.text.split())


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
