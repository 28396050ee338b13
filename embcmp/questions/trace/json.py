"""A Trace as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.questions.trace.trace import SHEET_NOTE, Trace, TracedToken
from embcmp.render.text import json_text

SCHEMA = "embcmp.trace/1"


def to_json(found: Trace) -> str:
    """The whole trace as one JSON object."""
    return json_text(to_object(found))


def to_object(found: Trace) -> dict[str, Any]:
    """As `to_json`, before it is written down.

    Each of `tokens` has `forward` and `backward`, null where that direction does not read it:
    the gates `forget`, `input` and `output`, each `mean` and `spread`; `memory` and `state`, norms;
    and `carry`.
    """
    target = found.target
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "sentence": found.sentence,
        "word": target.word if target else None,
        "start": target.start if target else None,
        "end": target.end if target else None,
        "encoder": found.info.name,
        "model": found.info.model,
        "fingerprint": found.info.fingerprint,
        "cell": found.cell,
        "note": SHEET_NOTE if found.cell == "sheet" else None,
        "tokens": [_token(t) for t in found.tokens],
        "warnings": list(found.warnings),
    }


def _token(t: TracedToken) -> dict[str, Any]:
    return {
        "token": t.token,
        "known": t.known,
        "target": t.target,
        **{direction: step and asdict(step) for direction, step in t.steps.items()},
    }
