"""Sentences with long lists of encoders that fit a screen: some names, and how many others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from embcmp.render.line_breaks import fitted, wrapped

_KEPT = (24, 16, 12, 8, 6, 5, 4, 3, 2, 1)  # names of each list, the first number whose lines fit
_FEW = 2  # names that a list keeps at least, unless half of the screen does not suffice

_NUMBER = r"[+-]?\d?\.\d+"
_NUMBERS = re.compile(rf"{_NUMBER}(?:, {_NUMBER})+ and {_NUMBER}")
_BETWEEN = r", | and | or "
_REMARK = r"(?: \(AUC \d?\.\d+\))?"


def fitted_lists(
    sentences: Sequence[str], names: Collection[str], width: int, most: int, *, half: int = 0
) -> list[str]:
    """Wrap sentences into at most `most` lines, with shorter lists of names where they need more.

    A list ends with the number of those left out: "bert@2, bert@3 and 9 others"; a list of numbers
    then becomes their range. Only if one name a list is too many are sentences cut.

    Args:
        sentences: the sentences, the most important first.
        names: the names that lists are made of.
        width: the most cells that a line may take.
        most: the number of lines.
        half: the number of lines in place of `most` if two names a list are too many.
    """
    for kept, texts in _versions(sentences, names):
        lines = [line for text in texts for line in wrapped(text, width)]
        if len(lines) <= (most if kept is None or kept >= _FEW else max(most, half)):
            return lines
    if half > most:
        return fitted_lists(sentences, names, width, half)
    return fitted(texts, width, most)


def _versions(
    sentences: Sequence[str], names: Collection[str]
) -> Iterator[tuple[int | None, list[str]]]:
    """Yield the number of names that each list keeps, and the sentences; None for all names."""
    yield None, list(sentences)
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    name = "|".join(f"(?i:{re.escape(n[0])}){re.escape(n[1:])}" for n in longest_first)
    if not name:
        return
    item = rf"(?<![\w:@,=])(?:{name})(?![\w:@=]|,\S){_REMARK}"
    runs, items = re.compile(rf"{item}(?:(?:{_BETWEEN}){item}){{2,}}"), re.compile(item)
    for kept in _KEPT:
        yield kept, [_with_short_lists(text, runs, items, kept) for text in sentences]


def _with_short_lists(text: str, runs: re.Pattern[str], items: re.Pattern[str], kept: int) -> str:
    def short(match: re.Match[str]) -> str:
        listed = [m.group() for m in items.finditer(match.group())]
        left_out = len(listed) - kept
        if left_out < 2:
            return match.group()
        last = "or" if match.group().endswith(f" or {listed[-1]}") else "and"
        return f"{', '.join(listed[:kept])} {last} {left_out} others"

    shortened = runs.sub(short, text)
    return text if shortened == text else _NUMBERS.sub(_range, shortened)


def _range(match: re.Match[str]) -> str:
    numbers = sorted(re.findall(_NUMBER, match.group()), key=float)
    return f"{numbers[0]} to {numbers[-1]}"
