from __future__ import annotations

from importlib import metadata

import pytest
from packaging.requirements import Requirement

from embcmp.doctor import packages
from embcmp.doctor.checks import FAILED, OK, WARNING, Check


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, list[str]]]:
    """Packages by name: their version and what they ask for."""
    there: dict[str, tuple[str, list[str]]] = {
        "embcmp": ("1", ["numpy>=2", "gensim>=4", 'extra-only; extra == "models"']),
        "numpy": ("2.4", []),
        "gensim": ("4.4", ["numpy>=1.18", "scipy>=1.7"]),
        "scipy": ("1.17", []),
    }

    def package(name: str) -> tuple[str, list[str]]:
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(packages, "version", lambda name: package(name)[0])
    monkeypatch.setattr(packages, "requires", lambda name: package(name)[1])
    return there


def checks_by_name() -> dict[str, Check]:
    return {check.name: check for check in packages.packages()}


def test_complete_packages_pass_every_check(world: dict[str, tuple[str, list[str]]]) -> None:
    checks = checks_by_name()
    assert list(checks) == ["python", "numpy", "gensim", "combinations"]
    assert {check.status for check in checks.values()} == {OK}
    assert checks["gensim"].found == "4.4"


def test_a_missing_and_an_outdated_package_are_named(
    world: dict[str, tuple[str, list[str]]],
) -> None:
    del world["numpy"]
    world["gensim"] = ("3.8", [])
    checks = checks_by_name()
    assert checks["numpy"] == Check("numpy", FAILED, "is not installed", "pip install 'numpy>=2'")
    assert checks["gensim"].status == FAILED
    assert checks["gensim"].found == "3.8, not >=4"


def test_packages_that_do_not_fit_each_other(world: dict[str, tuple[str, list[str]]]) -> None:
    world["gensim"] = ("4.4", ["numpy<2", 'scipy<1; extra == "test"'])
    check = checks_by_name()["combinations"]
    assert check.status == WARNING
    assert check.found == "gensim 4.4 needs numpy<2, but 2.4 is installed"
    assert check.hint == "pip install 'numpy<2'"


def test_a_known_conflict_that_the_metadata_omit(
    world: dict[str, tuple[str, list[str]]],
) -> None:
    world["gensim"] = ("4.3.2", [])
    check = checks_by_name()["combinations"]
    assert (check.status, check.hint) == (WARNING, "pip install --upgrade gensim")
    assert check.found.startswith("gensim 4.3.2 with scipy 1.17: ")


def test_a_checkout_that_is_not_installed(world: dict[str, tuple[str, list[str]]]) -> None:
    del world["embcmp"]
    assert checks_by_name()["embcmp"].status == WARNING


def test_the_table_parses() -> None:
    assert all(
        Requirement(x).specifier for one, other, _ in packages.KNOWN_BAD for x in (one, other)
    )
