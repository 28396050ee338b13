"""A Trace as JSON, and as the page that is made of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embcmp import __version__
from embcmp.questions.trace.trace import SHEET_NOTE, Trace, TracedToken
from embcmp.render.page import Json, still
from embcmp.render.text import harmless

SCHEMA = "embcmp.trace/1"


def to_object(found: Trace) -> dict[str, Any]:
    """The whole trace as one JSON object.

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


def to_html(trace: Json) -> str:
    """A page in one file: a heat map of the gates, token by token.

    Args:
        trace: the object of `trace --format json`.
    """
    return still("questions/trace/page.html", {"trace": harmless(trace)})
