"""Files of expectations: the scores that a team wants its encoders to reach, in TOML."""

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
from embcmp.toml_file import FLAG, NUMBER, POSITIVE, Value, one_of, text, whole

EVERY = "*"  # stands for all other metrics in a table of tolerances

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
    "checked": FLAG,
    "min": NUMBER,
    "max": NUMBER,
    "better_than": text("an encoder spec"),
    "by": POSITIVE,
    "golden": text("a saved run"),
    "tolerance": Value(
        _is_tolerance, "a number of at least 0, or a table of metrics and such numbers"
    ),
}
_OF_QUESTIONS = ("word", "sentences", "match", "correct", "seed", "checked")
_SHARED = (*_OF_QUESTIONS, "encoder", "metric")
_BOUNDS = ("min", "max", "better_than")


@dataclass(frozen=True, slots=True)
class Question:
    """The comparison that an expectation is about. Equal questions are computed once."""

    word: str
    sentences: str
    match: str = "word"
    correct: str = "none"
    seed: int = 0
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """One `[[expect]]` table.

    Attributes:
        where: The file and the line of the table, or its number in the file.
        question: The comparison; None for a golden run, which has its own sentences.
        encoder: The spec of the encoder.
        metric: The name of the metric.
        minimum: The least allowed value; None if there is no minimum.
        maximum: The largest allowed value; None if there is no maximum.
        better_than: The spec of another encoder, whose value must be lower.
        by: The least difference from that value.
        golden: The path of a saved run, whose numbers must be the same again.
        tolerance: The allowed difference from the saved run by metric; `*` is for all others.
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

    Keys above the first table are defaults for all tables.

    Raises:
        InputError: The file cannot be read, or a table is not an expectation.
    """
    name = str(path)
    shared, written = toml_file.read(path)
    tables = shared.pop("expect", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError(f"{name}: has no expectation", "begin each with [[expect]]")
    _check(shared, {key: _KEYS[key] for key in _SHARED}, name)
    lines = [i for i, line in enumerate(written.splitlines(), 1) if _TABLE.match(line)]
    numbers: Sequence[str] = [f"{name}:{i}" for i in lines]
    if len(lines) != len(tables):  # for example, if they are written as one array
        numbers = [f"{name}: expectation {i}" for i in range(1, len(tables) + 1)]
    return [_expectation(t, shared, where) for t, where in zip(tables, numbers, strict=True)]


def _expectation(table: dict[str, Any], shared: dict[str, Any], where: str) -> Expectation:
    _check(table, _KEYS, where)
    if "golden" in table:
        return _golden_judgements(table, where)
    if "tolerance" in table:
        raise InputError(f"{where}: tolerance is only for golden", "name the saved run with golden")
    keys = shared | table
    if missing := [k for k in ("word", "sentences", "encoder", "metric") if k not in keys]:
        raise InputError(
            f"{where}: lacks {', '.join(missing)}",
            f"add {'it' if len(missing) == 1 else 'them'}, or name a golden run",
        )
    if not any(bound in keys for bound in _BOUNDS):
        raise InputError(f"{where}: expects nothing", "add min, max or better_than")
    if keys.get("min", -inf) > keys.get("max", inf):
        raise InputError(f"{where}: min is above max", "no value can be both")
    if "by" in keys and "better_than" not in keys:
        raise InputError(
            f"{where}: by is only for better_than", "name the other encoder with better_than"
        )
    question = {key: keys[key] for key in _OF_QUESTIONS if key in keys}
    return Expectation(
        where, Question(**question), keys["encoder"], keys["metric"],
        keys.get("min"), keys.get("max"), keys.get("better_than"), keys.get("by", 0.0),
    )  # fmt: skip


def _golden_judgements(table: dict[str, Any], where: str) -> Expectation:
    if others := [key for key in table if key not in ("golden", "tolerance")]:
        raise InputError(
            f"{where}: a golden run already contains its {others[0]}",
            f"leave out {', '.join(others)}",
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
