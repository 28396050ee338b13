"""`embcmp trace` as its user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import Run, needs_models
from tests.render.reading import Page
from tests.schemas import schema

SCHEMA = schema("trace")
SENTENCE = "He is a man of few words."


@needs_models
def test_json(run: Run) -> None:
    done = run("trace", SENTENCE, "--word", "man", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["schema"] == "embcmp.trace/1"
    assert (found["cell"], found["encoder"], found["note"]) == ("standard", "lstm", None)
    assert found["sentence"][found["start"] : found["end"]] == "man"
    tokens = {t["token"]: t for t in found["tokens"]}
    assert list(tokens) == ["<s>", "he", "is", "a", "man", "of", "few", "words", ".", "</s>"]
    assert tokens["man"]["forward"] is tokens["man"]["backward"] is None
    assert tokens["is"]["backward"] is None
    step = tokens["is"]["forward"]
    assert list(step) == ["forget", "input", "output", "memory", "state", "carry"]
    assert all(0 < step[gate]["mean"] < 1 for gate in ("forget", "input", "output"))
    assert 0 < step["carry"] < 1 == tokens["he"]["forward"]["carry"]
    assert tokens["words"]["backward"]["carry"] > tokens["of"]["backward"]["carry"]


@needs_models
def test_table(run: Run, tmp_path: Path) -> None:
    done = run("trace", SENTENCE, env={"COLUMNS": "120"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "lstm: context2vec 2x200, standard cell"
    row = next(line for line in lines if line.startswith("  man"))
    assert row.count("±") == 6  # three gates in two directions
    assert any("█1.00" in line for line in lines if line.startswith("  he "))
    out = tmp_path / "sheet.txt"
    assert run("trace", SENTENCE, "--cell", "sheet", "-o", str(out)).stdout == ""
    assert "W_c and b_c set to the trained candidate's W_i" in out.read_text()
    assert out.read_text() != done.stdout


@needs_models
def test_page(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "trace.html"
    done = run("trace", SENTENCE, "--word", "man", "--format", "html", "-o", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = Page(out.read_text())
    assert "He is a man of few words." in page.words()
    assert sum(tag == "tr" for tag, _ in page.elements) == 2 * (1 + 10)
    assert "script" not in {tag for tag, _ in page.elements}


@needs_models
@pytest.mark.parametrize("sentence", ["man", "the post " * 2_500, "man \x1b[31mred \u202e"])
def test_any_sentence(run: Run, sentence: str) -> None:
    done = run("trace", sentence)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 2 * (len(sentence.split()) + 2)
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


@needs_models
def test_several_uses_and_none_known(run: Run) -> None:
    done = run("trace", "man to man", "--word", "man", "--format", "json")
    assert json.loads(done.stdout)["start"] == 0
    assert (
        done.stderr
        == "embcmp: warning: 'man' occurs 2 times in the sentence: the first occurrence is traced\n"
    )
    lone = run("trace", "Man!", "--word", "man")
    assert lone.returncode == 0
    unknown = run("trace", "blorple man", "--word", "man")
    assert unknown.stderr == "embcmp: warning: no known word around the target\n"
    assert "blorple ?" in unknown.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("a man", "-e", "rnn"), 2),
        (("a man", "-e", "bert"), 2),
        (("a man", "--cell", "gru"), 2),
        ((), 2),
        (("", "-e", "lstm"), 3),
        (("a man", "--word", "post"), 3),
        (("a man", "-e", "lstm:nowhere"), 4),
        (("a man", "-o", "/nowhere/x"), 6),
    ],
)
def test_refused(run: Run, arguments: tuple[str, ...], status: int) -> None:
    done = run("trace", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
