"""Drawings on terminals whose encoding lacks their characters."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from embcmp.cli.output import printed
from embcmp.questions.compare.terminal import render
from embcmp.render.text import drawn_for
from tests.questions.compare.synthetic import Shape, comparison


def test_only_what_an_encoding_lacks_is_replaced() -> None:
    text = "│ ├─●─┤ ▁▂▃▄▅▆▇█ ░▒▓█ bert:…@11 男 é"
    assert drawn_for("ascii", text) == "| [-o-] _.:-=+*# .:*# bert:...@11 男 é"
    assert drawn_for("utf-8", text) == text
    assert drawn_for("cp437", "│├─┤ ●…") == "│├─┤ o..."


@pytest.mark.parametrize("everything", [False, True])
def test_the_drawings_of_compare_are_ascii_where_nothing_else_can_be_shown(
    monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    def draw(console: Console) -> None:
        render(comparison(Shape((10, 10), encoders=3, layers=3)), console, everything=everything)

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    plain = printed(draw, None)
    assert plain.isascii()
    assert everything or "[---o--]" in plain
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    drawn = printed(draw, None)
    assert everything or "├───●──┤" in drawn
