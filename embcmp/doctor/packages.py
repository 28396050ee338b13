"""Python and the packages: there, new enough, and fit for each other."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from embcmp.doctor.examine import FAILED, OK, WARNING, Check

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OLDEST = (3, 11)

# What goes wrong although the metadata of both packages allow it: if the first is installed, the
# second must not be.
KNOWN_BAD = (
    ("gensim<4.3.3", "scipy>=1.13", "gensim cannot be imported: scipy.linalg has no triu any more"),
    ("torch<2.3", "numpy>=2", "torch gives no arrays: it was built for numpy 1"),
)


def packages() -> Iterator[Check]:
    """Look at Python, at what embcmp needs, and at what that needs in turn."""
    there = sys.version_info[:2] >= OLDEST
    found = f"{platform.python_version()} at {sys.executable}"
    yield Check("python", OK if there else FAILED, found, "" if there else "use 3.11 or newer")
    try:
        needed = [r for r in _requirements("embcmp") if r.marker is None or r.marker.evaluate()]
    except PackageNotFoundError:
        yield Check(
            "embcmp", WARNING, "runs from a folder and is not installed", "pip install embcmp"
        )
        return
    for requirement in needed:
        yield _package(requirement)
    yield from _combinations([requirement.name for requirement in needed])


def installed(name: str) -> str | None:
    """The version of a package; None where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _requirement(text: str) -> Requirement:
    from packaging.requirements import Requirement  # which may be what is missing

    return Requirement(text)


def _requirements(name: str) -> list[Requirement]:
    return [_requirement(text) for text in requires(name) or ()]


def _package(requirement: Requirement) -> Check:
    found = installed(requirement.name)
    hint = f"pip install '{requirement.name}{requirement.specifier}'"
    if found is None:
        return Check(requirement.name, FAILED, "is not installed", hint)
    if not requirement.specifier.contains(found, prereleases=True):
        return Check(requirement.name, FAILED, f"{found}, not {requirement.specifier}", hint)
    return Check(requirement.name, OK, found)


def _combinations(names: list[str]) -> Iterator[Check]:
    """What does not go together, by the packages' own word or by what is known."""
    told = [*_unmet(names), *_known()]
    if not told:
        yield Check("combinations", OK, "the packages fit each other")
    for found, hint in told:
        yield Check("combinations", WARNING, found, hint)


def _unmet(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if installed(name) is None:
            continue
        for r in _requirements(name):
            asked = r.marker is None or r.marker.evaluate({"extra": ""})
            found = installed(r.name)
            if asked and found and not r.specifier.contains(found, prereleases=True):
                says = f"{name} {installed(name)} asks for {r.name}{r.specifier}, here is {found}"
                yield says, f"pip install '{r.name}{r.specifier}'"


def _known() -> Iterator[tuple[str, str]]:
    for one, other, what in KNOWN_BAD:
        both = [_requirement(one), _requirement(other)]
        if all((found := installed(r.name)) and r.specifier.contains(found) for r in both):
            names = " with ".join(f"{r.name} {installed(r.name)}" for r in both)
            yield f"{names}: {what}", f"pip install --upgrade {both[0].name}"
