"""`embcmp change` as its user meets it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from embcmp.encoders import CONTEXTUAL_ENCODERS
from tests.commands import Run
from tests.conftest import SHARED, needs_models, needs_shared
from tests.schemas import schema

CONTEXT = ("-e", "context")


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of six documents each, with three uses of *host* in each document."""
    folder = tmp_path_factory.mktemp("change")
    texts = {
        "old": "The host lent guest {} a horse.\nMy host poured wine for {}.\nHost of heaven {}!\n",
        "new": "Connect the host on port {}.\nThe host runs Linux {}.\nPing host {} again.\n",
    }
    for name, text in texts.items():
        (folder / name).mkdir()
        for number in range(6):
            (folder / name / f"{number}.txt").write_text(text.format(*[number] * 3))
    return folder


@needs_models
def test_two_folders(run: Run, corpora: Path) -> None:
    args = ("change", "host", "--group", "old=old/*.txt", "--group", "new=new", *CONTEXT)
    done = run(*args, cwd=corpora, env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "host: old 18 uses, new 18 uses in 12 files"
    assert lines[2].startswith("host is used differently in old and in new, by context alone (prt")
    assert "No documents" not in done.stdout
    assert len(lines) < 40
    answer = json.loads(run(*args, "--format", "json", cwd=corpora).stdout)
    jsonschema.validate(answer, schema("change"))
    [word] = answer["changes"]
    # 12 documents in two groups of six: 924 ways, of which two are the one that is seen
    assert word["results"][0]["metrics"]["prt"]["p"] == pytest.approx(2 / 924)
    assert {o["unit"] for o in word["occurrences"]} == {None}
    assert answer["manifest"]["options"]["groups"] == {"old": ["old/*.txt"], "new": ["new"]}
    assert len(answer["manifest"]["input"]) == 12


@needs_models
def test_files_of_one_group_and_a_word_may_be_named_twice(run: Run, corpora: Path) -> None:
    args = ("--group", "new=new", *CONTEXT, "--format", "json")
    split = ("--group", "old=old/[0-2].txt", "--group", "old=old/[3-5].txt")
    twice = run("change", "host", "host", *split, *args, cwd=corpora)
    answer = json.loads(twice.stdout)
    [word] = answer["changes"]
    assert answer["manifest"]["options"]["groups"]["old"] == ["old/[0-2].txt", "old/[3-5].txt"]
    once = json.loads(run("change", "host", "--group", "old=old", *args, cwd=corpora).stdout)
    assert word["results"][0]["metrics"] == once["changes"][0]["results"][0]["metrics"]
    assert answer["groups"] == [{"name": "old", "uses": 18}, {"name": "new", "uses": 18}]


@needs_models
def test_control_words_of_the_same_texts(run: Run, corpora: Path, tmp_path: Path) -> None:
    for name in ("old", "new"):
        files = sorted((corpora / name).iterdir())
        lines = "".join(file.read_text(encoding="utf-8") for file in files)
        others = "".join(f"The garden has a wall {n}.\n" for n in range(9))
        (tmp_path / f"{name}.txt").write_text(lines + others, encoding="utf-8")
    groups = ("--group", "old=old.txt", "--group", "new=new.txt")
    args = ("change", "host", *groups, *CONTEXT)
    done = run(*args, "--control-words", "50", "--format", "json", cwd=tmp_path)
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema("change"))
    [word] = answer["changes"]
    assert word["no_controls"] is None
    assert word["controls"]["words"] == ["garden", "wall"]
    assert word["controls"]["values"] == {"context": pytest.approx([0, 0], abs=0.02)}
    assert word["controls"]["percentile"] == {"context": 100}
    plain = json.loads(run(*args, "--format", "json", cwd=tmp_path).stdout)["changes"][0]
    assert (plain["controls"], plain["no_controls"]) == (None, "control words were not asked for")


@needs_models
@needs_shared
def test_a_word_usage_graph_has_no_control_words(run: Run) -> None:
    path = SHARED / "dwug_en" / "data" / "chef_nn" / "uses.csv"
    args = ("change", "-s", str(path), *CONTEXT, "--control-words", "50", "--format", "json")
    [word] = json.loads(run(*args).stdout)["changes"]
    assert word["controls"] is None
    assert word["no_controls"] == "no other word has five uses of each group in running text"


@needs_models
def test_a_table_with_years_and_books(run: Run, tmp_path: Path) -> None:
    rows = [
        f"{'My host poured' if year < 1850 else 'Connect the host'} {i}.\t{year}\t{year}.{i % 6}"
        for year in (1810, 1890, 1950)
        for i in range(12)
    ]
    table = tmp_path / "uses.tsv"
    table.write_text("sentence\tyear\tbook\n" + "\n".join(rows) + "\n")
    done = run(
        "change", "host", "-s", str(table), "--columns", "group=year,unit=book", "--bins",
        "1800,1850,1900", *CONTEXT, "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["groups"] == [
        {"name": "1800-1849", "uses": 12},
        {"name": "1850-1899", "uses": 12},
    ]
    three = run(
        "change", "host", "-s", str(table), "--columns", "group=year,unit=book", *CONTEXT,
        "--format", "csv",
    )  # fmt: skip
    measured = {row["metric"]: row for row in csv.DictReader(io.StringIO(three.stdout))}
    assert float(measured["prt"]["p"]) < 0.05


@needs_models
@needs_shared
def test_all_words_of_a_word_usage_graph(run: Run) -> None:
    data = SHARED / "dwug_en" / "data"
    paths = [
        part for word in ("plane_nn", "chef_nn") for part in ("-s", str(data / word / "uses.csv"))
    ]
    done = run("change", *paths, *CONTEXT, env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert done.stdout.startswith("2 words in 1, 2\n")
    said = " ".join(done.stdout.split())
    assert "2 of 2 tested words are shown to be used differently in group 1 and in group 2" in said


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("host",), 2, "give either --sentences, with a column `group`, or --group NAME=FILES"),
        (("host", "-s", "old", "--group", "new=new"), 2, "give either --sentences"),
        (("host", "--group", "old=old"), 3, "there is only one group of uses; give two"),
        (("host", "-s", "old"), 3, "old: there is no group of uses; give two"),
        (("zebra", "--group", "old=old", "--group", "new=new"), 3, "'zebra' does not occur"),
        (("--group", "old=old", "--group", "new=new"), 2, "name a word; the rows name none"),
        (("host", "--group", "old"), 2, "'old' is not NAME=FILES, for example old='old/*.txt'"),
        (("host", "-s", "old", "--bins", "1800-1850"), 2, "is not a list of years"),
        (("host", "--group", "old=nowhere", "--group", "new=new"), 3, "nowhere"),
        (("host", "--group", "old=old", "--group", "new=new", "-o", "old/1.txt"), 2, "is an input"),
    ],
)
def test_bad_input(run: Run, corpora: Path, args: tuple[str, ...], status: int, said: str) -> None:
    done = run("change", *args, *CONTEXT, cwd=corpora)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_help_names_the_encoders_that_are_taken(run: Run) -> None:
    for command in ("change", "senses"):
        text = " ".join(run(command, "--help").stdout.split())
        assert f"[default: {', '.join(CONTEXTUAL_ENCODERS)}]" in text
