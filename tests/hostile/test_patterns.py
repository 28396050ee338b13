"""Every regular expression of the package takes time in proportion to the text that it meets."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

import embcmp

LIMIT = 0.5  # seconds of the processor; a linear pattern takes some milliseconds
TIMES = (8, 16, 22, 26, 6_000)  # how often a piece is repeated

# What makes a pattern turn back: runs of what it repeats, and beginnings without an end.
PIECES = (
    "a", "7", " ", "\t", "\n", "-", ".", "'", '"', "<", "[[", "(", "<!--", "<!---->", "<a b=c ",
    "<s>", "<g/> ", "<left_context>", "<left_context></left_context><kwic>", "<ref>", "<b> ", "a-",
    "a'", "a: ", "a/", "a.b.", "a=1,", "1:", "1, ", '." ', "a\u0301", "\u200d", "中",
    "\U0001f44b\U0001f3fd", "\x00", "c a\n", ",bert", "~[1, 1]",
)  # fmt: skip
ENDS = ("", "!\n")
Pattern = re.Pattern[str] | re.Pattern[bytes]
# Patterns in lists, or given to a function, which are matched at the beginning of a text alone.
ANCHORED = (
    "vectors.formats._FOREIGN",
    "vectors.formats.PACKED",
    "models.prediction_heads.",
    "models.declared_sizes.",
)


def patterns() -> Iterator[tuple[str, Pattern, frozenset[str]]]:
    """All compiled patterns in the modules and their tuples and mappings, and how they are used."""
    modules = [m.name for m in pkgutil.walk_packages(embcmp.__path__, "embcmp.")]
    loaded = [importlib.import_module(name) for name in modules if not name.endswith("__main__")]
    sources = {module.__name__: inspect.getsource(module) for module in loaded}
    for module in loaded:
        for name, value in vars(module).items():
            if found := list(_inside(value, 3)):
                place = f"{module.__name__}.{name}".removeprefix("embcmp.")
                where = [sources[module.__name__]] if name.startswith("_") else sources.values()
                calls = re.compile(rf"\b{re.escape(name)}\.([a-z]+)\b")
                used = frozenset(call for source in where for call in calls.findall(source))
                if not used and not place.startswith(ANCHORED):
                    used = frozenset({"search"})
                yield from ((place, pattern, used) for pattern in found)


def _inside(value: object, depth: int) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (dict, tuple, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _inside(item, depth - 1)


@pytest.mark.slow
def test_every_pattern_is_linear() -> None:
    for name, pattern, used in patterns():
        for piece, end, times in product(PIECES, ENDS, TIMES):
            text = piece * times + end
            start = time.process_time()
            _try(pattern, text, anchored=used <= {"match", "fullmatch"})
            took = time.process_time() - start
            assert took < LIMIT, f"{name}: {took:.1f} s for {times} times {piece!r} and {end!r}"


def _try(pattern: Pattern, text: str, *, anchored: bool) -> None:
    """Look for a pattern in the ways that the package does."""
    subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    pattern.match(subject)
    pattern.fullmatch(subject)
    if not anchored:
        for _ in pattern.finditer(subject):
            pass


@pytest.mark.slow
def test_patterns_are_found_wherever_they_are_kept() -> None:
    names = [name for name, _, _ in patterns()]
    assert {"vectors.formats._FOREIGN", "vectors.formats.PACKED"} <= {*names}
    assert len(names) > 70
