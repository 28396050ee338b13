"""What a terminal shows of the warnings below a screen."""

from __future__ import annotations

from rich.cells import cell_len

from embcmp.render.line_breaks import MOST_LINES, brief
from embcmp.types import Skipped


def test_few_messages_are_shown_whole() -> None:
    assert brief(["a word"], [Skipped("a.tsv:2", "too long")], 80) == [
        "embcmp: left out: a.tsv:2: too long",
        "embcmp: warning: a word",
    ]


def test_many_messages_are_counted() -> None:
    lines = brief([f"number {k}" for k in range(9)], [Skipped(f"{k}", "no") for k in range(9)], 80)
    assert lines == [
        "embcmp: left out: 0: no",
        "embcmp: left out: 1: no",
        "embcmp: left out: 7 more rows (--format json lists them)",
        "embcmp: warning: number 0",
        "embcmp: warning: number 1",
        "embcmp: warning: number 2",
        "embcmp: warning: 6 more (--format json lists them)",
    ]


def test_long_messages_are_cut_at_a_word() -> None:
    lines = brief(["long words " * 99] * 9, [Skipped("a.tsv", "no use " * 99)] * 9, 60)
    assert len(lines) <= MOST_LINES
    assert all(cell_len(line) <= 60 for line in lines)
    assert lines[1].endswith(" …")
