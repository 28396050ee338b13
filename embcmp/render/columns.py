"""Columns of text beside each other, as many as a terminal is wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = 2


@dataclass(frozen=True, slots=True)
class Block:
    """One column: as many lines as there are labels, each at most `width` wide."""

    width: int
    lines: tuple[Text, ...]

    @classmethod
    def of(cls, lines: Sequence[Text]) -> Block:
        """As wide as its widest line."""
        return cls(max((line.cell_len for line in lines), default=0), tuple(lines))


Part = tuple[list[str], list[Block]]  # the labels on the left, and the columns


def side_by_side(labels: Sequence[str], blocks: Sequence[Block], console: Console) -> None:
    """Print the columns, as many beside each other as the console is wide.

    A line without a label that no column fills is left out.
    """
    left = 2 + max(cell_len(label) for label in labels)
    gap = GAP if left > 2 else 0
    rest = list(blocks)
    while rest:
        taken, width = 0, left
        while taken < len(rest) and (not taken or width + gap + rest[taken].width <= console.width):
            width += (gap if taken == 0 else GAP) + rest[taken].width
            taken += 1
        chosen, rest = rest[:taken], rest[taken:]
        for k, label in enumerate(labels):
            if label or any(block.lines[k].plain for block in chosen):
                console.print(
                    _line(set_cell_size(f"  {label}", left), gap, chosen, k), soft_wrap=True
                )
        console.print()


def _line(label: str, gap: int, blocks: Sequence[Block], k: int) -> Text:
    line = Text(label)
    for nth, block in enumerate(blocks):
        cell = block.lines[k].copy()
        line.append(" " * (GAP if nth else gap)).append_text(cell)
        line.append(" " * max(0, block.width - cell.cell_len))
    line.rstrip()
    return line
