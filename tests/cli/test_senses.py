"""`embcmp senses` as its user meets it, and what the other commands make of its labels."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from tests.commands import Run
from tests.conftest import ROOT, needs_models
from tests.schemas import schema

MAN = str(ROOT / "fixtures" / "man.tsv")
LSTM = ("-e", "lstm")


@pytest.fixture(scope="module")
def unlabeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 36 sentences of *man* without their labels, one a line."""
    with Path(MAN).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    path = tmp_path_factory.mktemp("senses") / "man.txt"
    path.write_text("\n".join(row["sentence"] for row in rows) + "\n", encoding="utf-8")
    return path


@needs_models
def test_round_trip(run: Run, unlabeled: Path, tmp_path: Path) -> None:
    """Group, export, compare, assign new uses, and run a batch."""
    table = tmp_path / "man.tsv"
    done = run("senses", "man", "-s", str(unlabeled), *LSTM, "--format", "tsv", "-o", str(table))
    assert (done.returncode, done.stdout) == (0, "")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [row["sentence"] for row in rows] == unlabeled.read_text(encoding="utf-8").splitlines()
    assert {row["sense_source"] for row in rows} == {"senses:lstm"}
    assert {row["sense"] for row in rows} == {"1", "2", "3"}
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)

    compared = run("compare", "man", "-s", str(table), *LSTM, "-e", "context", "--format", "json")
    comparison = json.loads(compared.stdout)
    assert [o["sense"] for o in comparison["occurrences"]] == [row["sense"] for row in rows]
    assert comparison["tests"] == comparison["claims"] == []
    assert comparison["results"][0]["metrics"]["auc_macro"]["value"] > 0.9
    assert comparison["results"][0]["metrics"]["auc_macro"]["ci95"] is None
    assert comparison["verdict"][0].startswith("No verdict: the labels were made from vectors")

    checked = run(
        "compare", "man", "-s", str(table), *LSTM, "-e", "context", "--checked", "--format", "json"
    )
    comparison = json.loads(checked.stdout)
    assert comparison["tests"]
    assert comparison["manifest"]["options"]["checked"] is True

    new = tmp_path / "new.txt"
    new.write_text("Man, what a day!\nThey man the pumps.\nThe man sat down.\n")
    args = ("senses", "man", "-s", str(new), "--known", str(table), *LSTM, "--format", "json")
    assigned = json.loads(run(*args).stdout)
    [of_lstm] = assigned["results"]
    sense = {row["sentence"]: row["sense"] for row in rows}["Man, what a goal!"]
    names = {group["group"]: group["name"] for group in of_lstm["groups"]}
    assert names[of_lstm["assigned"]["1"]["group"]] == sense
    assert len({place["group"] for place in of_lstm["assigned"].values()}) == 3
    assert assigned["verdict"][0].startswith("No verdict: the labels were made from vectors")

    job = tmp_path / "job.toml"
    job.write_text('encoders = ["lstm"]\n[[word]]\nword = "man"\nsentences = "man.tsv"\n')
    batch = run("batch", str(job), "--out", str(tmp_path / "out"))
    assert batch.returncode == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["words"][0]["circular"]
    assert "No verdict: the labels were made from vectors (senses:lstm)" in batch.stderr

    screen = run("senses", "man", "-s", str(table), *LSTM).stdout
    assert "The LSTM makes three groups" in " ".join(screen.split())

    again = run("senses", "man", "-s", str(table), *LSTM, "--format", "csv")
    header, *_ = csv.reader(io.StringIO(again.stdout))
    assert header[-3:] == ["sense", "confidence", "sense_source"]


@needs_models
def test_the_answer_comes_first_and_json_has_the_contract(run: Run, unlabeled: Path) -> None:
    done = run("senses", "man", "-s", str(unlabeled), env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("man: 36 uses in ")
    assert "More than one sense in 36 uses (p = " in done.stdout
    assert len(lines) < 40
    assert max(map(len, lines)) <= 80
    answer = json.loads(run("senses", "man", "-s", str(unlabeled), "--format", "json").stdout)
    jsonschema.validate(answer, schema("senses"))
    assert [r["name"] for r in answer["results"]] == ["context", "lstm", "bert@6"]
    assert all(r["evidence"]["measured"] for r in answer["results"])
    assert answer["evidence"]["p"] < 0.05
    assert answer["manifest"]["options"]["k"] is None


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("--k", "37"), 2, "k is 37; take 2 to 36, the number of sentences"),
        (("--k", "1"), 2, "'--k': 1 is not in the range"),
        (("--name", "river"), 2, "'river' is not NUMBER=NAME, for example 1=river"),
        (("--name", "1=a", "--name", "1=b"), 2, "group 1 has two names"),
        (("--name", "0=river"), 2, "'0=river' is not NUMBER=NAME"),
        (("-e", "nothing"), 2, "nothing"),
    ],
)
def test_wrong_usage(run: Run, args: tuple[str, ...], status: int, said: str) -> None:
    done = run("senses", "man", "-s", MAN, *args)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["tsv", "csv", "json"])
def test_a_table_without_any_group_comes_with_a_warning(
    run: Run, man_file: Path, tiny_vectors: Path, form: str
) -> None:
    args = ("-s", str(man_file), "-e", f"context:{tiny_vectors}", "--format", form)
    done = run("senses", "man", *args)
    said = "warning: no use has a group: 3 different uses are too few, 10 are needed"
    assert done.returncode == 0
    assert (said in done.stderr) is (form != "json")


def test_no_use_is_an_input_error(run: Run, unlabeled: Path) -> None:
    done = run("senses", "zebra", "-s", str(unlabeled))
    assert done.returncode == 3
    assert "'zebra' does not occur in the 36 sentences" in done.stderr


def test_an_input_is_not_overwritten(run: Run, unlabeled: Path) -> None:
    done = run("senses", "man", "-s", str(unlabeled), "--format", "tsv", "-o", str(unlabeled))
    assert done.returncode == 2
    assert "is an input of this command" in done.stderr
