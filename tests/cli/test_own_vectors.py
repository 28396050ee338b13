"""`vectors:FILE` and `--save-vectors DIR` in every command: what is saved comes back the same."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from embcmp.questions.compare.saved_vectors import file_name
from tests.commands import Done, Run

SENTENCES = {
    "greeting": ("Man, is it cold today?", "Oh man, it is cold.", "Man, a cold post!"),
    "person": ("He is a man of few words.", "The man is cold.", "A man of words he is."),
    "verb": ("Go man the post!", "He is to man the post.", "Man the post today, go!"),
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Eighteen uses of *man* with ids, in two groups."""
    rows = ["id\tsentence\tsense\tgroup\tword"]
    for sense, sentences in SENTENCES.items():
        for i, sentence in enumerate([*sentences, *(f"{s} Go." for s in sentences)]):
            rows.append(f"{sense}-{i}\t{sentence}\t{sense}\t{'new' if i > 2 else 'old'}\tman")
    path = tmp_path / "uses.tsv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def saved(run: Run, tmp_path: Path, table: Path, tiny_bert: Path, tiny_vectors: Path) -> Path:
    """What a comparison of two encoders saves, and its JSON."""
    done = run(
        *("compare", "man", "-s", table.name, "-e", f"bert:{tiny_bert}@all"),
        *("-e", f"context:{tiny_vectors}", "--save-vectors", "saved/here", "--format", "json"),
        *("-o", "run.json"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    return tmp_path / "saved" / "here"


def specs(folder: Path, of: str = "") -> list[str]:
    """The option -e for each file, relative to the folder two levels up."""
    files = sorted(folder.glob(f"{of}*.parquet"))
    return [x for file in files for x in ("-e", f"vectors:saved/here/{file.name}")]


def results(done: Done) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["results"]


def rewritten(path: Path, name: str, ids: Sequence[str], vectors: object) -> None:
    rows = ({"id": i, "vector": list(v)} for i, v in zip(ids, vectors, strict=True))
    (path.parent / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_each_encoder_and_layer_has_a_file_and_nothing_else(saved: Path) -> None:
    names = [file.name.partition("-")[0] for file in sorted(saved.iterdir())]
    assert len(names) == 5
    assert [name.partition("_")[0] for name in names] == ["bert"] * 4 + ["context"]
    for file in saved.iterdir():
        read = pq.read_table(file)
        assert read.column_names == ["id", "vector"]
        assert len(read) == 18
        about = json.loads(read.schema.metadata[b"embcmp"])
        assert about["word"] == "man"
        assert about["encoder"].startswith(("bert:", "context:"))


@pytest.mark.parametrize("name", ["bert:" + "人" * 200, "context:" + "é" * 99, "bert:a/b@3"])
def test_every_system_takes_the_name_of_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{file_name(name)}.parquet"
    file.touch()
    assert len(file.name.encode()) < 150
    assert file_name(name) != file_name(name + "+")


def test_saved_vectors_give_the_same_similarities(run: Run, tmp_path: Path, saved: Path) -> None:
    before = json.loads((tmp_path / "run.json").read_text())["results"]
    by_name = {
        json.loads(pq.read_schema(file).metadata[b"embcmp"])["encoder"]: file
        for file in saved.iterdir()
    }
    given = [x for r in before for x in ("-e", f"vectors:{by_name[r['name']]}")]
    now = results(run("compare", "man", "-s", "uses.tsv", *given, "--format", "json", cwd=tmp_path))
    assert len(now) == len(before) == 5
    for a, b in zip(before, now, strict=True):
        x, y = (np.array(r["similarity"], dtype=float) for r in (a, b))
        assert np.abs(x - y).max() < 1e-6
        assert a["metrics"]["auc_macro"]["value"] == b["metrics"]["auc_macro"]["value"]
        assert a["metrics"]["probe"] == b["metrics"]["probe"]


def test_saved_vectors_of_other_sentences_are_refused(
    run: Run, tmp_path: Path, saved: Path
) -> None:
    rows = (tmp_path / "uses.tsv").read_text(encoding="utf-8").splitlines()
    ids = [row.split("\t")[0] for row in rows[1:]]
    others = [f"{id}\tEvery {id} needs a man." for id in ids]
    (tmp_path / "other.tsv").write_text("\n".join(["id\tsentence", *others]), encoding="utf-8")
    file = next(saved.glob("context*.parquet"))
    done = run("compare", "man", "-s", "other.tsv", "-e", f"vectors:{file}", cwd=tmp_path)
    assert done.returncode == 4
    assert f"{file}: the vector with the id {ids[0]!r} was saved from another use" in done.stderr
    assert "other.tsv:2" in done.stderr


@pytest.mark.parametrize("correct", ["center", "zscore", "abtt"])
def test_corrected_vectors_are_saved_corrected(
    run: Run, tmp_path: Path, table: Path, tiny_bert: Path, correct: str
) -> None:
    arguments = ["compare", "man", "-s", table.name, "--format", "json"]
    more = ["-e", f"bert:{tiny_bert}", "--correct", correct, "--save-vectors", "v"]
    [before] = results(run(*arguments, *more, cwd=tmp_path))
    [file] = (tmp_path / "v").iterdir()
    [now] = results(run(*arguments, "-e", f"vectors:v/{file.name}", cwd=tmp_path))
    x, y = (np.array(r["similarity"], dtype=float) for r in (before, now))
    assert np.abs(x - y).max() <= 1e-6 + 1e-12  # the last of the six decimals that are written


def test_a_use_without_a_vector_has_no_row(run: Run, tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("man 1 2\n")
    (tmp_path / "uses.txt").write_text("A man.\nMen and man\nmen\n")
    command = ["compare", "man", "--match", "inflections", "-s", "uses.txt"]
    done = run(*command, "-e", "word2vec:few.txt", "--save-vectors", "v", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [file] = (tmp_path / "v").iterdir()
    assert pq.read_table(file).column("id").to_pylist() == ["1", "3"]
    done = run(*command, "-e", f"vectors:v/{file.name}", cwd=tmp_path)
    assert "2 of 4 uses have no vector (its id '2' is not among the ids of 'man' in" in done.stderr


def test_other_files_stay_and_the_same_name_is_replaced(
    run: Run, tmp_path: Path, table: Path, tiny_vectors: Path
) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    (folder / "mine.npy").write_bytes(b"mine")
    for _ in range(2):
        command = ["compare", "man", "-s", table.name, "-e", f"context:{tiny_vectors}"]
        assert run(*command, "--save-vectors", "v", cwd=tmp_path).returncode == 0
    assert (folder / "mine.npy").read_bytes() == b"mine"
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    run: Run, tmp_path: Path, table: Path
) -> None:
    (tmp_path / "file").write_text("")
    for name, says in (
        ("file", "is no folder"),
        ("file/below", "cannot be written"),
        ("x" * 300, "cannot be made: File name too long"),
        (os.fsdecode(b"o\xff"), "its name is not UTF-8"),
    ):
        command = ["compare", "man", "-s", table.name, "-e", "bert:nowhere", "--save-vectors", name]
        done = run(*command, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (6, ""), done.stderr
        shown = name.replace("\udcff", "\ufffd")
        assert done.stderr.startswith(f"embcmp: {shown}: {says}")


def test_what_there_is_not_is_said(run: Run, tmp_path: Path, saved: Path) -> None:
    [*_, spec] = specs(saved, "context")
    command = ["compare", "man", "-s", "uses.tsv", "-e", spec, "--controls", "--correct", "center"]
    done = run(*command, "--format", "json", cwd=tmp_path)
    [result] = results(done)
    assert result["metrics"]["baseline"]["value"] is None
    assert result["metrics"]["baseline"]["undefined"] == (
        "the file has no vectors of the background sentences"
    )
    assert result["metrics"]["probe"]["undefined"] != "not measured for controls"
    assert f"{spec}: is not corrected (center), since the file has no vectors" in done.stderr
    assert f"{spec}: has no untrained network among the controls" in done.stderr
    names = [r["name"] for r in json.loads(done.stdout)["controls"]]
    assert {"form", "position", f"labels({spec})"} <= set(names)


def test_uses_are_grouped_and_assigned(run: Run, tmp_path: Path, saved: Path) -> None:
    given = specs(saved, "context")
    command = ["senses", "man", "-s", "uses.tsv", *given, "--format", "json"]
    [result] = results(run(*command, cwd=tmp_path))
    assert result["k"] >= 2
    lines = (tmp_path / "uses.tsv").read_text().splitlines()
    (tmp_path / "known.tsv").write_text("\n".join(lines) + "\n")
    [result] = results(run(*command, "--known", "known.tsv", cwd=tmp_path))
    assert len(result["groups"]) == 3


def test_ids_that_two_files_share_are_refused(run: Run, tmp_path: Path, saved: Path) -> None:
    header, *rows = (tmp_path / "uses.tsv").read_text().splitlines()
    shifted = [row.replace(" cold", " hot") for row in rows]  # the ids of other sentences
    (tmp_path / "known.tsv").write_text("\n".join([header, *shifted]) + "\n")
    command = ["senses", "man", "-s", "uses.tsv", *specs(saved, "context"), "--known", "known.tsv"]
    done = run(*command, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert "' is that of two uses: 'man' (uses.tsv:4) and 'man' (known.tsv:4)" in done.stderr


def test_a_change_is_measured(run: Run, tmp_path: Path, saved: Path) -> None:
    command = ["change", "man", "-s", "uses.tsv", *specs(saved), "--format", "json"]
    done = run(*command, "--control-words", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [change] = json.loads(done.stdout)["changes"]
    assert len(change["results"]) == 5
    assert all(r["metrics"]["apd"]["value"] is not None for r in change["results"])


def test_a_gold_standard_is_scored(run: Run, tmp_path: Path, saved: Path, tiny_bert: Path) -> None:
    given = specs(saved, "bert")[-2:]
    command = ["evaluate", "items", "uses.tsv", "--format", "json"]
    own = results(run(*command, *given, cwd=tmp_path))[0]
    bert = results(run(*command, "-e", f"bert:{tiny_bert}", cwd=tmp_path))[0]
    assert own["metrics"]["accuracy"]["value"] == bert["metrics"]["accuracy"]["value"]
    assert own["metrics"]["auc"]["value"] == bert["metrics"]["auc"]["value"]


def test_pairs_at_one_place_need_one_vector(run: Run, tmp_path: Path) -> None:
    rows = ["id\tword\tsentence1\tsentence2\tgold"]
    rows += [f"{i}\tman\tThe man.\tA man {i}.\t{i}" for i in range(1, 9)]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    ids = [f"{i}.{side}" for i in range(1, 9) for side in (1, 2)]
    rng = np.random.default_rng(0)
    vectors = [[1, 0] if id.endswith(".1") else rng.standard_normal(2).tolist() for id in ids]
    rewritten(tmp_path / "x", "own.jsonl", ids, vectors)
    command = ["evaluate", "pairs", "pairs.tsv", "-e", "vectors:own.jsonl", "--format", "json"]
    [result] = results(run(*command, cwd=tmp_path))
    cosines = [v[0] / np.hypot(*v) for v in vectors[1::2]]
    ranks = np.argsort(np.argsort(cosines))
    expected = np.corrcoef(ranks, np.arange(8))[0, 1]
    assert result["metrics"]["spearman"]["value"] == pytest.approx(expected, abs=1e-6)
    vectors[2] = [0, 1]  # the same place as 1.1
    rewritten(tmp_path / "x", "own.jsonl", ids, vectors)
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 4
    assert "the vectors of '1.1' and '2.1' differ, but they are the same word in" in done.stderr


def test_expectations_are_checked(run: Run, tmp_path: Path, saved: Path, tiny_bert: Path) -> None:
    [_, spec] = specs(saved, "context")
    (tmp_path / "check").mkdir()
    (tmp_path / "check" / "e.toml").write_text(
        "[[expect]]\nword = 'man'\nsentences = '../uses.tsv'\n"
        f"encoder = 'vectors:../{spec.removeprefix('vectors:')}'\nmetric = 'auc_macro'\nmin = 0\n"
    )
    done = run("check", "check/e.toml", cwd=tmp_path)
    assert done.returncode == 0, (done.stdout, done.stderr)
    done = run("compare", "man", "-s", "uses.tsv", "-e", spec, "--format", "json", cwd=tmp_path)
    (tmp_path / "own.json").write_text(done.stdout)
    assert run("verify", "own.json", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("command", ["neighbors man -s uses.tsv", "reach man -s uses.tsv"])
def test_commands_that_encode_other_text_refuse(
    run: Run, tmp_path: Path, saved: Path, command: str
) -> None:
    given = specs(saved, "context")
    done = run(*command.split(), *given, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert f"-e {given[1]}: has vectors of the uses in its file alone, and" in line
    done = run("trace", "He is a man.", "-e", given[1], cwd=tmp_path)
    assert done.returncode == 2
    assert "vectors has no gates" in done.stderr


def test_a_file_of_other_ids_ends_with_one_line(run: Run, tmp_path: Path, table: Path) -> None:
    rewritten(tmp_path / "x", "own.jsonl", ["1", "2"], [[1, 0], [0, 1]])
    done = run("compare", "man", "-s", table.name, "-e", "vectors:own.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("embcmp: own.jsonl: has no vector for any of the 18 uses of 'man'")
    done = run("compare", "man", "-s", table.name, "-e", "vectors:", cwd=tmp_path)
    assert done.returncode == 2
