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
        needed = _requirements("embcmp")
    except PackageNotFoundError:
        yield Check(
            "embcmp", WARNING, "runs from a folder and is not installed", "pip install . there"
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
    """What a package needs, without its extras."""
    needed = [_requirement(text) for text in requires(name) or ()]
    return [r for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]


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
    problems = [*_unmet(names), *_known()]
    if not problems:
        yield Check("combinations", OK, "the packages fit each other")
    for problem, hint in problems:
        yield Check("combinations", WARNING, problem, hint)


def _unmet(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        own_version = installed(name)
        for r in _requirements(name) if own_version else ():
            other = installed(r.name)
            if other and not r.specifier.contains(other, prereleases=True):
                says = f"{name} {own_version} asks for {r.name}{r.specifier}, here is {other}"
                yield says, f"pip install '{r.name}{r.specifier}'"


def _known() -> Iterator[tuple[str, str]]:
    for one, other, what in KNOWN_BAD:
        both = [_requirement(one), _requirement(other)]
        versions = [installed(r.name) for r in both]
        if all(v and r.specifier.contains(v) for r, v in zip(both, versions, strict=True)):
            names = " with ".join(f"{r.name} {v}" for r, v in zip(both, versions, strict=True))
            yield f"{names}: {what}", f"pip install --upgrade {both[0].name}"
