from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT, Run, needs_models

ROWS = [
    *(("noun", f"He is a man of {x} words.") for x in ("few", "cold", "post", "today", "a few")),
    *(("verb", f"Go man the {x} today!") for x in ("post", "cold post", "few", "words", "it")),
]


@pytest.fixture
def folder(tmp_path: Path, tiny_vectors: Path) -> Path:
    """A project: sentences, vectors and expectations, named relative to the file."""
    (tmp_path / "man.tsv").write_text("sense\tsentence\n" + "".join(f"{a}\t{b}\n" for a, b in ROWS))
    (tmp_path / "v.txt").write_bytes(tiny_vectors.read_bytes())
    return tmp_path


def expect(folder: Path, *lines: str, name: str = "e.toml") -> str:
    given = ["word='man'", "sentences='man.tsv'", "encoder='context:v.txt'", "metric='auc'"]
    path = folder / name
    path.write_text("\n".join(["[[expect]]", *given, *lines]))
    return str(path)


def test_an_expectation_that_holds(run: Run, folder: Path) -> None:
    done = run("check", expect(folder, "min=0", "max=1"))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "held        man: auc of context:v.txt"
    assert lines[1] == "            expected at least 0, at most 1"
    assert lines[3:] == [f"            {folder}/e.toml:1", "1 held"]


def test_an_expectation_that_fails(run: Run, folder: Path) -> None:
    done = run("check", expect(folder, "min=1.1"))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("failed ")
    assert done.stdout.endswith("1 failed\n")


def test_a_missing_model_is_4_and_a_missing_file_3(run: Run, folder: Path) -> None:
    path = expect(folder, "min=0")
    (folder / "v.txt").unlink()
    done = run("check", path)
    assert done.returncode == 4
    assert done.stdout.startswith("not judged ")
    assert "v.txt" in done.stdout.splitlines()[2]
    done = run("check", str(folder / "no.toml"))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"embcmp: {folder}/no.toml: there is no such file")
    done = run("check", str(folder / "nowhere" / "no.toml"))
    assert done.returncode == 3


def test_json_and_junit(run: Run, folder: Path) -> None:
    path = expect(folder, "min=1.1", "better_than='word2vec:v.txt'")
    report = folder / "report.xml"
    done = run("check", path, "--format", "json", "--junit", str(report))
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["schema"], document["held"], document["failed"], document["not_judged"]) == (
        "embcmp.check/1", 0, 1, 1,
    )  # fmt: skip
    assert [j["status"] for j in document["judgements"]] == ["failed", "not judged"]
    suite = ElementTree.parse(report).getroot()[0]
    assert suite.attrib == {"name": "e.toml", "tests": "2", "failures": "1", "errors": "1"}
    failure, error = suite.findall("testcase")
    assert failure.get("classname") == f"{path}:1"
    assert "expected at least 1.1; found " in str(failure[0].get("message"))
    assert (failure[0].tag, error[0].tag) == ("failure", "error")


def test_outputs_that_cannot_be_written_are_refused(run: Run, folder: Path) -> None:
    done = run("check", expect(folder, "min=0"), "-o", str(folder / "no" / "x.txt"))
    assert done.returncode == 6
    done = run("check", expect(folder, "min=0"), "-o", str(folder / "e.toml"))
    assert done.returncode == 2
    both = str(folder / "report.xml")
    done = run("check", expect(folder, "min=0"), "-o", both, "--junit", f"{folder}/./report.xml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is named by both --junit and -o; name two files" in done.stderr
    assert not Path(both).exists()


def test_hostile_names_are_harmless_in_every_format(run: Run, folder: Path) -> None:
    hostile = "m\u001b[31m\ufffe\uffff\u202e<&]]>"
    path = expect(folder, "min=0")
    text = Path(path).read_text().replace("word='man'", f"word={json.dumps(hostile)}")
    Path(path).write_text(text, encoding="utf-8")
    report = folder / "report.xml"
    table = run("check", path, "--junit", str(report))
    assert (table.returncode, table.stderr) == (3, "")
    assert not {"\x1b", "\u202e"} & set(table.stdout + report.read_text(encoding="utf-8"))
    (case,) = ElementTree.parse(report).getroot().iter("testcase")
    assert str(case.get("name")).startswith("m␛[31m\ufffd\ufffd\ufffd<&]]>: auc")
    document = json.loads(run("check", path, "--format", "json").stdout)
    assert document["judgements"][0]["what"].startswith(hostile)


def test_a_tolerance_of_what_the_run_lacks_is_not_judged(run: Run, folder: Path) -> None:
    golden = folder / "golden.toml"
    saved = folder / "run.json"
    args = ("-e", f"context:{folder / 'v.txt'}", "--format", "json")
    run("compare", "man", "-s", str(folder / "man.tsv"), *args, "-o", str(saved))
    golden.write_text("[[expect]]\ngolden='run.json'\ntolerance={acu=0.1}\n")
    done = run("check", str(golden))
    assert done.returncode == 3
    assert "the run has no measure 'acu'; did you mean auc?" in done.stdout
    golden.write_text("[[expect]]\ngolden='run.json'\ntolerance={auc=0.1, similarity=0.1}\n")
    assert run("check", str(golden)).returncode == 0


def test_verify(run: Run, folder: Path) -> None:
    saved = folder / "run.json"
    vectors = folder / "v.txt"
    made = run(
        "compare", "man", "-s", str(folder / "man.tsv"), "-e", f"context:{vectors}", "--format",
        "json", "-o", str(saved),
    )  # fmt: skip
    assert made.returncode == 0
    done = run("verify", str(saved))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{saved}: verified: ")
    assert done.stdout.endswith("the largest difference 0\n")
    (folder / "man.tsv").write_text("sense\tsentence\nnoun\tA man.\n")
    done = run("verify", str(saved))
    assert done.returncode == 0
    assert f"changed: {folder / 'man.tsv'}: has changed since" in done.stdout
    vectors.write_text("".join(f"{line} 0.5\n" for line in vectors.read_text().splitlines()))
    done = run("verify", str(saved))
    assert done.returncode == 1
    assert "context:" in done.stdout.splitlines()[1]
    assert "the model or the way it is read has changed" in done.stdout
    document = json.loads(run("verify", str(saved), "--format", "json").stdout)
    assert document["schema"] == "embcmp.verification/1"
    assert document["verified"] is False
    assert document["differences"]
    assert run("verify", str(saved), "--tolerance", "9").returncode == 0
    done = run("verify", str(saved), "--tolerance", "nan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nan is not a number" in done.stderr
    vectors.unlink()
    assert run("verify", str(saved)).returncode == 4
    assert run("verify", str(vectors)).returncode == 3


def test_a_saved_run_with_everything_comes_out_again(
    run: Run, folder: Path, tiny_bert: Path
) -> None:
    saved = folder / "run.json"
    made = run(
        "compare", "man", "-s", str(folder / "man.tsv"), "-e", f"context:{folder / 'v.txt'}",
        "-e", f"bert:{tiny_bert}@all", "--seed", "3", "--match", "inflections",
        "--format", "json", "-o", str(saved),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    done = run("verify", str(saved), "--tolerance", "1e-9")
    assert (done.returncode, done.stderr) == (0, "")


@needs_models
def test_the_sample_project(run: Run) -> None:
    """What a team would run in its CI: once it passes, once it is made to fail."""
    folder = ROOT / "fixtures" / "ci"
    passing = run("check", str(folder / "expectations.toml"))
    assert (passing.returncode, passing.stderr) == (0, "")
    assert passing.stdout.endswith("5 held\n")
    failing = run("check", str(folder / "failing.toml"))
    assert (failing.returncode, failing.stderr) == (1, "")
    assert failing.stdout.endswith("2 failed\n")
