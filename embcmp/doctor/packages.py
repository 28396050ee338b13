"""Checks of Python and of the packages: installed, new enough, and compatible."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from embcmp.doctor.checks import FAILED, OK, WARNING, Check

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OLDEST = (3, 11)

# Combinations that do not work although the metadata of both packages allow them: the first, the
# second, and what goes wrong.
KNOWN_BAD = (
    ("gensim<4.3.3", "scipy>=1.13", "gensim cannot be imported: scipy.linalg no longer has triu"),
    ("torch<2.3", "numpy>=2", "torch gives no arrays: it was built for numpy 1"),
)


def packages() -> Iterator[Check]:
    """Check Python, the packages that embcmp needs, and what these need in turn."""
    supported = sys.version_info[:2] >= OLDEST
    python = f"{platform.python_version()} at {sys.executable}"
    yield Check(
        "python", OK if supported else FAILED, python, "" if supported else "use 3.11 or newer"
    )
    try:
        needed = _requirements("embcmp")
    except PackageNotFoundError:
        yield Check(
            "embcmp", WARNING, "is not installed, but runs from a folder", "pip install . there"
        )
        return
    for requirement in needed:
        yield _package(requirement)
    yield from _combinations([requirement.name for requirement in needed])


def installed(name: str) -> str | None:
    """The version of a package; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _requirement(text: str) -> Requirement:
    from packaging.requirements import Requirement  # packaging itself may be missing

    return Requirement(text)


def _requirements(name: str) -> list[Requirement]:
    """The requirements of a package, without its extras."""
    needed = [_requirement(text) for text in requires(name) or ()]
    return [r for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]


def _package(requirement: Requirement) -> Check:
    version = installed(requirement.name)
    hint = f"pip install '{requirement.name}{requirement.specifier}'"
    if version is None:
        return Check(requirement.name, FAILED, "is not installed", hint)
    if not requirement.specifier.contains(version, prereleases=True):
        return Check(requirement.name, FAILED, f"{version}, not {requirement.specifier}", hint)
    return Check(requirement.name, OK, version)


def _combinations(names: list[str]) -> Iterator[Check]:
    """Combinations that do not work, by the packages' metadata or by KNOWN_BAD."""
    problems = [*_unmet_requirements(names), *_known_bad()]
    if not problems:
        yield Check("combinations", OK, "the packages are compatible")
    for problem, hint in problems:
        yield Check("combinations", WARNING, problem, hint)


def _unmet_requirements(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        own_version = installed(name)
        for r in _requirements(name) if own_version else ():
            other = installed(r.name)
            if other and not r.specifier.contains(other, prereleases=True):
                needed = f"{r.name}{r.specifier}"
                problem = f"{name} {own_version} needs {needed}, but {other} is installed"
                yield problem, f"pip install '{needed}'"


def _known_bad() -> Iterator[tuple[str, str]]:
    for first, second, problem in KNOWN_BAD:
        both = [_requirement(first), _requirement(second)]
        versions = [installed(r.name) for r in both]
        if all(v and r.specifier.contains(v) for r, v in zip(both, versions, strict=True)):
            names = " with ".join(f"{r.name} {v}" for r, v in zip(both, versions, strict=True))
            yield f"{names}: {problem}", f"pip install --upgrade {both[0].name}"
