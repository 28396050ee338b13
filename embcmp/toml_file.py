"""Reading TOML files that people write, and checking each key before the file is used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from embcmp.choices import did_you_mean
from embcmp.errors import InputError
from embcmp.text_file import read_text

MOST_PARTS = 64  # of a dotted key: reading one takes time with the square of their number
_DEEP_KEY = re.compile(
    rf"""(?<![\w."'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MOST_PARTS}}}"""
)


@dataclass(frozen=True, slots=True)
class Value:
    """What the value of a key must be, as a condition and in words.

    Attributes:
        fits: Whether a value is allowed.
        says: What is allowed, as the end of a sentence that begins with "it must be".
    """

    fits: Callable[[Any], bool]
    says: str


def text(says: str) -> Value:
    """A string that is not blank."""
    return Value(lambda value: isinstance(value, str) and bool(value.strip()), says)


def texts(says: str) -> Value:
    """A string that is not blank, or a list of one or more of them."""
    is_text = text(says).fits

    def fits(value: object) -> bool:
        if isinstance(value, list):
            return bool(value) and all(map(is_text, value))
        return is_text(value)

    return Value(fits, says)


def one_of(values: Collection[str]) -> Value:
    """One of several names."""
    return Value(lambda value: value in values, f"one of {', '.join(values)}")


def whole(least: int) -> Value:
    """A whole number of at least `least`."""
    return Value(
        lambda value: type(value) is int and value >= least, f"a whole number of at least {least}"
    )


def _is_number(value: object) -> bool:
    """Whether it is a number, not NaN, and not too large for a float."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return not isnan(float(value))
    except OverflowError:
        return False


NUMBER = Value(_is_number, "a number")
POSITIVE = Value(lambda value: _is_number(value) and value >= 0, "a number of at least 0")
FLAG = Value(lambda value: isinstance(value, bool), "true or false")
TABLE = Value(lambda value: isinstance(value, dict), "a table")
TABLES = Value(
    lambda value: isinstance(value, list) and all(isinstance(t, dict) for t in value),
    "a list of tables",
)


def read(path: Path) -> tuple[dict[str, Any], str]:
    """The tables of a TOML file, and its text.

    Raises:
        InputError: The file cannot be read, or is not TOML.
    """
    written = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    if deep := _DEEP_KEY.search(written):
        line = written.count("\n", 0, deep.start()) + 1
        raise InputError(f"{path}:{line}: a key has over {MOST_PARTS} parts", "shorten it")
    try:
        tables = tomllib.loads(written)
    except (ValueError, RecursionError) as e:  # a number of too many digits, too many brackets
        raise InputError(f"{path}: is not TOML: {e}", "correct that place") from e
    for text in _texts(tables):
        if "\0" in text:
            raise InputError(f"{path}: {text[:200]!r} holds a NUL character", "take it out")
    return tables, written


def _texts(value: object) -> Iterator[str]:
    """All texts of a value, the keys of tables among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def check(
    table: Mapping[str, Any], keys: Mapping[str, Value], where: str, needed: Collection[str] = ()
) -> None:
    """Check the keys of a table and their values.

    Args:
        table: The table as read from the file.
        keys: The keys that the table may have, and what their values must be.
        where: The file and the place of the table, for messages.
        needed: The keys that the table must have.

    Raises:
        InputError: A key is unknown or missing, or its value is not allowed.
    """
    for key, value in table.items():
        if key not in keys:
            raise InputError(f"{where}: there is no key {key!r}", did_you_mean(key, keys))
        if not keys[key].fits(value):
            raise InputError(f"{where}: {key} is {value!r}", f"it must be {keys[key].says}")
    if missing := [key for key in needed if key not in table]:
        raise InputError(f"{where}: lacks {', '.join(missing)}", "add it")
