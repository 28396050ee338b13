"""`--background FILE`, and what a saved run and a batch say of it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import jsonschema
import pytest

from tests.commands import Run
from tests.schemas import schema

WORDS = "man post cold the is it today go he a of few words".split()


@pytest.fixture
def background(tmp_path: Path) -> Path:
    draw = random.Random(0)
    path = tmp_path / "background.txt"
    path.write_text("".join(f"{' '.join(draw.sample(WORDS, 7))}\n" for _ in range(60)))
    return path


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    rows = [
        "the man is cold",
        "a man of few words",
        "he is a man",
        "go man the post",
        "man it today",
    ]
    path = tmp_path / "uses.tsv"
    path.write_text(
        "sentence\tsense\n" + "".join(f"{row}\ts{i % 2}\n" for i, row in enumerate(rows))
    )
    return path


def test_compare_and_verify(
    run: Run, tmp_path: Path, tiny_vectors: Path, labeled: Path, background: Path
) -> None:
    args = [
        "compare",
        "man",
        "-s",
        str(labeled),
        "-e",
        f"context:{tiny_vectors}",
        "--format",
        "json",
    ]
    shipped = json.loads(run(*args).stdout)
    saved = tmp_path / "run.json"
    done = run(*args, "--background", str(background), "-o", str(saved))
    assert done.returncode == 0, done.stderr
    own = json.loads(saved.read_text())
    jsonschema.validate(own, schema("comparison"))
    assert own["manifest"]["background"]["path"] == str(background)
    assert shipped["manifest"]["background"]["path"] is None
    digests = [made["manifest"]["background"]["sha256"] for made in (shipped, own)]
    assert digests[0] != digests[1]
    baselines = [made["results"][0]["metrics"]["baseline"]["value"] for made in (shipped, own)]
    assert baselines[1] is not None
    assert baselines[0] != baselines[1]
    assert run("verify", str(saved)).returncode == 0
    moved = background.rename(tmp_path / "moved.txt")
    missing = run("verify", str(saved))
    assert missing.returncode == 3
    assert f"background sentences of {background}, which cannot be read" in missing.stderr
    assert "--background" in missing.stderr
    assert run("verify", str(saved), "--background", str(moved)).returncode == 0
    moved.write_text(moved.read_text().upper())
    other = run("verify", str(saved), "--background", str(moved))
    assert other.returncode == 3
    assert "was computed with other background sentences" in other.stderr


def test_neighbors_search_it_unless_there_is_a_reference(
    run: Run, tiny_vectors: Path, labeled: Path, background: Path
) -> None:
    args = ["neighbors", "man", "-s", str(labeled), "-e", f"context:{tiny_vectors}"]
    args += ["--background", str(background), "--format", "json"]
    found = json.loads(run(*args).stdout)
    assert found["reference"]["name"] == str(background)
    assert found["manifest"]["background"]["path"] == str(background)
    found = json.loads(run(*args, "--reference", str(labeled), "--correct", "center").stdout)
    assert found["reference"]["name"] == str(labeled)


def test_a_text_in_another_language_gets_one_note(
    run: Run, tiny_vectors: Path, labeled: Path, background: Path
) -> None:
    args = ["compare", "man", "-s", str(labeled), "-e", f"context:{tiny_vectors}", "--lang", "de"]
    done = run(*args)
    assert done.returncode == 0, done.stderr
    said = " ".join((done.stdout + done.stderr).split())
    assert said.count("name a file of sentences in that language with --background FILE") == 1
    done = run(*args, "--background", str(background))
    assert "--background" not in done.stdout + done.stderr


def test_a_batch_in_another_language_gets_the_note_in_each_comparison(
    run: Run, tmp_path: Path, tiny_vectors: Path, labeled: Path, background: Path
) -> None:
    job, out = tmp_path / "job.toml", tmp_path / "out"
    encoders = f'encoders = ["context:{tiny_vectors}"]\n'
    words = f'[[word]]\nword = "man"\nsentences = "{labeled.name}"\n'

    def notes(settings: str) -> int:
        job.write_text(settings + encoders + words)
        done = run("batch", str(job), "--out", str(out))
        assert done.returncode == 0, done.stderr
        warnings = json.loads((out / "comparisons" / "man.json").read_text())["warnings"]
        return sum("the background sentences are English" in warning for warning in warnings)

    assert notes("") == 0
    assert notes('lang = "de"\n') == 1
    assert notes(f'lang = "de"\nbackground = "{background.name}"\n') == 0
    unlabeled = "\n".join(row.partition("\t")[0] for row in labeled.read_text().splitlines())
    labeled.write_text(unlabeled + "\n")
    assert notes('lang = "de"\n') == 0
    assert notes('lang = "de"\ncorrect = "center"\n') == 1


def test_words_that_the_vectors_lack_name_the_option(
    run: Run, tmp_path: Path, tiny_vectors: Path, background: Path
) -> None:
    path = tmp_path / "de.tsv"
    path.write_text("sentence\tsense\nDer man ging fort\ta\nEin Haus man steht\tb\nIch man\ta\n")
    args = ["compare", "man", "-s", str(path), "-e", f"context:{tiny_vectors}", "--format", "json"]
    hint = "and --background FILE for background sentences of it"
    assert any(warning.endswith(hint) for warning in json.loads(run(*args).stdout)["warnings"])
    own = json.loads(run(*args, "--background", str(background)).stdout)["warnings"]
    assert any("words around the targets are not among" in warning for warning in own)
    assert not any("--background" in warning for warning in own)


def test_a_batch_has_a_key_for_it(
    run: Run, tmp_path: Path, tiny_vectors: Path, labeled: Path, background: Path
) -> None:
    job = tmp_path / "job.toml"
    text = (
        f'encoders = ["context:{tiny_vectors}"]\n'
        f'[[word]]\nword = "man"\nsentences = "{labeled.name}"\n'
    )

    def baseline() -> tuple[float, object]:
        done = run("batch", str(job), "--out", str(tmp_path / "out"))
        assert done.returncode == 0, done.stderr
        saved = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
        manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
        assert manifest["background"] == saved["manifest"]["background"]
        value: float = saved["results"][0]["metrics"]["baseline"]["value"]
        return value, saved["manifest"]["background"]["path"]

    job.write_text(text)
    shipped = baseline()
    job.write_text(f'background = "{background.name}"\n{text}')
    own = baseline()
    assert (shipped[1], own[1]) == (None, background.name)
    args = [
        "compare",
        "man",
        "-s",
        str(labeled),
        "-e",
        f"context:{tiny_vectors}",
        "--format",
        "json",
    ]
    alone = json.loads(run(*args, "--background", str(background)).stdout)
    assert own[0] == alone["results"][0]["metrics"]["baseline"]["value"] != shipped[0]
    background.write_text("one\n")
    done = run("batch", str(job), "--out", str(tmp_path / "out"))
    assert done.returncode == 3
    assert "different background sentences" in done.stderr
