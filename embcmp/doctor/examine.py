"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from embcmp.doctor import machine
from embcmp.doctor.packages import packages
from embcmp.doctor.report import FAILED, Check
from embcmp.doctor.smoke import smoke

SICK = 4


def examine() -> Iterator[Check]:
    """Look at everything; a check that fails does not keep the next from being made."""
    yield from packages()
    yield from machine.models()
    yield machine.cache()
    yield machine.network()
    yield from machine.torch()
    yield from smoke()


def exit_code(checks: Iterable[Check]) -> int:
    """4 where something does not work, else 0."""
    return SICK if any(check.status == FAILED for check in checks) else 0
