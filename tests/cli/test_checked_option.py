"""`--checked`: labels that were made from vectors count once a person has checked them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.batch.jobs import write_job
from tests.commands import Run
from tests.schemas import schema

REASON = "the labels were made from vectors (senses:bert), so a test with them would argue in a"
WORDS = ("man", "dog", "cat", "sun", "sea", "air", "ice")
ROWS = [
    *(("noun", f"He is a man of {x} words") for x in ("few", "cold", "post", "today", "a few")),
    *(("verb", f"Go man the {x} today") for x in ("post", "cold post", "few", "words", "it")),
]


def table(path: Path, source: str = "senses:bert", column: str = "sense_source") -> Path:
    """Labeled uses of seven words, enough for intervals over words, in sentences of their own."""
    lines = [f"word\tsense\tsentence\t{column}"]
    for n, word in enumerate(WORDS):
        for k, (sense, text) in enumerate(ROWS):
            words = f"{text} {'it few cold'.split()[(n + k) % 3]}"
            lines.append(f"{word}\t{sense}\t{words.replace('man', word)}\t{source}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def encoders(tiny_vectors: Path) -> list[str]:
    specs = (f"context:{tiny_vectors}", f"context:{tiny_vectors},stopwords=keep")
    return [arg for spec in specs for arg in ("-e", spec)]


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    return table(tmp_path / "marked.tsv")


@pytest.fixture
def unmarked(tmp_path: Path) -> Path:
    """The same labels, of which nothing is said."""
    return table(tmp_path / "unmarked.tsv", source="", column="note")


def found(run: Run, *args: str) -> Any:  # noqa: ANN401  a JSON value
    done = run(*args, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema("comparison" if args[0] == "compare" else "evaluation"))
    return document


def numbers(document: dict[str, Any]) -> list[object]:
    parts = ("tests", "claims", "verdict", "agreement", "baselines")
    metrics = [r["metrics"] for r in document["results"]]
    return [metrics, *(document.get(part) for part in parts)]


def intervals(document: dict[str, Any]) -> set[object]:
    rows = [*document["results"], *document.get("baselines", ())]
    return {json.dumps(m["ci95"]) for r in rows for m in r["metrics"].values()}


def test_compare_and_verify(
    run: Run, tmp_path: Path, marked: Path, unmarked: Path, encoders: list[str]
) -> None:
    args = ["compare", "man", *encoders, "-s"]
    circular = found(run, *args, str(marked))
    assert intervals(circular) == {"null"}
    assert circular["tests"] == circular["claims"] == []
    assert circular["verdict"][0].startswith(f"No verdict: {REASON}")
    assert any(f"have no interval and no test: {REASON}" in w for w in circular["warnings"])
    assert "checked" not in circular["manifest"]["options"]
    checked = found(run, *args, str(marked), "--checked")
    assert checked["tests"]
    assert numbers(checked) == numbers(found(run, *args, str(unmarked)))
    assert checked["manifest"]["options"]["checked"] is True
    for made in (circular, checked):
        saved = tmp_path / "run.json"
        saved.write_text(json.dumps(made))
        verified = run("verify", str(saved))
        assert (verified.returncode, verified.stderr) == (0, "")
    edited = json.dumps(checked).replace('"columns": {}', '"columns": {"sense_source": "x"}')
    saved.write_text(edited)
    assert run("verify", str(saved)).returncode == 1


@pytest.mark.parametrize("form", ["tsv", "csv", "jsonl", "parquet", "xlsx"])
def test_every_kind_of_table_carries_the_mark(
    run: Run, tmp_path: Path, tiny_vectors: Path, form: str
) -> None:
    import pandas as pd

    rows = [{"sentence": t, "Sense": s, "Sense Source": None} for s, t in ROWS]
    rows[-1]["Sense Source"] = "senses:bert"
    frame, path = pd.DataFrame(rows), tmp_path / f"uses.{form}"
    if form in ("tsv", "csv"):
        frame.to_csv(path, sep="\t" if form == "tsv" else ",", index=False, na_rep="NA")
    elif form == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    elif form == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_excel(path, index=False)
    args = ["compare", "man", "-s", str(path), "-e", f"context:{tiny_vectors}"]
    assert found(run, *args)["verdict"][0].startswith(f"No verdict: {REASON}")
    assert not found(run, *args, "--checked")["verdict"][0].startswith("No verdict")


def test_a_concordance_carries_the_mark(run: Run, tmp_path: Path, tiny_vectors: Path) -> None:
    lines = [",".join(("Left", "KWIC", "Right", "sense", "sense_source"))]
    for sense, text in ROWS:
        left, right = text.split("man")
        lines.append(",".join((left.strip(), "man", right.strip(), sense, "senses:bert")))
    path = tmp_path / "hits.csv"
    path.write_text("\n".join(lines) + "\n")
    args = ["compare", "man", "-s", str(path), "-e", f"context:{tiny_vectors}"]
    assert found(run, *args)["verdict"][0].startswith(f"No verdict: {REASON}")
    assert not found(run, *args, "--checked")["verdict"][0].startswith("No verdict")


def test_evaluate_items(run: Run, marked: Path, unmarked: Path, encoders: list[str]) -> None:
    args = ["evaluate", "items", *encoders, "--shots", "1"]
    circular, plain = found(run, *args, str(marked)), found(run, *args, str(unmarked))
    assert intervals(circular) == {"null"}
    assert circular["tests"] == []
    assert set(_values(circular, "ci95")) == {None}
    assert circular["warnings"][0].startswith(f"no interval and no test: {REASON}")
    assert list(_values(circular, "value")) == list(_values(plain, "value"))
    checked = found(run, *args, str(marked), "--checked")
    assert checked["tests"]
    assert any(_values(checked["results"][0]["curve"], "ci95"))
    assert numbers(checked) == numbers(plain)
    assert checked["manifest"]["options"]["checked"] is True
    trained = found(run, *args, str(unmarked), "--train", str(marked))
    assert trained["tests"] == []
    shown = run(*args, str(marked))
    assert "adjusted p" not in shown.stdout
    assert REASON in shown.stderr
    assert REASON in run(*args, str(marked), "--format", "csv").stdout


def _values(value: object, key: str) -> list[object]:
    """Every value of a key, however deep."""
    if isinstance(value, list):
        return [x for part in value for x in _values(part, key)]
    if not isinstance(value, dict):
        return []
    return [x for k, part in value.items() for x in ([part] if k == key else _values(part, key))]


def test_evaluate_pairs(run: Run, tmp_path: Path, encoders: list[str]) -> None:
    lines = ["word\tsentence1\tsentence2\tgold\tsense_source"]
    for word in WORDS:
        for sense, text in ROWS:
            both = f"{text}\t{ROWS[0][1]}".replace("man", word)
            lines.append(f"{word}\t{both}\t{'FT'[sense == 'noun']}\tsenses:bert")
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n")
    args = ["evaluate", "pairs", str(path), *encoders]
    circular = found(run, *args)
    assert (circular["tests"], intervals(circular)) == ([], {"null"})
    assert circular["warnings"][0].startswith(f"no interval and no test: {REASON}")
    checked = found(run, *args, "--checked")
    assert checked["tests"]
    assert intervals(checked) > {"null"}


def test_a_published_data_set_has_no_such_labels(run: Run, marked: Path) -> None:
    done = run("evaluate", "wic", str(marked), "--checked")
    assert done.returncode == 2
    assert "leave out --checked" in done.stderr


@pytest.fixture
def job(tmp_path: Path, tiny_vectors: Path, marked: Path) -> Path:
    specs = [f"context:{tiny_vectors}", f"context:{tiny_vectors},stopwords=keep"]
    return write_job(tmp_path, specs, words=WORDS, sentences=marked.name)


def test_batch(run: Run, tmp_path: Path, job: Path, tiny_vectors: Path) -> None:
    out = tmp_path / "out"
    assert run("batch", str(job), "--out", str(out)).returncode == 0
    summary = json.loads((out / "summary.json").read_text())
    assert all(word["circular"].startswith(REASON) for word in summary["words"])
    assert summary["word_tests"] == []
    for key in ("p", "p_adjusted", "p_sign_flip", "ci90", "low", "high"):
        assert set(_values([summary["tests"], summary["standings"]], key)) <= {None}
    assert any(s["mean"] for s in summary["standings"] if s["metric"] == "auc_macro")
    page = (out / "report" / "index.html").read_text()
    assert f"No verdict: {REASON}" in page
    assert REASON in (out / "results.csv").read_text()
    words = [json.loads(path.read_text()) for path in (out / "comparisons").iterdir()]
    assert all(word["verdict"][0].startswith("No verdict") for word in words)

    specs = [f"context:{tiny_vectors}", f"context:{tiny_vectors},stopwords=keep"]
    write_job(tmp_path, specs, words=WORDS, sentences="marked.tsv", top="checked = true")
    assert run("batch", str(job), "--out", str(out)).returncode == 0
    summary = json.loads((out / "summary.json").read_text())
    assert {word["circular"] for word in summary["words"]} == {None}
    assert all(t["p"] is not None for t in summary["tests"])
    assert any(t["p"] is not None for t in summary["word_tests"])
    assert "No verdict" not in (out / "report" / "index.html").read_text()
    saved = out / "comparisons" / "man.json"
    assert json.loads(saved.read_text())["manifest"]["options"]["checked"] is True
    assert run("verify", str(saved)).returncode == 0


def test_check(run: Run, tmp_path: Path, marked: Path, tiny_vectors: Path) -> None:
    one, other = f"context:{tiny_vectors}", f"context:{tiny_vectors},stopwords=keep"
    path = tmp_path / "expected.toml"

    def judged(*lines: str) -> Any:  # noqa: ANN401  a JSON value
        top = [f'sentences = "{marked}"', 'word = "man"', 'metric = "auc_macro"']
        path.write_text("\n".join([*top, *lines]) + "\n")
        done = run("check", str(path), "--format", "json")
        return done.returncode, json.loads(done.stdout)["judgements"]

    both = ["[[expect]]", f'encoder = "{one}"', "min = 0", f'better_than = "{other}"']
    code, (least, better) = judged(*both)
    assert (code, least["status"], better["status"]) == (3, "held", "not judged")
    assert REASON in better["found"]
    assert "checked = true" in better["found"]
    assert "[" not in least["found"]
    _, (least, better) = judged("checked = true", *both)
    assert "[" in least["found"]
    assert better["status"] in ("held", "failed")
