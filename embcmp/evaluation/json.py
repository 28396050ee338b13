"""An Evaluation as JSON, as `evaluation.schema.json` beside this file describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.evaluation.results import Evaluation, Metrics, Score
from embcmp.render import json_values
from embcmp.render.text import json_text

SCHEMA = "embcmp.evaluation/1"


def to_json(evaluation: Evaluation) -> str:
    """The whole evaluation as one JSON object."""
    return json_text(to_object(evaluation))


def to_object(e: Evaluation) -> dict[str, Any]:
    """The evaluation as the object that is written as JSON."""
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "task": e.task,
        "kind": e.kind,
        "split": e.split,
        "n": e.n,
        "words": e.words,
        "training": e.training,
        "results": [_score(s) for s in e.results],
        "tests": [json_values.test(t, by_words=True) for t in e.tests],
        "baselines": [{"name": b.name, "metrics": _metrics(b.metrics)} for b in e.baselines],
        "published": [asdict(p) for p in e.published],
        "overlap": [asdict(o) for o in e.overlap],
        "warnings": list(e.warnings),
        "skipped": json_values.rows(e.skipped),
        "noted": json_values.rows(e.noted),
        "manifest": dict(e.manifest),
    }


def _score(s: Score) -> dict[str, Any]:
    return {
        "name": s.name,
        "spec": s.info.spec,
        "family": s.info.family,
        "model": s.info.model,
        "layer": s.layer,
        "dim": s.info.dim,
        "fingerprint": s.info.fingerprint,
        "missing": s.missing,
        "note": s.note,
        "encode_seconds": round(s.seconds, 6),
        "cached": s.cached,
        "metrics": _metrics(s.metrics),
        "curve": [{"shots": k, "metrics": _metrics(m)} for k, m in s.curve.items()],
    }


def _metrics(metrics: Metrics) -> dict[str, Any]:
    return {name: json_values.metric(m) for name, m in metrics.items()}
