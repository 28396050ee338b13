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


def broken(name: str, error: Exception) -> Check:
    """What could not be done, since a package is missing or does not work."""
    missing = isinstance(error, ModuleNotFoundError) and error.name
    hint = f"pip install {missing}" if missing else "install the packages again"
    return Check(name, FAILED, f"{type(error).__name__}: {error}", hint)
