"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from embcmp.doctor.report import FAILED, Check, broken

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
