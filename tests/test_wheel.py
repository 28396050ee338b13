"""The wheel, installed where the checkout is not: what a user gets from `pip install`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, needs_models

LARGEST = 8_000_000  # bytes

pytestmark = [pytest.mark.slow, pytest.mark.process("what is installed runs by itself")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="what builds the wheel is not installed")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True, cwd=ROOT, capture_output=True,
    )  # fmt: skip
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new environment with the wheel, whose site-packages nobody may write, and nobody does.

    What the wheel needs is seen from the environment of the tests, so that nothing is fetched.
    The superuser may write what is read-only: so it is looked at afterwards, too.
    """
    place = tmp_path_factory.mktemp("Das Umfeld für Łódź")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", "--disable-pip-version-check", str(wheel)],
        check=True,
    )  # fmt: skip
    site = next((place / "lib").glob("python*/site-packages"))
    (site / "others.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")))
    folders = [site, *(folder for folder in site.rglob("*") if folder.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    before = snapshot(site)
    yield python
    assert snapshot(site) == before
    for folder in folders:
        folder.chmod(0o755)


def snapshot(folder: Path) -> dict[str, int]:
    """What lies in a folder, and when it was written."""
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "Mein Ordner — 文"
    folder.mkdir()
    shutil.copy(ROOT / "fixtures" / "man.tsv", folder / "männer.tsv")
    return folder


def embcmp(python: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The installed command, by a user whose home cannot be written."""
    ours = ("PYTHON", "EMBCMP", "COVERAGE", "XDG")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [str(python.parent / "embcmp"), *args],
        capture_output=True, text=True, check=False, cwd=folder, encoding="utf-8",
        env={**env, "HOME": "/proc/none", "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_the_wheel_is_small_and_has_its_data(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST
    files = {p.relative_to(ROOT).as_posix() for p in (ROOT / "embcmp").rglob("*") if p.is_file()}
    expected = {name for name in files if "__pycache__" not in name}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert expected <= names
    assert {name.split("/")[0] for name in names - expected} == {
        wheel.name.rsplit("-py3", 1)[0] + ".dist-info"
    }


def test_the_command_comes_from_the_installed_wheel(python: Path, elsewhere: Path) -> None:
    done = embcmp(python, elsewhere, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    code = "import embcmp; print(embcmp.__file__)"
    found = subprocess.run(
        [str(python), "-I", "-c", code], capture_output=True, text=True, check=True, cwd=elsewhere
    )
    assert found.stdout.startswith(str(python.parent.parent))


@needs_models
def test_compare(python: Path, elsewhere: Path) -> None:
    args = ("compare", "man", "-s", "männer.tsv")
    done = embcmp(python, elsewhere, *args, "--format", "json", "-o", "man.json")
    assert (done.returncode, done.stderr) == (0, "")
    saved = json.loads((elsewhere / "man.json").read_text())
    assert [r["name"] for r in saved["results"]] == ["word2vec", "context", "lstm", "bert@6"]
    done = embcmp(python, elsewhere, *args, "-e", "lstm", "--format", "html", "-o", "seite.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Content-Security-Policy" in (elsewhere / "seite.html").read_text()


JOB = """
encoders = ["context", "bert"]
[[word]]
word = "man"
sentences = "männer.tsv"
"""


@needs_models
def test_batch_and_report(python: Path, elsewhere: Path) -> None:
    (elsewhere / "Auftrag.toml").write_text(JOB, encoding="utf-8")
    done = embcmp(python, elsewhere, "batch", "Auftrag.toml", "--out", "Das Ergebnis")
    assert (done.returncode, done.stderr) == (0, "")
    out = elsewhere / "Das Ergebnis"
    assert (out / "results.csv").read_text().startswith("word,encoder,layer,metric,value,")
    index = out / "report" / "index.html"
    made = index.read_bytes()
    shutil.rmtree(index.parent)
    done = embcmp(python, elsewhere, "report", "Das Ergebnis")
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "Das Ergebnis/report/index.html\n", "",
    )  # fmt: skip
    assert index.read_bytes() == made


@needs_models
def test_doctor_and_verify(python: Path, elsewhere: Path) -> None:
    done = embcmp(python, elsewhere, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    failed = {name: check for name, check in checks.items() if check["status"] == "failed"}
    assert (done.returncode, failed) == (0, {})
    assert checks["cache"]["status"] == "warning"
    done = embcmp(python, elsewhere, "models", "verify")
    assert (done.returncode, done.stdout.count("intact  ")) == (0, 4)
