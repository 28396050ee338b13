"""A Trace as JSON, and as the page that is made of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.questions.trace.trace import SHEET_NOTE, Trace, TracedToken
from embcmp.render.page import Json, still
from embcmp.render.text import harmless

SCHEMA = "embcmp.trace/1"


def to_object(trace: Trace) -> dict[str, Any]:
    """The whole trace as one JSON object.

    Each of `tokens` has `forward` and `backward`, null if that direction does not read the token.
    They have the gates `forget`, `input` and `output`, each with `mean` and `spread`, the norms
    `memory` and `state`, and `carry`.
    """
    target = trace.target
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "sentence": trace.sentence,
        "word": target.word if target else None,
        "start": target.start if target else None,
        "end": target.end if target else None,
        "encoder": trace.info.name,
        "model": trace.info.model,
        "fingerprint": trace.info.fingerprint,
        "cell": trace.cell,
        "note": SHEET_NOTE if trace.cell == "sheet" else None,
        "tokens": [_token(t) for t in trace.tokens],
        "warnings": list(trace.warnings),
    }


def _token(t: TracedToken) -> dict[str, Any]:
    return {
        "token": t.token,
        "known": t.known,
        "target": t.target,
        **{direction: step and asdict(step) for direction, step in t.steps.items()},
    }


def to_html(trace: Json) -> str:
    """A page in one file: a heat map of the gates, token by token.

    Args:
        trace: the object of `trace --format json`.
    """
    return still("questions/trace/page.html", {"trace": harmless(trace)})
