"""A batch's `summary.json` and its comparisons, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.batch.folder import BatchFolder
from embcmp.batch.results import SCHEMA as SUMMARY
from embcmp.errors import InputError
from embcmp.questions.compare.json import SCHEMA

Json = dict[str, Any]
_NOT_AS_THE_SCHEMA = ArithmeticError, AttributeError, LookupError, TypeError, ValueError
_AGAIN = "run the batch again in the same folder"


def read_summary(folder: BatchFolder) -> Json:
    """What a batch found over its words.

    Raises:
        InputError: the folder holds no batch, or one of another version.
    """
    try:
        if folder.summary.is_file():
            return _read(folder.summary, SUMMARY)
    except OSError as e:
        raise InputError(f"{folder.path}: cannot be read: {e.strerror}", "check the path") from e
    raise InputError(f"{folder.path}: holds no results of a batch", "embcmp batch makes them")


def read_comparison(folder: BatchFolder, file: str) -> Json:
    """The comparison of one word.

    Args:
        folder: the batch's.
        file: its name under `comparisons/`.

    Raises:
        InputError: it is not there, is broken, or is no comparison.
    """
    if Path(file).name != file:
        raise InputError(f"{folder.summary}: {file!r} is no file of {folder.comparisons.name}")
    return _read(folder.comparisons / file, SCHEMA)


def read_peak_memory(folder: BatchFolder) -> int | None:
    """Bytes of memory that the batch's last run had at most, where its manifest says so."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        peak = json.loads(folder.manifest.read_bytes())["peak_memory_bytes"]
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


def page_names(files: Sequence[str]) -> list[str]:
    """A page's name for each comparison's file; the index keeps its own.

    Names differ in more than case, as the files' do.
    """
    taken = {"index", *(Path(file).stem.casefold() for file in files)}
    names = []
    for stem in (Path(file).stem for file in files):
        if stem.casefold() == "index":
            stem += next("-" * k for k in count(1) if stem.casefold() + "-" * k not in taken)
            taken.add(stem.casefold())
        names.append(f"{stem}.html")
    return names
