"""docs/reference/evaluation.md: its commands are the tool's, its tables what they print."""

from __future__ import annotations

import re
import shlex

import pytest

from embcmp.cli import Settings, cli
from embcmp.cli.evaluate import evaluate
from embcmp.evaluation.datasets import DATA_SETS
from tests.commands import ROOT, Run
from tests.conftest import SHARED, needs_models, needs_shared

PAGE = (ROOT / "docs" / "reference" / "evaluation.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"\$ embcmp evaluate (.+)")
COMMANDS = COMMAND.findall(PAGE)
SHOWN = {
    command.split()[0]: (command, text)
    for command, text in re.findall(
        r"\$ embcmp evaluate ([^\n]+ --format markdown)\n```\n\n(.+?)\n\n## ", PAGE, re.DOTALL
    )
}
NEAR = 0.011  # one in the last digit of an interval, on another machine
NUMBER = re.compile(r"-?\d*\.\d+")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_parses(command: str) -> None:
    # click keeps a command's help option as its first parent has it
    parent = cli.make_context("embcmp", ["evaluate"], obj=Settings())
    context = evaluate.make_context("evaluate", shlex.split(command), parent=parent)
    assert context.params["task"] in DATA_SETS


def test_every_data_set_has_its_row_and_the_published_ones_a_command() -> None:
    for task in DATA_SETS:
        assert f"| `{task}` |" in PAGE
    assert {c.split()[0] for c in COMMANDS} == DATA_SETS.keys() - {"items"}


@needs_shared
@needs_models
@pytest.mark.parametrize(
    "task",
    [
        "raw-c",
        "haber-poesio",
        pytest.param("wic", marks=pytest.mark.slow),
        pytest.param("wikihomograph", marks=pytest.mark.slow),
        pytest.param("change", marks=pytest.mark.slow),
    ],
)
def test_the_tables_are_what_the_command_prints(run: Run, task: str) -> None:
    command, shown = SHOWN[task]
    args = [re.sub("^data/", f"{SHARED}/", arg) for arg in shlex.split(command)]
    done = run("evaluate", *args)
    assert done.returncode == 0, done.stderr
    printed = without_seconds(done.stdout.splitlines())
    expected = shown.splitlines()
    assert [NUMBER.sub("#", line) for line in printed] == [NUMBER.sub("#", e) for e in expected]
    for line, other in zip(printed, expected, strict=True):
        values, others = (list(map(float, NUMBER.findall(text))) for text in (line, other))
        assert values == pytest.approx(others, abs=NEAR), other


def without_seconds(lines: list[str]) -> list[str]:
    """The first table's last column is the time of this run."""
    end = next(i for i, line in enumerate(lines) if i > 2 and not line)
    return [
        line.rpartition("|")[0].rpartition("|")[0] + "|"
        if line.startswith("|") and i < end
        else line
        for i, line in enumerate(lines)
    ]
