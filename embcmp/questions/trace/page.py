"""The page of a trace, from its JSON: a heat map of the gates, token by token."""

from __future__ import annotations

from typing import Any, cast

from embcmp.render.page import Json, still
from embcmp.render.text import harmless

GATES = ("forget", "input", "output")
DIRECTIONS = {"forward": "Forward, from the start", "backward": "Backward, from the end"}


def to_html(found: Json) -> str:
    """A whole page in one file.

    Args:
        found: the object of `trace --format json`.
    """
    trace = cast("dict[str, Any]", harmless(found))
    read = [d for d in DIRECTIONS if any(t[d] for t in trace["tokens"])]
    norms = {
        (d, name): max((t[d][name] for t in trace["tokens"] if t[d]), default=0.0)
        for d in read
        for name in ("memory", "state")
    }
    return still(
        "questions/trace/page.html",
        {"trace": trace, "read": read, "titles": DIRECTIONS, "gates": GATES, "highest": norms},
    )
