"""The differences between a saved run and the same run now, and their possible causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from embcmp.gate.expectations import EVERY

MISSING, SIMILARITY = "missing", "similarity"  # take the place of a metric's name
TOLERANCE = 1e-3  # vectors on another machine differ by up to 1e-5, which may change ranks


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that differs from the saved one, or that exists in only one of the runs.

    Attributes:
        of: The name of the result, or the two names of a test.
        metric: The metric, or `missing` (uses without a vector), or `similarity` (the cosines).
        part: `value`, or the `low` or `high` end of its interval; for cosines the largest
            difference.
        saved: The saved number; None if there was none.
        now: The number now; None if there is none.
    """

    of: str
    metric: str
    part: str
    saved: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The comparison of a saved run with the same run now.

    Attributes:
        numbers: How many numbers were compared.
        differences: The differences that are larger than their tolerance.
        largest: The largest difference of all numbers.
        causes: What else has changed, in sentences, which may be the cause.
    """

    numbers: int
    differences: tuple[Difference, ...]
    largest: float
    causes: tuple[str, ...]


def verify(
    saved: Mapping[str, Any], now: Mapping[str, Any], tolerance: Mapping[str, float] | None = None
) -> Verification:
    """Compare a saved run with the same run now, number by number.

    Args:
        saved: The JSON object of a comparison.
        now: The JSON object of the same comparison, computed again.
        tolerance: The allowed difference by metric; `*` is for all other metrics (default 1e-3).
    """
    allowed = {EVERY: TOLERANCE, **(tolerance or {})}
    before, after = dict(_numbers(saved)), dict(_numbers(now))
    for name, difference in _cosines(saved, now):
        key = name, SIMILARITY, "largest difference"
        before[key], after[key] = 0.0, difference
    differences = []
    largest = 0.0
    for key in dict.fromkeys((*before, *after)):
        a, b = before.get(key), after.get(key)
        apart = 0.0 if a is None and b is None else inf
        if a is not None and b is not None:
            apart = abs(a - b)
            largest = max(largest, apart)
        if apart > allowed.get(key[1], allowed[EVERY]) or apart == inf:
            differences.append(Difference(*key, a, b))
    return Verification(len(before), tuple(differences), largest, tuple(_causes(saved, now)))


def number_text(value: float | None) -> str:
    """A compared number as text."""
    return "no value" if value is None else f"{value:.6g}"


Key = tuple[str, str, str]


def _numbers(run: Mapping[str, Any]) -> Iterator[tuple[Key, float | None]]:
    """All numbers of a run that are compared."""
    for r in (*run["results"], *run.get("controls", ())):
        yield (r["name"], MISSING, MISSING), float(len(r.get("missing", ())))
        for metric, m in r["metrics"].items():
            yield from _parts(r["name"], metric, m.get("value"), m.get("ci95"))
    for t in run.get("tests", ()):
        pair = f"{t['a']} - {t['b']}"
        yield from _parts(pair, t["metric"], t.get("difference"), t.get("ci95"))


def _cosines(saved: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """For each saved matrix the largest difference of a cosine; 2 if a cosine is missing in one."""
    matrices = {r["name"]: r["similarity"] for r in now["results"]}
    for r in saved["results"]:
        if r.get("similarity") is not None and matrices.get(r["name"]) is not None:
            a, b = (np.array(m, dtype=np.float64) for m in (r["similarity"], matrices[r["name"]]))
            if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
                yield r["name"], 2.0
            else:
                yield r["name"], float(np.nanmax(np.abs(a - b), initial=0.0))


def _parts(
    name: str, metric: str, value: float | None, ci95: Sequence[float] | None
) -> Iterator[tuple[Key, float | None]]:
    low, high = ci95 or (None, None)
    for part, number in (("value", value), ("low", low), ("high", high)):
        yield (name, metric, part), number


def _causes(saved: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What has changed: models, versions, the machine, the input file."""
    models = {r["name"]: r["fingerprint"] for r in now["results"]}
    for r in saved["results"]:
        fingerprint = models.get(r["name"])
        if fingerprint is None:
            yield f"{r['name']}: has no result now"
        elif fingerprint != r["fingerprint"]:
            yield (
                f"{r['name']}: the model or the way it is read has changed: its fingerprint was"
                f" {r['fingerprint'][:12]} and is {fingerprint[:12]}"
            )
    before, after = saved["manifest"], now["manifest"]
    old, new = before.get("versions", {}), after.get("versions", {})
    for package in dict.fromkeys((*old, *new)):
        was, is_now = old.get(package, "absent"), new.get(package, "absent")
        if was != is_now:
            yield f"{package}: the version was {was} and is {is_now}"
    for key in ("platform", "threads"):
        if before.get(key) != after.get(key):
            yield f"{key}: was {before.get(key)} and is {after.get(key)}"
    yield from _input(before.get("input") or {})


def _input(described: Mapping[str, Any]) -> Iterator[str]:
    path, digest = Path(str(described.get("path", ""))), described.get("sha256")
    if digest and path.is_file() and sha256(path.read_bytes()).hexdigest() != digest:
        yield f"{path}: has changed since; the sentences saved in the run were used"
