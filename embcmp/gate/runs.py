"""A saved comparison: read again, and computed again from what it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.choices import CORRECTIONS, Options
from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, SpecError
from embcmp.gate.differences import Verification, verify
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_object
from embcmp.text_file import read_json
from embcmp.types import Occurrence, TaskProgress

SCHEMA = "embcmp.comparison/1"
DRAWS = range(100, 1_000_001)
Load = Callable[[str], Encoder]


@dataclass(frozen=True)
class Run:
    """What `compare --format json` wrote.

    Attributes:
        path: the file.
        saved: the JSON object.
        occurrences: the uses that it was made of.
        specs: of its encoders, in order.
        options: what `compare` was asked for besides.
    """

    path: Path
    saved: Mapping[str, Any]
    occurrences: tuple[Occurrence, ...]
    specs: tuple[str, ...]
    options: Mapping[str, Any]


def read_run(path: Path) -> Run:
    """Read a saved run.

    Raises:
        InputError: it cannot be read, is no JSON, is no run of this schema, or is damaged.
    """
    saved = _parsed(path)
    try:
        return _checked(path, saved)
    except SpecError as e:
        raise InputError(f"{path}: is damaged: {e.message}", e.hint) from e
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as e:
        what = f"it lacks {e}" if isinstance(e, KeyError) else str(e)
        raise InputError(f"{path}: is damaged: {what}", "save it again with compare") from e


def _parsed(path: Path) -> Mapping[str, Any]:
    saved = read_json(path, _finite, "save it again with compare")
    schema = saved.get("schema") if isinstance(saved, dict) else None
    if schema != SCHEMA:
        what = f"its schema is {schema!r}" if schema else "it has no schema"
        raise InputError(
            f"{path}: is no saved run: {what}", f"compare --format json writes {SCHEMA}"
        )
    assert isinstance(saved, dict)
    return saved


def _checked(path: Path, saved: Mapping[str, Any]) -> Run:
    """The run, where all that is used of it is what it should be."""
    occurrences = tuple(_occurrence(o, saved["word"]) for o in saved["occurrences"])
    specs = tuple(dict.fromkeys(str(r["spec"]) for r in saved["results"]))
    if not occurrences or not specs:
        raise ValueError("it has no occurrences or no results")
    if len({o.id for o in occurrences}) < len(occurrences):
        raise ValueError("two occurrences have the same id")
    for spec in specs:
        parse_spec(spec)
    if not all(isinstance(r["fingerprint"], str) for r in saved["results"]):
        raise ValueError("a fingerprint is no text")
    if not isinstance(saved["manifest"].get("versions", {}), dict):
        raise ValueError("the versions are no object")
    verify(saved, saved)  # whatever it looks at is there, and is what it should be
    return Run(path, saved, occurrences, specs, _options(saved))


def _finite(number: str) -> float:
    if not isfinite(found := float(number)):
        raise ValueError(f"{number} is no finite number")
    return found


def _options(saved: Mapping[str, Any]) -> dict[str, Any]:
    """What `compare` was asked for, checked as the command line checks it."""
    manifest = saved["manifest"]
    given, default = manifest.get("options", {}), Options()
    asked = {
        "correct": saved.get("correct", "none"),
        "controls": "controls" in saved,
        "intervals": given.get("intervals", default.intervals),
        "draws": given.get("draws", default.draws),
        "seed": manifest.get("seed", 0),
    }
    fits = {
        "correct": asked["correct"] in CORRECTIONS,
        "intervals": isinstance(asked["intervals"], bool),
        "draws": type(asked["draws"]) is int and asked["draws"] in DRAWS,
        "seed": type(asked["seed"]) is int and asked["seed"] >= 0,
    }
    for name, right in fits.items():
        if not right:
            raise ValueError(f"{name} is {asked[name]!r}")
    return asked


def _occurrence(o: Mapping[str, Any], word: str) -> Occurrence:
    labels = {name: o.get(name) for name in ("sense", "source", "group", "unit")}
    columns = dict(o.get("columns") or {})
    texts = [label for label in labels.values() if label is not None] + [*columns.values()]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"a label is no text: {labels | columns}")
    made = Occurrence(
        id=str(o["id"]),
        word=str(word),
        sentence=str(o["sentence"]),
        start=int(o["start"]),
        end=int(o["end"]),
        sense=labels["sense"],
        source=labels["source"],
        group=labels["group"],
        unit=labels["unit"],
        columns=columns,
    )
    if made.form != o["form"]:
        raise ValueError(f"occurrence {made.id}: its form is not at {made.start}-{made.end}")
    return made


def verify_run(
    run: Run,
    load: Load,
    tolerance: Mapping[str, float],
    progress: TaskProgress | None = None,
) -> Verification:
    """Compute a saved run again, and compare: the same uses, encoders, correction, seed, options.

    Args:
        run: what was saved.
        load: loads an encoder.
        tolerance: by metric, as `verify` takes it.
        progress: called with the encoder's name and how far it is.

    Raises:
        EmbcmpError: as `compare`, or as `load`.
    """
    now = compare(
        run.occurrences,
        [load(spec) for spec in run.specs],
        max_occurrences=max(1, len(run.occurrences)),
        progress=progress,
        **run.options,
    )
    return verify(run.saved, to_object(now, full=True), tolerance)
