"""Saved comparisons: reading them, and computing them again from their own sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.background.background_text import ENGLISH, BackgroundText, read_background
from embcmp.choices import CORRECTIONS, Options
from embcmp.encoders import parse_spec
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, SpecError
from embcmp.gate.differences import Verification, verify
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_object
from embcmp.text_file import read_json
from embcmp.types import Occurrence, TaskProgress

SCHEMA, EARLIER = "embcmp.comparison/2", "embcmp.comparison/1"
Load = Callable[[str], Encoder]


@dataclass(frozen=True)
class Run:
    """A comparison saved by `compare --format json`.

    Attributes:
        path: The file.
        saved: The JSON object.
        occurrences: The uses that were compared.
        specs: The specs of the encoders, in order.
        options: The other arguments of `compare`.
    """

    path: Path
    saved: Mapping[str, Any]
    occurrences: tuple[Occurrence, ...]
    specs: tuple[str, ...]
    options: Mapping[str, Any]


def read_run(path: Path, background: str | None = None) -> Run:
    """Read a saved run.

    Args:
        path: The file.
        background: Path of the background sentences that it was computed with; None for the path
            that the run names, if it names one.

    Raises:
        InputError: The file cannot be read, is not JSON, has another schema, or is damaged; or the
            background sentences are missing or have changed.
    """
    saved = _read_object(path)
    try:
        run = _check_run(path, saved)
        text = _background(path, saved["manifest"].get("background") or {}, background)
        return replace(run, options={**run.options, "background": text})
    except SpecError as e:
        raise InputError(f"{path}: is damaged: {e.message}", e.hint) from e
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as e:
        problem = f"it lacks {e}" if isinstance(e, KeyError) else str(e)
        raise InputError(f"{path}: is damaged: {problem}", "save it again with compare") from e


def _read_object(path: Path) -> Mapping[str, Any]:
    saved = read_json(path, _finite_number, "give a file that compare --format json wrote")
    schema = saved.get("schema") if isinstance(saved, dict) else None
    if schema == EARLIER:
        raise InputError(
            f"{path}: an earlier version of embcmp wrote it ({EARLIER}), whose intervals and tests"
            " were computed otherwise",
            "make it anew: run compare --format json with the same word, sentences and encoders",
        )
    if schema != SCHEMA:
        problem = f"its schema is {schema!r}" if schema else "it has no schema"
        raise InputError(
            f"{path}: is not a saved run: {problem}", f"compare --format json writes {SCHEMA}"
        )
    assert isinstance(saved, dict)
    return saved


def _check_run(path: Path, saved: Mapping[str, Any]) -> Run:
    """The run, after everything in it that is used has been checked."""
    occurrences = tuple(_occurrence(o, saved["word"]) for o in saved["occurrences"])
    specs = tuple(dict.fromkeys(str(r["spec"]) for r in saved["results"]))
    if not occurrences or not specs:
        raise ValueError("it has no occurrences or no results")
    if len({o.id for o in occurrences}) < len(occurrences):
        raise ValueError("two occurrences have the same id")
    for spec in specs:
        parse_spec(spec)
    if not all(isinstance(r["fingerprint"], str) for r in saved["results"]):
        raise ValueError("a fingerprint is not text")
    if not isinstance(saved["manifest"].get("versions", {}), dict):
        raise ValueError("the versions are not an object")
    verify(saved, saved)  # raises an error if something that it reads is missing or of another type
    return Run(path, saved, occurrences, specs, _options(saved))


def _background(path: Path, saved: Mapping[str, Any], given: str | None) -> BackgroundText | None:
    """The background sentences of a run; None for those that come with embcmp."""
    named, digest = saved.get("path"), saved.get("sha256")
    if named is None and given is None:
        return None
    file, hint = str(given or named), "name the file with --background"
    try:
        text = read_background(file, str(saved.get("lang", ENGLISH)))
    except InputError as e:
        if given is not None:
            raise
        raise InputError(
            f"{path}: was computed with the background sentences of {file}, which cannot be read",
            hint,
        ) from e
    if text.digest != digest:
        raise InputError(
            f"{path}: was computed with other background sentences than those in {file}", hint
        )
    return text


def _finite_number(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is not a finite number")
    return value


def _options(saved: Mapping[str, Any]) -> dict[str, Any]:
    """The other arguments of `compare`, checked as on the command line."""
    manifest = saved["manifest"]
    saved_options, default = manifest.get("options", {}), Options()
    options = {
        "correct": saved.get("correct", "none"),
        "controls": "controls" in saved,
        "intervals": saved_options.get("intervals", default.intervals),
        "margin": saved_options.get("margin", default.margin),
        "seed": manifest.get("seed", 0),
    }
    valid = {
        "correct": options["correct"] in CORRECTIONS,
        "intervals": isinstance(options["intervals"], bool),
        "margin": isinstance(options["margin"], float) and 0 < options["margin"] < 0.5,
        "seed": type(options["seed"]) is int and options["seed"] >= 0,
    }
    for name, right in valid.items():
        if not right:
            raise ValueError(f"{name} is {options[name]!r}")
    return options


def _occurrence(o: Mapping[str, Any], word: str) -> Occurrence:
    labels = {name: o.get(name) for name in ("sense", "source", "group", "unit")}
    columns = dict(o.get("columns") or {})
    texts = [label for label in labels.values() if label is not None] + [*columns.values()]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"a label is not text: {labels | columns}")
    occurrence = Occurrence(
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
    if occurrence.form != o["form"]:
        raise ValueError(
            f"occurrence {occurrence.id}: its form is not at {occurrence.start}-{occurrence.end}"
        )
    return occurrence


def verify_run(
    run: Run,
    load: Load,
    tolerance: Mapping[str, float],
    progress: TaskProgress | None = None,
) -> Verification:
    """Compute a saved run again, with the same uses and options, and compare the numbers.

    Args:
        run: The saved run.
        load: Loads an encoder by its spec.
        tolerance: The allowed difference by metric, as for `verify`.
        progress: Called with the name of the encoder, the uses done and their number.

    Raises:
        EmbcmpError: `compare` or `load` raised it.
    """
    now = compare(
        run.occurrences,
        [load(spec) for spec in run.specs],
        max_occurrences=max(1, len(run.occurrences)),
        progress=progress,
        **run.options,
    )
    return verify(run.saved, to_object(now, full=True), tolerance)
