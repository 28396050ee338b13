"""A Reach for programs: as JSON, and as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from embcmp import __version__
from embcmp.questions.reach.results import Reach, ReachResult
from embcmp.render import json_values
from embcmp.render.text import csv_text, json_text
from embcmp.types import Metric

SCHEMA = "embcmp.reach/1"
COLUMNS = ("word", "encoder", "layer", "measure", "distance", "value", "low", "high", "n", "reason")


def to_json(found: Reach) -> str:
    """The whole of it as one JSON object."""
    return json_text(to_object(found))


def to_object(found: Reach) -> dict[str, Any]:
    """As `to_json`, before it is written down.

    `curve` holds means by signed distance, negative on the left, `intervals` and `n` what belongs
    to them, and `why` the reasons of those that are null. `jacobian` is of gradients alone.
    """
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": found.word,
        "by": "gradient" if found.method == "gradient" else "change",
        "replace": None if found.method == "gradient" else found.method,
        "distance": found.distance,
        "draws": found.draws,
        "occurrences": [
            {"id": u.id, "sentence": u.sentence, "start": u.start, "end": u.end, "sense": u.sense}
            for u in found.uses
        ],
        "long_occurrences": found.long,
        "positions": {"all": found.positions, "left_out": found.left_out},
        "results": [_result(r) for r in found.results],
        "tests": [json_values.test(t) for t in found.tests],
        "warnings": list(found.warnings),
        "skipped": json_values.rows(found.skipped),
        "manifest": dict(found.manifest),
    }


def _result(r: ReachResult) -> dict[str, Any]:
    return {
        "name": r.name,
        "spec": r.info.spec,
        "family": r.info.family,
        "model": r.info.model,
        "layer": r.layer,
        "fingerprint": r.info.fingerprint,
        "untrained_twin_of": r.twin_of,
        "curve": {str(d): m.value for d, m in r.curve.items()},
        "intervals": {str(d): m.ci95 and list(m.ci95) for d, m in r.curve.items()},
        "n": {str(d): n for d, n in r.uses.items()},
        "why": {
            str(d): reason
            for d, m in r.curve.items()
            if (reason := m.undefined or m.no_interval) is not None
        },
        "change_of_all": r.whole and json_values.metric(r.whole),
        "jacobian": None
        if r.jacobian is None
        else {
            part: {str(lag): norms._asdict() for lag, norms in by_lag.items()}
            for part, by_lag in r.jacobian.items()
        },
        "reach50": {side: json_values.metric(m) for side, m in r.reach50.items()},
    }


def to_csv(found: Reach) -> str:
    """A row for each encoder and distance (`share`), then its summary by side (`reach50`)."""
    return csv_text(COLUMNS, _rows(found))


def _rows(found: Reach) -> Iterator[list[object]]:
    for r in found.results:
        start = [found.word, r.name, "" if r.layer is None else str(r.layer)]
        for d, m in r.curve.items():
            yield [*start, "share", d, *_numbers(m, r.uses[d])]
        if r.whole is not None:
            yield [*start, "change_of_all", "", *_numbers(r.whole, len(found.uses))]
        for side, m in r.reach50.items():
            name = "reach50" if side == "both" else f"reach50_{side}"
            yield [*start, name, "", *_numbers(m, found.long)]
        for part, by_lag in (r.jacobian or {}).items():
            for lag, (frobenius, spectral, n) in by_lag.items():
                for norm, value in (("frobenius", frobenius), ("spectral", spectral)):
                    yield [*start, f"jacobian_{part}_{norm}", lag, value, None, None, n, None]


def _numbers(m: Metric, n: int) -> list[object]:
    low, high = m.ci95 or (None, None)
    return [m.value, low, high, n, m.undefined or m.no_interval]
