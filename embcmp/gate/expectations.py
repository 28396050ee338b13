"""A file of expectations: what a team wants its encoders to reach, in TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from embcmp import toml_file
from embcmp.choices import CORRECTIONS, MATCHES
from embcmp.encoders import parse_spec
from embcmp.errors import InputError, SpecError
from embcmp.toml_file import NUMBER, POSITIVE, Value, one_of, text, whole

EVERY = "*"  # any metric, in a table of tolerances

_TABLE = re.compile(r"^\s*\[\[\s*expect\s*\]\]")


def _is_tolerance(value: object) -> bool:
    return all(map(POSITIVE.fits, value.values() if isinstance(value, dict) else [value]))


_KEYS = {
    "word": text("a word"),
    "sentences": text("a file"),
    "encoder": text("an encoder spec"),
    "metric": text("a metric's name"),
    "match": one_of(MATCHES),
    "correct": one_of(CORRECTIONS),
    "seed": whole(0),
    "min": NUMBER,
    "max": NUMBER,
    "better_than": text("an encoder spec"),
    "by": POSITIVE,
    "golden": text("a saved run"),
    "tolerance": Value(
        _is_tolerance, "a number of at least 0, or a table of metrics and such numbers"
    ),
}
_SHARED = ("word", "sentences", "encoder", "metric", "match", "correct", "seed")
_BOUNDS = ("min", "max", "better_than")


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be computed; expectations of one question share a comparison."""

    word: str
    sentences: str
    match: str = "word"
    correct: str = "none"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """One `[[expect]]` table.

    Attributes:
        where: the file and the line where it begins, or its number.
        question: None for a golden run, which carries its own sentences.
        encoder: a spec.
        metric: a measure's name.
        minimum: the least that the measure may be.
        maximum: the most.
        better_than: a spec; the measure must be higher than its measure,
        by: by at least so much.
        golden: a saved run, which must come out again,
        tolerance: within so much, by metric; `*` stands for every other.
    """

    where: str
    question: Question | None = None
    encoder: str = ""
    metric: str = ""
    minimum: float | None = None
    maximum: float | None = None
    better_than: str | None = None
    by: float = 0.0
    golden: str | None = None
    tolerance: Mapping[str, float] = field(default_factory=dict)


def read_expectations(path: Path) -> list[Expectation]:
    """Read a file of expectations.

    Keys that stand above the first table hold for all of them.

    Raises:
        InputError: it cannot be read, or a table is not one.
    """
    name = str(path)
    found, written = toml_file.read(path)
    tables = found.pop("expect", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError(f"{name}: has no expectation", "begin each with [[expect]]")
    _check(found, {key: _KEYS[key] for key in _SHARED}, name)
    lines = [i for i, line in enumerate(written.splitlines(), 1) if _TABLE.match(line)]
    numbers: Sequence[str] = [f"{name}:{i}" for i in lines]
    if len(lines) != len(tables):  # written as one array, say
        numbers = [f"{name}: expectation {i}" for i in range(1, len(tables) + 1)]
    return [_expectation(t, found, where) for t, where in zip(tables, numbers, strict=True)]


def _expectation(table: dict[str, Any], shared: dict[str, Any], where: str) -> Expectation:
    _check(table, _KEYS, where)
    if "golden" in table:
        return _golden(table, where)
    if "tolerance" in table:
        raise InputError(f"{where}: a tolerance belongs to golden", "name the saved run")
    of = shared | table
    if missing := [k for k in ("word", "sentences", "encoder", "metric") if k not in of]:
        raise InputError(f"{where}: lacks {', '.join(missing)}", "add it, or name a golden run")
    if not any(bound in of for bound in _BOUNDS):
        raise InputError(f"{where}: expects nothing", "add min, max or better_than")
    if of.get("min", -inf) > of.get("max", inf):
        raise InputError(f"{where}: min is above max", "nothing can be both")
    if "by" in of and "better_than" not in of:
        raise InputError(f"{where}: by belongs to better_than", "name the other encoder")
    asked = {key: of[key] for key in ("word", "sentences", "match", "correct", "seed") if key in of}
    return Expectation(
        where, Question(**asked), of["encoder"], of["metric"], of.get("min"), of.get("max"),
        of.get("better_than"), of.get("by", 0.0),
    )  # fmt: skip


def _golden(table: dict[str, Any], where: str) -> Expectation:
    if others := [key for key in table if key not in ("golden", "tolerance")]:
        raise InputError(
            f"{where}: a golden run has its own {others[0]}", f"leave out {', '.join(others)}"
        )
    tolerance = table.get("tolerance", {})
    by_metric = tolerance if isinstance(tolerance, dict) else {EVERY: tolerance}
    return Expectation(where, golden=table["golden"], tolerance=by_metric)


def _check(table: dict[str, Any], keys: Mapping[str, Value], where: str) -> None:
    toml_file.check(table, keys, where)
    for key in ("encoder", "better_than"):
        try:
            parse_spec(table[key]) if key in table else None
        except SpecError as e:
            raise InputError(f"{where}: {key}: {e.message}", e.hint) from e
