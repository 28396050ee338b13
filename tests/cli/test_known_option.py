"""`embcmp senses --known`, as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tests.conftest import Run
from tests.schemas import schema

TOPICS = {"river": (4.0, 0.0, 0.0), "money": (0.0, 4.0, 0.0), "blood": (0.0, 0.0, 4.0)}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Labeled uses in `known.tsv`, others in `new.tsv`, and vectors of the words in both."""
    rng = np.random.default_rng(0)
    vectors = dict(TOPICS)

    def sentence(id: str, topic: str) -> str:
        vectors[id] = tuple(rng.standard_normal(3) / 3)
        return f"The bank {id} of {topic}."

    known = [f"k{i}\t{t}\t{sentence(f'k{i}', t)}" for i, t in enumerate(["river", "money"] * 20)]
    (tmp_path / "known.tsv").write_text("\n".join(["id\tsense\tsentence", *known]) + "\n")
    topics = ["river"] * 4 + ["money"] * 3 + ["blood"] * 3
    new = [f"n{i}\t{sentence(f'n{i}', t)}" for i, t in enumerate(topics)]
    (tmp_path / "new.tsv").write_text("\n".join(["id\tsentence", *new]) + "\n")
    lines = [f"{word} {' '.join(f'{x:.4f}' for x in row)}\n" for word, row in vectors.items()]
    (tmp_path / "v.txt").write_text("".join(lines))
    return tmp_path


ARGS = ("senses", "bank", "-s", "new.tsv", "-e", "context:v.txt")


def test_new_uses_get_known_senses_and_go_round(run: Run, files: Path) -> None:
    """The labeled uses that come out can be compared, and be known in turn."""
    done = run(*ARGS, "--known", "known.tsv", cwd=files)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 10 uses are like no known sense (up to 5 % of " in done.stdout
    table = run(*ARGS, "--known", "known.tsv", "--format", "tsv", "-o", "out.tsv", cwd=files)
    assert (table.returncode, table.stdout) == (0, "")
    rows = [line.split("\t") for line in (files / "out.tsv").read_text().splitlines()]
    senses = [row[rows[0].index("sense")] for row in rows[1:]]
    assert senses == ["river"] * 4 + ["money"] * 3 + [""] * 3
    compared = run("compare", "bank", "-s", "out.tsv", "-e", "context:v.txt", cwd=files)
    assert compared.returncode == 0
    again = run(*ARGS, "--known", "out.tsv", cwd=files)
    assert again.returncode == 0
    assert "No verdict: the labels were made from vectors (senses:context:v.txt)" in again.stdout
    checked = run(*ARGS, "--known", "out.tsv", "--checked", cwd=files)
    assert "No verdict" not in checked.stdout
    assert "7 uses to assign are among the known uses" in again.stderr


def test_json_names_the_file(run: Run, files: Path) -> None:
    done = run(*ARGS, "--known", "known.tsv", "--format", "json", cwd=files)
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("senses"))
    assert answer["manifest"]["options"]["known"]["path"] == "known.tsv"
    assert answer["results"][0]["known"]["uses"] == 40


def test_the_known_uses_may_be_standard_input(run: Run, files: Path) -> None:
    table = (files / "known.tsv").read_text()
    args = (*ARGS, "--known", "-", "--input-format", "tsv")
    assert run(*args, stdin=table, cwd=files).returncode == 0


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (("--known", "known.tsv", "--k", "2"), 2, "leave out k and the names of groups"),
        (("--known", "known.tsv", "--name", "1=x"), 2, "leave out k and the names of groups"),
        (("--known", "-", "-s", "-"), 2, "standard input cannot be both"),
        (("--known", "absent.tsv"), 3, "absent.tsv: there is no such file"),
        (("--known", "new.tsv"), 3, "no known use has a sense; label them in a column `sense`"),
        (("--known", "other.txt"), 3, "'bank' does not occur"),
        (("--known", "one.tsv"), 3, "two known senses are needed"),
        (("--known", "known.tsv", "-o", "known.tsv"), 2, "known.tsv"),
    ],
)
def test_errors_are_of_one_line(
    run: Run, files: Path, args: tuple[str, ...], status: int, message: str
) -> None:
    (files / "other.txt").write_text("Nothing of the kind.\n")
    (files / "one.tsv").write_text("sense\tsentence\na\tA bank.\na\tThe bank.\n")
    before = (files / "known.tsv").read_text()
    done = run(*ARGS, *args, cwd=files)
    assert done.returncode == status
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (files / "known.tsv").read_text() == before
