"""Columns of text side by side, as many as fit on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A column of text: a line for each label, none wider than `width`."""

    width: int
    lines: tuple[Text, ...]

    @classmethod
    def of(cls, lines: Sequence[Text]) -> Block:
        """Make a column as wide as its widest line."""
        return cls(max((line.cell_len for line in lines), default=0), tuple(lines))

    @classmethod
    def right(cls, cells: Sequence[str]) -> Block:
        """Make a column of cells that are aligned on the right."""
        width = max(map(cell_len, cells))
        return cls.of(
            [Text(" " * (width - cell_len(cell)) + cell if cell else "") for cell in cells]
        )


Part = tuple[list[str], list[Block]]  # the labels on the left, and the columns


def side_by_side(labels: Sequence[str], blocks: Sequence[Block], console: Console) -> None:
    """Print columns side by side, and those that do not fit below."""
    for line in in_columns(labels, blocks, console.width):
        console.print(line, soft_wrap=True)


def in_columns(labels: Sequence[str], blocks: Sequence[Block], width: int) -> list[Text]:
    """Return the lines of columns side by side, and of those that do not fit below.

    Lines without a label that are empty in all columns are left out. A blank line ends each row of
    columns.
    """
    left = 2 + max(cell_len(label) for label in labels)
    gap = GAP if left > 2 else 0
    lines = []
    rest = list(blocks)
    while rest:
        count, used = 0, left
        while count < len(rest) and (not count or used + gap + rest[count].width <= width):
            used += (gap if count == 0 else GAP) + rest[count].width
            count += 1
        fitting, rest = rest[:count], rest[count:]
        for k, label in enumerate(labels):
            if label or any(block.lines[k].plain for block in fitting):
                lines.append(_line(set_cell_size(f"  {label}", left), gap, fitting, k))
        lines.append(Text())
    return lines


def _line(label: str, gap: int, blocks: Sequence[Block], k: int) -> Text:
    line = Text(label)
    for column, block in enumerate(blocks):
        cell = block.lines[k].copy()
        line.append(" " * (GAP if column else gap)).append_text(cell)
        line.append(" " * max(0, block.width - cell.cell_len))
    line.rstrip()
    return line
