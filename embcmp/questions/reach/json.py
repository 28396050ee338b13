"""A Reach as JSON, as `reach.schema.json` beside this file describes it."""

from __future__ import annotations

from typing import Any

from embcmp import __version__
from embcmp.questions.reach.encoder_reach import Reach, ReachResult
from embcmp.render import json_values

SCHEMA = "embcmp.reach/1"


def to_object(reach: Reach) -> dict[str, Any]:
    """The whole result as one JSON object.

    `curve` has the means by signed distance, negative on the left; `intervals` and `n` have the
    interval and the number of uses of each, and `why` the reason where there is none. Only
    gradients have a `jacobian`.
    """
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": reach.word,
        "by": "gradient" if reach.method == "gradient" else "change",
        "replace": None if reach.method == "gradient" else reach.method,
        "distance": reach.distance,
        "draws": reach.draws,
        "occurrences": [
            {"id": u.id, "sentence": u.sentence, "start": u.start, "end": u.end, "sense": u.sense}
            for u in reach.uses
        ],
        "long_occurrences": reach.long_uses,
        "positions": {"all": reach.positions, "left_out": reach.left_out},
        "results": [_result(r) for r in reach.results],
        "tests": [
            json_values.test(t, by_words=True) | {"sentences": t.units, "senses": t.senses}
            for t in reach.tests
        ],
        "warnings": list(reach.warnings),
        "skipped": json_values.rows(reach.skipped),
        "manifest": dict(reach.manifest),
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
        "n": {str(d): n for d, n in r.counts.items()},
        "why": {
            str(d): reason
            for d, m in r.curve.items()
            if (reason := m.undefined or m.no_interval) is not None
        },
        "change_of_all": r.change_of_all and json_values.metric(r.change_of_all),
        "jacobian": None
        if r.jacobian is None
        else {
            part: {str(lag): norms._asdict() for lag, norms in by_lag.items()}
            for part, by_lag in r.jacobian.items()
        },
        "reach50": {side: json_values.metric(m) for side, m in r.reach50.items()},
    }
