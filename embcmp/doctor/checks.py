"""Running all checks of the installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

FAILED_EXIT_CODE = 4
_SECTIONS = (  # module and function, which returns one check or several
    ("packages", "packages"),
    ("machine", "models"),
    ("machine", "cache"),
    ("machine", "network"),
    ("machine", "torch"),
    ("smoke", "smoke"),
)


def run_checks() -> Iterator[Check]:
    """Run all checks. A check that fails does not prevent the next one.

    Each module is imported when it is needed, since what it imports may be missing.
    """
    for module, name in _SECTIONS:
        try:
            checks = getattr(import_module(f"embcmp.doctor.{module}"), name)()
            yield from [checks] if isinstance(checks, Check) else checks
        except Exception as e:  # a broken installation may raise anything
            yield failed_check(name, e)


def exit_code(checks: Iterable[Check]) -> int:
    """4 if a check failed, else 0."""
    return FAILED_EXIT_CODE if any(check.status == FAILED for check in checks) else 0


OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes:
        name: What was checked.
        status: `ok`, `warning` (something is slow or limited) or `failed` (it does not work).
        found: What was found.
        hint: What to do about it; "" if nothing is to be done.
    """

    name: str
    status: str
    found: str
    hint: str = ""


def failed_check(name: str, error: Exception) -> Check:
    """A failed check, whose package is missing or does not work."""
    missing = isinstance(error, ModuleNotFoundError) and error.name
    hint = f"pip install {missing}" if missing else "install the packages again"
    return Check(name, FAILED, f"{type(error).__name__}: {error}", hint)
