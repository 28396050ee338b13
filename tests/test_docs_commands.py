"""Every command of the documentation is run, in the order it stands on its page, but for a few.

NOT_RUN lists those few with the reason. A line with a placeholder (FILE, DIR, [SPEC]...) shows the
form of a command and is not run.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import subprocess
import tomllib
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands import ROOT, Run
from tests.conftest import needs_models
from tests.test_docs import PAGES, TEXTS, commands

NOT_RUN = {
    r"^models fetch |glove-wiki-gigaword|google-bert/": "fetches a model from the network",
    r"GoogleNews|crawl\.zip": "reads a file of gigabytes",
    r"^evaluate .* data/": "reads data that each user gets; test_docs_evaluation.py runs some",
    r"\.\./shared/": "computes for minutes on the data beside the project",
    r"own\.safetensors": "trains for minutes; encoders.md trains a small one",
}
BATCH = (ROOT / "docs" / "guide" / "batch.md").read_text(encoding="utf-8")
# "```csv park.csv" is a file that a page asks to save
BLOCK = re.compile(r"^```\w+ ([\w-]+\.\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
JOBS = re.findall(r"^```toml\n(.*?)^```", BATCH, re.MULTILINE | re.DOTALL)


def runs(page: Path) -> list[str]:
    """The lines of a page that are run: first other programs in consoles, then embcmp's commands.

    A command that is on several pages is run for the first of them.
    """
    others = re.findall(r"^\$ (?!embcmp)(.+)$", TEXTS[page], re.MULTILINE)
    earlier = {c for other in PAGES[: PAGES.index(page)] for c in commands(TEXTS[other])}
    new = [c for c in commands(TEXTS[page]) if c not in earlier and not excuse(c)]
    return [*others, *(f"embcmp {command}" for command in new)]


def excuse(command: str) -> str | None:
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, command)), None)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path, tiny_bert: Path) -> Path:
    """A user's folder: their own models and sentences beside the fixtures."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT / "fixtures", folder / "fixtures")
    shutil.copytree(tiny_bert, folder / "my-bert")
    shutil.copy(tiny_vectors, folder / "my-vectors.txt")
    uses = [("the post is at the bank", "money"), ("he is cold at the bank", "river")] * 2
    rows = [json.dumps({"sentence": s, "sense": n}) for s, n in uses]
    (folder / "bank.jsonl").write_text("\n".join(rows))
    table = ["sentence\tsense", *(f"{s}\t{n}" for s, n in uses)]
    (folder / "bank.tsv").write_text("\n".join(table) + "\n")
    sentences = [f"the man of few words is {k} today, go post it {k % 7}" for k in range(300)]
    (folder / "my-corpus.txt").write_text("\n".join(sentences) + "\n")
    (folder / "texts").mkdir()
    (folder / "texts" / "a.txt").write_text("A seal ate a hot dog.\nThe seal is cold.\n")
    (folder / "labeled.jsonl").write_text("\n".join(rows))
    (folder / "job.toml").write_text(JOBS[0])
    for name, text in BLOCK.findall("\n".join(TEXTS.values())):
        (folder / name).write_text(text)
    with chdir(folder):
        runpy.run_path("own_vectors.py")
    return folder


README = PAGES[0]
OTHERS = [page for page in PAGES[1:] if runs(page)]  # together they take minutes


def works(run: Run, command: str, place: Path) -> None:
    name, _, rest = command.partition(" ")
    if name != "embcmp":
        subprocess.run(command, shell=True, check=True, cwd=place)
        return
    done = run(*shlex.split(rest), cwd=place)
    assert done.returncode == 0, (command, done.stderr)
    assert done.stdout or "-o" in shlex.split(rest), command


@needs_models
@pytest.mark.slow
@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
def test_every_command_runs_in_the_order_it_stands(run: Run, place: Path, page: Path) -> None:
    for command in runs(page):
        works(run, command, place)


@needs_models
@pytest.mark.parametrize("command", [c for c in runs(README) if c.startswith("embcmp ")])
def test_each_command_of_the_readme_runs(run: Run, place: Path, command: str) -> None:
    for line in runs(README):
        if not line.startswith("embcmp "):
            works(run, line, place)
    works(run, command, place)


def test_every_pattern_of_commands_not_run_matches_one() -> None:
    every = [command for page in PAGES for command in commands(TEXTS[page])]
    assert len(every) > 50
    for pattern in NOT_RUN:
        assert any(re.search(pattern, command) for command in every), pattern
    assert sum(not excuse(command) for command in every) > 35


@needs_models
def test_the_other_jobs_of_the_page_run(run: Run, place: Path) -> None:
    _, of_files, of_groups = JOBS
    assert "[corpus]" not in tomllib.loads(of_files)
    for year in (1850, 1950, 2020):
        lines = [f"The {word} of {year} is cold.\n" for word in ("bank", "hot dog", "seal")]
        (place / "texts" / f"{year}.txt").write_text("".join(lines))
    jobs = ['encoders = ["context"]\n' + of_files, re.sub(", .lstm.*]", "]", of_groups, count=1)]
    for number, job in enumerate(jobs):
        (place / "other.toml").write_text(job)
        done = run("batch", "other.toml", "--out", f"other-{number}", cwd=place)
        assert done.returncode == 0, done.stderr


def test_every_benchmark_in_the_docs_exists() -> None:
    """What `python -m` names can be found; what it measures takes minutes and is not run."""
    modules = set(re.findall(r"^ {4}python -m ([\w.]+)", "\n".join(TEXTS.values()), re.MULTILINE))
    assert len(modules) > 8
    for module in modules:
        assert find_spec(module), module
    for script in re.findall(r"^ {4}python ([\w/]+\.py)", "\n".join(TEXTS.values()), re.MULTILINE):
        assert (ROOT / script).is_file(), script


def test_the_extras_that_are_installed_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = "\n".join(TEXTS.values())
    named = set(re.findall(r"\[(\w+)\][\"']", text) + re.findall(r"\bextra `(\w+)`", text))
    assert named == {"models", "notebook", "scale"}
    assert named <= project["optional-dependencies"].keys()


@needs_models
def test_the_expectations_of_the_page_hold(run: Run, place: Path) -> None:
    page = (ROOT / "docs" / "guide" / "ci.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (place / "fixtures" / "ci" / "shown.toml").write_text(shown)
    done = run("check", "fixtures/ci/shown.toml", cwd=place)
    assert done.returncode == 0, (done.stdout, done.stderr)
