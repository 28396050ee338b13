"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

SICK = 4
_SECTIONS = (  # a module, and what in it makes one check or many
    ("packages", "packages"),
    ("machine", "models"),
    ("machine", "cache"),
    ("machine", "network"),
    ("machine", "torch"),
    ("smoke", "smoke"),
)


def examine() -> Iterator[Check]:
    """Look at everything; a check that fails does not keep the next from being made.

    A module is imported when its turn comes: whatever it needs may be what is missing.
    """
    for module, name in _SECTIONS:
        try:
            found = getattr(import_module(f"embcmp.doctor.{module}"), name)()
            yield from [found] if isinstance(found, Check) else found
        except Exception as e:  # whatever a broken installation does
            yield broken(name, e)


def exit_code(checks: Iterable[Check]) -> int:
    """4 where something does not work, else 0."""
    return SICK if any(check.status == FAILED for check in checks) else 0


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
