"""Text that fits a terminal: wrapped at words and cut between words, measured in cells.

A cell is the width of a Latin letter; a Chinese or Japanese character takes two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from embcmp.render.text import visible
from embcmp.types import Skipped

CUT = "…"

# Intervals and p-values keep their blanks; any other word ends at one.
_WHOLE = re.compile(r"~?\[-?[\d.]+, -?[\d.]+\]\S*|p [<=] [\d.]+\S*|\S+")

PREFIX = "embcmp: "
MOST_LINES = 10

_ROWS, _WARNINGS, _LINES = 2, 3, 2  # messages of each kind, and lines of each message
_REST = "--format json lists them"


def wrapped(text: str, width: int) -> list[str]:
    """Wrap text at blanks, and between characters of scripts that write no blanks.

    A word that is wider than a line is shortened in its middle, so that no word is broken.

    Args:
        text: a sentence or a list; runs of blanks count as one.
        width: the most cells that a line may take.
    """
    lines: list[str] = []
    line = ""
    for part, blank in _parts(visible(text)):
        part = shortened(part, width)
        longer = f"{line} {part}" if line and blank else line + part
        if line and cell_len(longer) > width:
            lines.append(line)
            longer = part
        line = longer
    return [*lines, line] if line else lines


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what no line end may split, and whether a blank stands before it."""
    for word in _WHOLE.findall(text):
        narrow, blank = "", True
        for character in word:
            if cell_len(character) < 2:
                narrow += character
                continue
            if narrow:
                yield narrow, blank
                narrow, blank = "", False
            yield character, blank
            blank = False
        if narrow:
            yield narrow, blank


def fitted(sentences: Sequence[str], width: int, most: int) -> list[str]:
    """Wrap sentences, each from the start of a line, into at most `most` lines.

    If they need more, the longest are cut at a word.

    Args:
        sentences: the sentences, the most important first.
        width: the most cells that a line may take.
        most: the number of lines.
    """
    wholes = [wrapped(sentence, width) for sentence in sentences]
    room = [len(lines) for lines in wholes]
    while sum(room) > most and max(room) > 1:
        room[max(range(len(room)), key=lambda i: (room[i], i))] -= 1
    cut = [line for lines, k in zip(wholes, room, strict=True) for line in first(lines, k, width)]
    return first(cut, most, width)


def first(lines: Sequence[str], most: int, width: int) -> list[str]:
    """Return the first lines; the last one ends with an ellipsis if others follow."""
    if len(lines) <= most:
        return list(lines)
    kept = list(lines[: max(0, most)])
    if kept:
        kept[-1] = cut_at_word(f"{kept[-1]} {lines[len(kept)]}", width)
    return kept


def cut_at_word(text: str, width: int) -> str:
    """Cut text to a width, after a whole word and with an ellipsis."""
    if cell_len(text) <= width:
        return text
    lines = wrapped(text, max(1, width - 2))
    return f"{lines[0]} {CUT}" if width > 2 else CUT


def shortened(name: str, width: int) -> str:
    """Cut a name to a width in its middle, so that its start and its end are kept."""
    if cell_len(name) <= width:
        return name
    head = _start(name, width // 2)
    tail = _start(name[::-1], max(0, width - 1 - cell_len(head)))[::-1]
    while tail and unicodedata.combining(tail[0]):  # its letter was cut off
        tail = tail[1:]
    return f"{head}{CUT}{tail}" if width > 0 else ""


def _start(text: str, width: int) -> str:
    """Return as much of a text's start as fits."""
    used = 0
    for i, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:i]
    return text


def in_context(sentence: str, start: int, end: int, width: int) -> tuple[str, str, str]:
    """Cut a sentence around its target, between words, to a width.

    Args:
        sentence: the sentence.
        start: offset of the target's first character.
        end: offset after its last one.
        width: the most cells of the three parts together.

    Returns:
        The text before the target, the target, and the text after it, with an ellipsis where text
        was left out.
    """
    before, form, after = (
        visible(t) for t in (sentence[:start], sentence[start:end], sentence[end:])
    )
    form = shortened(form, width)
    room = width - cell_len(form)
    right = min(cell_len(after), max(room // 2, room - cell_len(before)))
    after = _trimmed(after, right)
    before = _trimmed(before[::-1], room - cell_len(after))[::-1]
    return before, form, after


def _trimmed(text: str, width: int) -> str:
    """Cut a text after a whole word if one fits; if its script has no blanks, after a character."""
    if cell_len(text) <= width:
        return text
    kept = _start(text, max(0, width - 1))
    following = text[len(kept)]
    within_word = kept and not following.isspace() and cell_len(kept[-1] + following) < 3
    if within_word and not kept[-1].isspace():
        kept = kept[: max((i for i, c in enumerate(kept) if c.isspace()), default=0)]
    return f"{kept.rstrip()}{CUT}" if width > 0 else ""


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
