"""A Comparison on the terminal: the answer on one screen, or with `--all` everything."""

from __future__ import annotations

from rich.console import Console

from embcmp.questions.compare import full_screen
from embcmp.questions.compare.screen import screen
from embcmp.render.line_breaks import brief
from embcmp.types import Comparison

HEIGHT = 38  # of 40 lines: the command and the next prompt are on the screen as well


def render(
    comparison: Comparison, console: Console, *, receipts: bool = False, everything: bool = False
) -> None:
    """Print a comparison.

    Args:
        comparison: what `compare` returned.
        console: the console to print on; its width decides what stands side by side.
        receipts: whether to show for each use the tokens that each encoder used.
        everything: whether to print every measure, matrix and pair instead of one screen.
    """
    if everything:
        full_screen.render(comparison, console, receipts=receipts)
        return
    width = console.width
    below = len(brief(comparison.warnings, comparison.skipped, width))
    for line in screen(comparison, width, HEIGHT - below, console.color_system):
        console.print(line, soft_wrap=True)
    if receipts:
        console.print()
        full_screen.print_receipts(comparison, console)
