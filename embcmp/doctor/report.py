"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        status: ok, warning (it costs something) or failed (something does not work).
        found: what there is.
        hint: what to do about it, or "".
    """

    name: str
    status: str
    found: str
    hint: str = ""
