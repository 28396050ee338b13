"""`embcmp evaluate` as its user meets it: every named task on small files of its shape."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scipy import stats

from tests.conftest import SHARED, Run, needs_shared
from tests.evaluation import files
from tests.schemas import schema

SCHEMA = schema("evaluation")
ITEM_METRICS = {"accuracy", "accuracy_by_word", "mean_recall", "macro_f1", "auc"}
PAIR_METRICS = {"spearman", "pearson", "auc", "auc_within_word", "accuracy"}
CHANGES = {f"spearman_{m}" for m in ("prt", "apd", "excess", "jsd")}
GRAPH_METRICS = (
    CHANGES | {f"{m}_compare" for m in CHANGES} | {m.replace("spearman", "auc") for m in CHANGES}
)
METRICS = {"items": ITEM_METRICS, "pairs": PAIR_METRICS, "graphs": GRAPH_METRICS}


@pytest.fixture
def tiny(tiny_vectors: Path, tiny_bert: Path) -> list[str]:
    """Encoders that need no package of models."""
    specs = [f"word2vec:{tiny_vectors}", f"context:{tiny_vectors}", f"bert:{tiny_bert}"]
    return [arg for spec in specs for arg in ("-e", spec)]


@pytest.fixture
def quick(tiny_vectors: Path) -> list[str]:
    return ["-e", f"context:{tiny_vectors},stopwords=keep"]


def finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def scored(run: Run, *args: str) -> Any:  # noqa: ANN401  a JSON value
    done = run("evaluate", *args, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)
    assert finite(document)
    return document


@pytest.mark.parametrize(
    ("task", "make", "more", "n", "kind"),
    [
        ("wic", files.wic, (), 4, "pairs"),
        ("mcl-wic", files.mcl_wic, (), 2, "pairs"),
        ("coarsewsd20", files.coarsewsd20, (), 4, "items"),
        ("wikihomograph", files.wikihomograph, (), 12, "items"),
        ("raw-c", files.raw_c, (), 12, "pairs"),
        ("raw-c", files.raw_c, ("--as", "items"), 8, "items"),
        ("haber-poesio", files.haber_poesio, (), 3, "pairs"),
        ("haber-poesio", files.haber_poesio, ("--as", "items"), 5, "items"),
        ("scws", files.scws, (), 2, "pairs"),
        ("raganato", files.raganato, ("--train", "self"), 4, "items"),
        ("change", files.dwug, (), 12, "graphs"),
        ("change", files.dwug, ("--words", "a-h"), 4, "graphs"),
    ],
)
def test_every_named_task(
    run: Run, tmp_path: Path, tiny: list[str], task: str, make: Callable[[Path], Path],
    more: tuple[str, ...], n: int, kind: str,
) -> None:  # fmt: skip
    path = str(make(tmp_path / "data"))
    document = scored(run, task, path, *(path if arg == "self" else arg for arg in more), *tiny)
    assert (document["task"], document["n"], document["kind"]) == (task, n, kind)
    assert len(document["results"]) == 3
    for result in document["results"]:
        assert set(result["metrics"]) == METRICS[kind]
    assert "context" in [b["name"] for b in document["baselines"]]
    assert document["manifest"]["input"]


def test_items_and_pairs_and_their_layers(run: Run, tmp_path: Path, tiny_bert: Path) -> None:
    bert = f"bert:{tiny_bert}"
    items = files.items_tsv(tmp_path / "items.tsv", [f"word{k}" for k in range(11)])
    document = scored(run, "items", str(items), "-e", f"{bert}@all", "--shots", "2,1")
    names = [r["name"] for r in document["results"]]
    assert names == [f"{bert}@{layer}" for layer in (0, 1, 2, 3, "all")]
    assert "chosen on train" in document["results"][-1]["note"]
    assert [c["shots"] for c in document["results"][0]["curve"]] == [1, 2]
    assert [b["name"] for b in document["baselines"]] == ["most_frequent_sense", "context"]
    assert document["training"] == "5 folds by sentence"

    pairs = files.pairs_tsv(tmp_path / "pairs.tsv", [str(k % 7) for k in range(30)])
    document = scored(run, "pairs", str(pairs), "-e", bert, "-e", f"{bert},pool=first")
    [test] = document["tests"]
    assert test["metric"] == "spearman"
    assert test["p_adjusted"] == test["p"]


def test_train_gives_the_threshold(run: Run, tmp_path: Path, quick: list[str]) -> None:
    train = str(files.wic(tmp_path / "train", "train"))
    dev = str(files.wic(tmp_path / "dev", "dev"))
    document = scored(run, "wic", dev, "--train", train, *quick)
    assert (document["split"], document["training"]) == ("dev", "4 rows of train")
    assert [b["name"] for b in document["baselines"]] == ["most_frequent_label", "context"]
    assert {f["split"] for f in document["published"]} == {"test"}
    assert any("yours for dev" in w for w in document["warnings"])
    assert len(document["noted"]) == 4
    assert document["noted"][0]["reason"].startswith("is also a training row")


def test_coarsewsd20_brings_its_own_train(run: Run, tmp_path: Path, quick: list[str]) -> None:
    document = scored(run, "coarsewsd20", str(files.coarsewsd20(tmp_path)), *quick)
    assert (document["split"], document["training"]) == ("test", "12 rows of train")


def test_the_table(run: Run, tmp_path: Path, tiny: list[str]) -> None:
    path = files.items_tsv(tmp_path / "items.tsv", [f"word{k}" for k in range(8)])
    done = run("evaluate", "items", str(path), *tiny, "--shots", "1,2")
    assert done.returncode == 0
    assert done.stdout.startswith("items: 48 items of 8 words (items.tsv)")
    for shown in ("accuracy by word", "(most frequent sense)", "one vector per type", "adjusted p",
                  "training rows a sense", "cached"):  # fmt: skip
        if shown != "cached":
            assert shown in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 200
    again = run("evaluate", "items", str(path), *tiny)
    assert "cached" in again.stdout


def test_csv_has_a_row_a_metric(run: Run, tmp_path: Path, tiny: list[str]) -> None:
    path = files.items_tsv(tmp_path / "items.tsv")
    done = run("evaluate", "items", str(path), *tiny, "--shots", "1", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == [
        "task", "split", "encoder", "layer", "shots", "metric", "value", "low", "high", "reason",
    ]  # fmt: skip
    names = {row["encoder"] for row in rows}
    assert {"most_frequent_sense", "context"} < names
    assert {row["shots"] for row in rows} == {"", "1"}
    static = [row for row in rows if row["encoder"].startswith("word2vec")]
    assert {(row["value"], row["reason"]) for row in static} == {("", "one vector per type")}


def test_markdown(run: Run, tmp_path: Path, quick: list[str]) -> None:
    path = files.pairs_tsv(tmp_path / "pairs.tsv", ["T", "F"] * 15)
    done = run("evaluate", "pairs", str(path), *quick, "--format", "markdown")
    lines = done.stdout.splitlines()
    header = next(line for line in lines if line.startswith("| encoder"))
    assert header == "| encoder | auc | accuracy | missing | seconds |"
    assert len([line for line in lines if line.startswith("|")]) >= 4
    assert all(line.count("|") == header.count("|") for line in lines if line.startswith("| ("))


def test_rows_that_are_left_out_are_named(run: Run, tmp_path: Path, quick: list[str]) -> None:
    rows = [*files.WIC, ("man", "N", "3-2", "The man is cold .", "Go post man .", "F")]
    path = str(files.wic(tmp_path, rows=rows))
    done = run("evaluate", "wic", path, *quick)
    assert done.returncode == 0
    assert "left out: " in done.stderr
    assert "dev.data.txt:5: offsets 11-15 are on 'cold', not on man" in done.stderr
    assert "rows left out: 1" in done.stdout
    document = scored(run, "wic", path, *quick)
    assert (document["n"], len(document["skipped"])) == (4, 1)
    strict = run("evaluate", "wic", path, *quick, "--strict")
    assert (strict.returncode, strict.stdout) == (3, "")
    assert "dev.data.txt:5" in strict.stderr
    assert run("-q", "evaluate", "wic", path, *quick).stderr == ""


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (("wic", "none"), 3, "none: there is no such file"),
        (("nothing", "none"), 2, "'nothing' is not one of"),
        (("raganato", "none"), 2, "raganato needs --train"),
        (("wic", "none", "--as", "items"), 2, "wic has no items"),
        (("wic", "none", "--shots", "1"), 2, "pairs have no senses"),
        (("items", "none", "--shots", "1,x"), 2, "is not a list of numbers"),
        (("items", "none", "-e", "bret"), 2, "did you mean bert?"),
        (("items", "none", "-o", "no/such/folder.json"), 6, "there is no folder"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, args: tuple[str, ...], status: int, says: str) -> None:
    done = run("evaluate", *args)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_output_file_is_whole(run: Run, tmp_path: Path, quick: list[str]) -> None:
    path = files.items_tsv(tmp_path / "items.tsv")
    out = tmp_path / "out.json"
    done = run("evaluate", "items", str(path), *quick, "--format", "json", "-o", str(out))
    assert (done.returncode, done.stdout) == (0, "")
    jsonschema.validate(json.loads(out.read_text()), SCHEMA)


def test_no_file_that_is_read_is_written(run: Run, tmp_path: Path, quick: list[str]) -> None:
    gold = files.wic(tmp_path) / "dev.gold.txt"
    before = gold.read_bytes()
    done = run("evaluate", "wic", str(tmp_path), *quick, "-o", str(gold))
    assert (done.returncode, done.stdout) == (2, "")
    assert "dev.gold.txt: is an input of this command" in done.stderr
    assert gold.read_bytes() == before


def test_what_can_be_read_once_has_no_digest(tmp_path: Path, run: Run, quick: list[str]) -> None:
    path = files.items_tsv(tmp_path / "items.tsv")
    args = ("evaluate", "items", "/dev/stdin", *quick, "--format", "json")
    document = json.loads(run(*args, stdin=path.read_text()).stdout)
    assert document["n"] == 12
    assert document["manifest"]["input"] == [{"path": "/dev/stdin", "sha256": None}]


def test_the_same_bytes_every_time_but_for_times(run: Run, tmp_path: Path, tiny: list[str]) -> None:
    path = str(files.items_tsv(tmp_path / "items.tsv", [f"word{k}" for k in range(6)]))

    def once(cache: str) -> object:
        done = run("evaluate", "items", path, *tiny, "--format", "json",
                   env={"EMBCMP_CACHE": str(tmp_path / cache)})  # fmt: skip
        document = json.loads(done.stdout)
        for result in document["results"]:
            del result["encode_seconds"], result["cached"]
        del document["manifest"]["peak_memory_bytes"]
        return document

    assert once("a") == once("a") == once("b")


def test_scores_are_scipys(run: Run, tmp_path: Path, tiny_bert: Path) -> None:
    """From the files to the number, by other means."""
    from embcmp import load_encoder
    from embcmp.evaluation.datasets import read
    from embcmp.evaluation.gold_rows import Pair
    from embcmp.measures.similarity import cosine_matrix

    path = files.raw_c(tmp_path, ["man", "post", "word", "day"])
    document = scored(run, "raw-c", str(path), "-e", f"bert:{tiny_bert}")
    pairs = [p for p in read("raw_c:read", path).rows if isinstance(p, Pair)]
    encoder = load_encoder(f"bert:{tiny_bert}")
    cosines = [
        cosine_matrix(encoder.encode([p.first, p.second]).vectors[0])[0, 1].round(5) for p in pairs
    ]
    gold = [p.gold for p in pairs]
    metrics = document["results"][0]["metrics"]
    assert metrics["pearson"]["value"] == pytest.approx(
        stats.pearsonr(cosines, gold).statistic, abs=1e-3
    )


@needs_shared
def test_raw_c_as_measured_elsewhere(run: Run) -> None:
    """Token vectors of MiniLM's layers, measured by another program: .344, .388, .389."""
    document = scored(run, "raw-c", str(SHARED / "rawc"), "-e", "bert@all")
    values = {r["layer"]: r["metrics"]["spearman"]["value"] for r in document["results"]}
    assert values[3] == pytest.approx(0.344, abs=0.02)
    assert values[4] == pytest.approx(0.388, abs=0.02)
    assert values[6] == pytest.approx(0.389, abs=0.02)
    assert document["n"] == 672


def test_own_files_in_other_formats(run: Run, tmp_path: Path, quick: list[str]) -> None:
    rows = files.items_tsv(tmp_path / "items.tsv").read_text(encoding="utf-8").splitlines()
    header = "id;Wort;start;end;label;Satz"
    for name, part in (("a.csv", rows[1:7]), ("b.csv", rows[7:])):
        text = "\n".join([header, *(row.replace("\t", ";") for row in part)])
        (tmp_path / name).write_text(text, encoding="utf-16")
    columns = "--columns", "word=Wort,sense=label,sentence=Satz"
    both = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    done = run("evaluate", "items", *both, *columns, *quick, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    alone = run("evaluate", "items", str(tmp_path / "items.tsv"), *quick, "--format", "json")
    same = [[r["metrics"] for r in d["results"]] for d in (document, json.loads(alone.stdout))]
    assert same[0] == same[1]
    assert [file["path"] for file in document["manifest"]["input"]] == [*both]
    assert document["manifest"]["options"]["columns"]["sense"] == "label"
    assert f"{both[0]}: read as UTF-16" in document["warnings"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("wic", "a", "b"), "wic is read from one file or folder"),
        (("wic", "a", "--encoding", "cp1252"), "leave out --encoding"),
        (("wic", "a", "--columns", "word=w"), "leave out --columns"),
        (("items", "a", "--columns", "wort=w"), "is not NAME=COLUMN"),
        (("pairs", "-"), "pairs cannot come from standard input"),
    ],
)
def test_what_a_task_cannot_read(args: tuple[str, ...], says: str, run: Run) -> None:
    done = run("evaluate", *args)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
