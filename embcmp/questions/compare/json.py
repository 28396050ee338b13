"""A Comparison as JSON, in the format that `comparison.schema.json` describes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.questions.compare.verdict import find_test, units_needed
from embcmp.render import json_values
from embcmp.render.text import json_text
from embcmp.types import Comparison, Receipt, Result

SCHEMA = "embcmp.comparison/2"
LARGEST_MATRIX = 500


def to_json(comparison: Comparison, *, full: bool = False) -> str:
    """Return the comparison as the text of one JSON object.

    Args:
        comparison: what `compare` returned.
        full: whether to keep similarity matrices of more than 500 occurrences, otherwise null.
    """
    return json_text(to_object(comparison, full=full))


def to_object(comparison: Comparison, *, full: bool = False) -> dict[str, Any]:
    """Return the object that `to_json` writes."""
    n = len(comparison.occurrences)
    matrix = full or n <= LARGEST_MATRIX
    json = {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": comparison.word,
        "correct": comparison.correct,
        "occurrences": [{"id": o.id, **json_values.use(o)} for o in comparison.occurrences],
        "results": [_result(r, matrix=matrix) for r in comparison.results],
        "tests": [json_values.test(t) for t in comparison.tests],
        "margin": comparison.margin,
        "claims": [asdict(claim) for claim in comparison.claims],
        "planning": list(_planning(comparison)),
        "agreement": [asdict(a) for a in comparison.agreement],
        "verdict": list(comparison.verdict),
        "warnings": list(comparison.warnings),
        "skipped": json_values.rows(comparison.skipped),
        "manifest": dict(comparison.manifest),
    }
    if comparison.controls is not None:
        json["controls"] = [_result(r, matrix=matrix) for r in comparison.controls]
    return json


def _planning(c: Comparison) -> Iterator[dict[str, Any]]:
    """Yield how many units a sense would show a difference of the margin, for each pair."""
    for claim in c.claims:
        test = find_test(c.tests, claim.a, claim.b)
        if test is not None and test.detectable is not None:
            needed = units_needed(test, c.margin)
            yield {"a": test.a, "b": test.b, "margin": c.margin, "units_a_sense": needed}


def _receipt(x: Receipt) -> dict[str, Any]:
    receipt = asdict(x) | {"tokens": list(x.tokens), "given": list(x.given)}
    if not x.given:
        del receipt["given"]
    return receipt


def _result(r: Result, *, matrix: bool) -> dict[str, Any]:
    return {
        **json_values.encoder(r),
        "receipts": [_receipt(x) for x in r.receipts],
        "similarity": [[None if math.isnan(c) else c for c in row] for row in r.similarity.tolist()]
        if matrix and r.similarity.size
        else None,
        "metrics": {name: json_values.inferred_metric(m) for name, m in r.metrics.items()},
    }
