"""`embcmp reach` as its user meets it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from embcmp.questions.reach.tables import COLUMNS
from tests.conftest import Run, needs_models
from tests.encoders.neural.test_masked_lm import save
from tests.render.reading import Page
from tests.schemas import schema

FILE = "fixtures/man.tsv"
SCHEMA = schema("reach")


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("heads") / "tiny-masked", "BertForMaskedLM")


def reach(run: Run, *arguments: str) -> dict[str, object]:
    done = run("reach", "man", "--sentences", FILE, "--draws", "5", "--format", "json", *arguments)
    warned = [line for line in done.stderr.splitlines() if "uses are taken" not in line]
    assert (done.returncode, warned) == (0, [])
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert isinstance(found, dict)
    return found


@needs_models
def test_json(run: Run, masked: Path) -> None:
    found = reach(run, "-e", "word2vec", "-e", "rnn", "-e", f"bert:{masked}")
    assert found["schema"] == "embcmp.reach/1"
    results = {r["name"]: r for r in found["results"]}  # type: ignore[attr-defined]
    assert list(results) == [
        "word2vec", "rnn", f"bert:{masked}@3", "rnn,weights=random",
        f"bert:{masked}@3,weights=random",
    ]  # fmt: skip
    keys = [str(d) for d in (*range(-10, 0), *range(1, 11))]
    for r in results.values():
        assert list(r["curve"]) == list(r["intervals"]) == list(r["n"]) == keys
        assert r["reach50"]["both"]["value"] is None  # no sentence of that file is that long
        assert r["reach50"]["both"]["undefined"]
    assert set(results["word2vec"]["curve"].values()) == {0}
    curve = results["rnn"]["curve"]
    low, high = results["rnn"]["intervals"]["-1"]
    assert low < curve["-1"] < high
    assert curve["-1"] > curve["-4"] > 0
    assert results["rnn,weights=random"]["untrained_twin_of"] == "rnn"
    assert 30 < results["rnn"]["n"]["1"] + results["rnn"]["n"]["-1"]
    assert found["positions"]["left_out"] < found["positions"]["all"]  # type: ignore[index]
    assert found["manifest"]["options"]["draws"] == 5  # type: ignore[index]


@needs_models
def test_table_and_csv(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "reach.csv"
    given = ("reach", "man", "-s", FILE, "-e", "word2vec", "-e", "context", "--draws", "5")
    done = run(*given)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "man: 36 occurrences, 0 with 10 words on each side"
    [flat, context] = [x for x in lines if re.search("[▁▂▃▄▅▆▇█]{10} ∎ [▁▂▃▄▅▆▇█]{10}", x)]
    assert set(flat.split(maxsplit=1)[1]) <= set("▁ ∎")
    assert "█" in context
    assert "word2vec: one vector per type, so no context word counts" in done.stdout
    assert run(*given, "--format", "csv", "-o", str(out)).stdout == ""
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert tuple(rows[0]) == COLUMNS
    shares = [r for r in rows if r["encoder"] == "context" and r["measure"] == "share"]
    assert [int(r["distance"]) for r in shares] == [*range(-10, 0), *range(1, 11)]
    assert all(float(r["low"]) <= float(r["value"]) <= float(r["high"]) for r in shares if r["low"])
    assert {r["measure"] for r in rows} == {
        "share", "change_of_all", "reach50", "reach50_left", "reach50_right",
    }  # fmt: skip


@needs_models
def test_a_twin_that_is_asked_for_is_there_once(run: Run, masked: Path) -> None:
    spec = f"bert:{masked}"
    found = reach(run, "-e", spec, "-e", f"{spec},weights=random", "--max-occurrences", "3")
    assert [r["name"] for r in found["results"]] == [  # type: ignore[attr-defined]
        f"{spec}@3", f"{spec}@3,weights=random",
    ]  # fmt: skip


@needs_models
@pytest.mark.parametrize("method", ["mask", "delete"])
def test_each_way_to_replace_a_word(run: Run, masked: Path, method: str) -> None:
    found = reach(
        run, "-e", "lstm", "-e", f"bert:{masked}", "--no-twins", "--replace", method,
        "--distance", "12",
    )  # fmt: skip
    assert found["replace"] == method
    assert len(found["results"]) == 2  # type: ignore[arg-type]
    for r in found["results"]:  # type: ignore[attr-defined]
        assert len(r["curve"]) == 24
        assert r["curve"]["-1"] > 0


@needs_models
def test_long_sentences_have_a_summary_and_tests(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    words = "we saw how the people walked down to water and green fields that".split()
    rows = [" ".join([*words, f"{k} man", *words[::-1]]) for k in range(7)]
    path.write_text("\n".join(rows) + "\n")
    done = run(
        "reach", "man", "-s", str(path), "-e", "context,stopwords=keep", "-e", "lstm",
        "--draws", "5",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "7 with 10 words on each side" in done.stdout
    assert re.search(r"context,stopwords=keep +[56]( \[\d+, \d+\])? +[56]", done.stdout)
    assert re.search(r"lstm and lstm,weights=random|farther than", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("man", "-s", FILE, "-e", "nothing"), 2),
        (("man", "-s", FILE, "--distance", "5"), 2),
        (("man", "-s", FILE, "--replace", "swap"), 2),
        (("man",), 2),
        (("zebra", "-s", FILE, "-e", "word2vec"), 3),
        (("man", "-s", "nowhere.txt", "-e", "word2vec"), 3),
        (("man", "-s", FILE, "-e", "rnn:nowhere"), 4),
        (("man", "-s", FILE, "-e", "word2vec", "-o", "/nowhere/x"), 6),
    ],
)
def test_refused(run: Run, arguments: tuple[str, ...], status: int) -> None:
    done = run("reach", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1


@needs_models
def test_nothing_around_the_target(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lone.txt"
    path.write_text("Man\nman!\n")
    done = run("reach", "man", "-s", str(path), "-e", "word2vec", "-e", "lstm", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    for r in found["results"]:
        assert set(r["curve"].values()) == {None}
        assert r["change_of_all"]["undefined"]
    page = run("reach", "man", "-s", str(path), "-e", "word2vec", "-e", "lstm", "--format", "html")
    told = "lstm: 1 of 2 uses have no vector (no known word around the target)"
    assert (page.returncode, page.stderr) == (0, f"embcmp: warning: {told}\n")
    assert "No occurrence has ten words on both sides." in Page(page.stdout).words()


@needs_models
def test_by_gradient(run: Run) -> None:
    given = ("reach", "man", "-s", FILE, "--by", "gradient", "-e", "rnn", "--max-occurrences", "6")
    done = run(*given)
    assert done.returncode == 0, done.stderr
    assert "rnn, output " in done.stdout
    assert "rnn,weights=random, output " in done.stdout
    found = json.loads(run(*given, "--format", "json").stdout)
    jsonschema.validate(found, SCHEMA)
    assert (found["by"], found["replace"]) == ("gradient", None)
    trained, twin = found["results"]
    assert twin["untrained_twin_of"] == trained["name"] == "rnn"
    lags = trained["jacobian"]["output"]
    assert lags["1"]["frobenius"] > lags["4"]["frobenius"] > 0
    assert trained["change_of_all"] is None
    rows = list(csv.DictReader(io.StringIO(run(*given, "--format", "csv").stdout)))
    assert "jacobian_output_spectral" in {r["measure"] for r in rows}
    page = Page(run(*given, "--format", "html").stdout)
    assert "The recurrent Jacobian of the output" in page.words()
    assert "script" not in {tag for tag, _ in page.elements}
    refused = run("reach", "man", "-s", FILE, "--by", "gradient", "-e", "word2vec")
    assert (refused.returncode, refused.stdout) == (2, "")


@needs_models
def test_a_use_without_a_vector_is_told_with_its_reason(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "unknown.txt"
    path.write_text("blorple man zzxq\nThe old man sat there.\n")
    found = run("reach", "man", "-s", str(path), "-e", "lstm", "--no-twins", "--draws", "5")
    assert found.returncode == 0
    reason = "lstm: 1 of 2 uses have no vector (no known word around the target)"
    assert found.stderr == f"embcmp: warning: {reason}\n"
