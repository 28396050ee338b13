"""A batch's `summary.json` and its comparisons, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.errors import InputError
from embcmp.questions.compare.json import SCHEMA
from embcmp.render.text import harmless

SUMMARY = "embcmp.batch/1"
COMPARISONS = "comparisons"
Json = dict[str, Any]
_AGAIN = "run the batch again in the same folder"


def read_summary(folder: Path) -> Json:
    """What a batch found over its words.

    Raises:
        InputError: the folder holds no batch, or one of another version.
    """
    path = folder / "summary.json"
    try:
        there = path.is_file()
    except OSError as e:
        raise InputError(f"{folder}: cannot be read: {e.strerror}", "check the path") from e
    if not there:
        raise InputError(f"{folder}: holds no results of a batch", "embcmp batch makes them")
    return _read(path, SUMMARY)


def read_comparison(folder: Path, file: str) -> Json:
    """The comparison of one word.

    Args:
        folder: the batch's.
        file: its name under `comparisons/`.

    Raises:
        InputError: it is not there, is broken, or is no comparison.
    """
    if Path(file).name != file:
        raise InputError(f"{folder / 'summary.json'}: {file!r} is no file of {COMPARISONS}")
    return _read(folder / COMPARISONS / file, SCHEMA)


def read_peak_memory(folder: Path) -> int | None:
    """Bytes of memory that the batch's last run had at most, where its manifest says so."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        peak = json.loads((folder / "manifest.json").read_bytes())["peak_memory_bytes"]
        return peak if isinstance(peak, int) else None
    return None


@contextmanager
def unbroken(path: Path) -> Iterator[None]:
    """Where something is made of a file's JSON: the error of one that is not as its schema says.

    Raises:
        InputError: a key is missing, or a value is of another kind.
    """
    from jinja2 import TemplateError

    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        TemplateError,
    ) as e:
        raise InputError(f"{path}: is broken: {type(e).__name__}: {e}", _AGAIN) from e


def _read(path: Path, schema: str) -> Json:
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror}", _AGAIN) from e
    except (ValueError, RecursionError) as e:  # not UTF-8, or not JSON
        raise InputError(f"{path}: is broken: {e}", _AGAIN) from e
    named = found.get("schema") if isinstance(found, dict) else None
    if named != schema:
        raise InputError(f"{path}: is not {schema} (its schema is {named!r})", _AGAIN)
    return dict(found)


def _finite(number: str) -> float:
    if not isfinite(found := float(number)):
        raise ValueError(f"{number} is no finite number")
    return found


def page_names(files: list[str]) -> Iterator[str]:
    """A page's name for each comparison's file; the index keeps its own.

    Names differ in more than case, as the files' do.
    """
    taken = {"index", *(Path(file).stem.casefold() for file in files)}
    for file in files:
        stem = Path(file).stem
        if stem.casefold() == "index":
            while stem.casefold() in taken:
                stem += "-"
            taken.add(stem.casefold())
        yield f"{stem}.html"


def shown(summary: Json) -> Json:
    """The summary with harmless text only."""
    found: Json = harmless(summary)  # type: ignore[assignment]  # an object stays one
    return found
