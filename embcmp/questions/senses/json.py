"""Senses as JSON, as `senses.schema.json` beside this file describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.encoder_senses import EncoderSenses, Group
from embcmp.questions.senses.senses import Senses
from embcmp.render import json_values

SCHEMA = "embcmp.senses/1"


def to_object(s: Senses) -> dict[str, Any]:
    """Return the senses as one JSON object."""
    ids = [o.id for o in s.occurrences]
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": s.word,
        "correct": s.correct,
        "occurrences": [{"id": o.id, **json_values.use(o)} for o in s.occurrences],
        "results": [_result(r, ids) for r in s.results],
        "evidence": {"p": s.p},
        "agreement": [a._asdict() for a in s.agreement],
        "verdict": list(conclusion(s)),
        "warnings": list(s.warnings),
        "skipped": json_values.rows(s.skipped),
        "manifest": dict(s.manifest),
    }


def _result(r: EncoderSenses, ids: list[str]) -> dict[str, Any]:
    places = zip(ids, r.assigned, r.confidence, strict=True)
    return {
        **json_values.encoder(r.result),
        "k": len(r.groups) or None,
        "undefined": r.undefined,
        "evidence": {"p": r.p, "measured": r.measured},
        "groups": [_group(group, ids) for group in r.groups],
        "assigned": {id: {"group": g, "confidence": confidence} for id, g, confidence in places},
        "known": r.known and r.known._asdict(),
        "metrics": {name: json_values.metric(m) for name, m in r.metrics.items()},
        "metrics_true_k": {name: json_values.metric(m) for name, m in r.metrics_true_k.items()},
    }


def _group(group: Group, ids: list[str]) -> dict[str, Any]:
    return {
        "group": group.number,
        "name": group.name,
        "size": len(group.uses),
        "stability": group.stability,
        "keywords": list(group.keywords),
        "features": [asdict(feature) for feature in group.features],
        "central": [ids[i] for i in group.central],
        "borderline": [ids[i] for i in group.borderline],
    }
