"""Hostile inputs of eight kinds are survived: an allowed exit code, few words, soon, no traces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TABLE
from tests.hostile.harness import SECONDS, failures, survive, table
from tests.hostile.inputs.hostile_input import Input
from tests.hostile.inputs.kinds import KINDS, all_inputs
from tests.hostile.inputs.valid_files import ValidFiles

pytestmark = pytest.mark.process("an input that hangs or crashes must not take the tests with it")
LEAST = 1000
QUICK = ("sentence files", "options")  # those whose valid files are made at once
# What each of these does is what the harness must see.
MISDEEDS = {
    "hang": ("import time; time.sleep(99)", "no end after"),
    "crash": ("import os; os.abort()", "the process ended with -6"),
    "bug": ("raise SystemExit(70)", "exit code 70"),
    "silence": ("raise SystemExit(3)", "not a word said"),
    "traceback": ("1 / 0", "a traceback"),
    "panic": ("raise BaseException", "BaseException escaped"),
    "lines": ("import sys; print('x\\n' * 50, file=sys.stderr)", "lines and"),
    "escape": ("print('\\x1b[2J')", "a control character on standard output"),
    "outside": ("open('/tmp/embcmp-outside', 'a'); import os; os.remove('/tmp/embcmp-outside')",
                "wrote outside: /tmp/embcmp-outside"),
    "above": ("open('../x', 'w')", "left "),
    "draft": ("open('.x.json.0123abcd-12-0123abcd', 'w')", "left a draft"),
    "no harm": ("print('fine')", ""),
}  # fmt: skip


@pytest.fixture
def valid(tmp_path: Path) -> ValidFiles:
    (tmp_path / "valid").mkdir()
    return ValidFiles(tmp_path / "valid")


@pytest.mark.slow
def test_all_are_survived(
    valid: ValidFiles, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    inputs = list(all_inputs(valid))
    assert len({x.id for x in inputs}) == len(inputs) >= LEAST
    outcomes = survive(inputs, tmp_path)
    assert len(outcomes) == len(inputs)
    shown = table(outcomes)
    record_property(TABLE, shown)
    wrong = failures(outcomes)
    assert not wrong, f"{wrong}\n{shown}"


def test_a_few_are_survived(valid: ValidFiles, tmp_path: Path) -> None:
    few: list[Input] = []
    for kind in QUICK:
        made = [x for x in KINDS[kind](valid) if "**" not in x.name]
        few += made[: 12 * 11 : 11]
    outcomes = survive(few, tmp_path)
    assert not failures(outcomes), failures(outcomes)
    assert len(outcomes) == len(few) >= 24
    assert all(o.seconds < SECONDS for o in outcomes)


def test_misdeeds_are_seen(tmp_path: Path) -> None:
    inputs = [Input("misdeeds", name, (), code=code) for name, (code, _) in MISDEEDS.items()]
    for outcome in survive(inputs, tmp_path, seconds=6):
        _, says = MISDEEDS[outcome.given.name]
        assert bool(outcome.wrong) == bool(says), outcome
        assert says in "; ".join(outcome.wrong), outcome
