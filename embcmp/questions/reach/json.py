"""A Reach as JSON, as `reach.schema.json` beside this file describes it."""

from __future__ import annotations

from typing import Any

from embcmp import __version__
from embcmp.questions.reach.results import Reach, ReachResult
from embcmp.render import json_values

SCHEMA = "embcmp.reach/1"


def to_object(found: Reach) -> dict[str, Any]:
    """The whole of it as one JSON object.

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
