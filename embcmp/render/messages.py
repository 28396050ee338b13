"""Warnings and skipped rows as the few lines that fit below a screen."""

from __future__ import annotations

from collections.abc import Sequence

from embcmp.render.line_breaks import first, wrapped
from embcmp.types import Skipped

PREFIX = "embcmp: "
MOST_LINES = 10

_ROWS, _WARNINGS, _LINES = 2, 3, 2  # messages of each kind, and lines of each message
_REST = "--format json lists them"


def brief(warnings: Sequence[str], skipped: Sequence[Skipped], width: int) -> list[str]:
    """Return at most MOST_LINES lines with the first warnings and skipped rows.

    Args:
        warnings: what to know when reading a result.
        skipped: rows of the input that were left out.
        width: the width of the terminal in cells.
    """
    messages = [f"left out: {row.source}: {row.reason}" for row in skipped[:_ROWS]]
    if len(skipped) > _ROWS:
        messages.append(f"left out: {len(skipped) - _ROWS:,} more rows ({_REST})")
    messages += [f"warning: {warning}" for warning in warnings[:_WARNINGS]]
    if len(warnings) > _WARNINGS:
        messages.append(f"warning: {len(warnings) - _WARNINGS:,} more ({_REST})")
    lines = []
    for message in messages:
        lines += first(wrapped(f"{PREFIX}{message}", width), _LINES, width)
    return lines[:MOST_LINES]
