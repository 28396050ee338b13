"""The worked examples of CONTRIBUTING.md are built as it says, and work."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import numpy as np
import pytest

from embcmp import compare, find_occurrences, load_encoder, read_sentences
from embcmp.cli import output
from embcmp.cli.compare import compare as compare_command
from embcmp.cli.evaluate import evaluate
from embcmp.encoders import FAMILIES, Family
from embcmp.errors import InputError
from embcmp.evaluation.datasets import DATA_SETS, DataSet
from embcmp.measures.labels import Sample, sample
from embcmp.questions.compare import layer_measures, tables
from embcmp.text import readers
from embcmp.types import Metric
from tests.commands import ROOT, Run
from tests.conftest import MAN, needs_models

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def build(
    example: str, monkeypatch: pytest.MonkeyPatch, within: ModuleType | None = None
) -> ModuleType:
    """The example as a module of its own, or with what the module that it is to stand in has."""
    (code,) = re.findall(rf"^```python {example}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    module = ModuleType(f"contributed_{example}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(module).update({} if within is None else {**vars(within), "__name__": module.__name__})
    exec(compile(code, f"CONTRIBUTING.md: {example}", "exec"), vars(module))
    return module


def test_an_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    build("encoder", monkeypatch)
    assert '"letters": Family("embcmp.encoders.letters:Letters")' in PAGE
    monkeypatch.setitem(FAMILIES, "letters", Family("contributed_encoder:Letters"))
    uses = find_occurrences([*MAN, "男 man"], "man").occurrences
    embeddings = load_encoder("letters").encode(uses)
    assert embeddings.vectors.shape == (1, 4, 26)
    assert embeddings.vectors[0, 1, [0, 14, 19]].tolist() == [1, 2, 2]  # a, o and t
    assert not embeddings.missing
    assert compare(uses, ["letters"]).results[0].name == "letters"


def test_an_encoder_works_in_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_vectors: Path
) -> None:
    """It has a row of FAMILIES, and nothing else asks of which family it is."""
    build("encoder", monkeypatch)
    monkeypatch.setitem(FAMILIES, "letters", Family("contributed_encoder:Letters"))
    specs = ("-e", "letters", "-e", f"context:{tiny_vectors}")
    man = str(ROOT / "fixtures" / "man.tsv")
    done = run("compare", "man", "-s", man, *specs, "--controls", "--format", "json")
    assert done.returncode == 0, done.stderr
    compared = json.loads(done.stdout)
    assert [r["name"] for r in compared["results"]] == ["letters", specs[3]]
    assert "labels(letters)" in [c["name"] for c in compared["controls"]]
    card = run("models", "info", "letters")
    assert card.stdout.startswith("letters a to z (letters)\n")
    for command in (
        ("neighbors", "man", "-s", man, "-e", "letters"),
        ("models", "verify", "letters"),
    ):
        assert run(*command).returncode == 0
    job = f'encoders = ["letters"]\n[[word]]\nword = "man"\nsentences = "{man}"\n'
    (tmp_path / "job.toml").write_text(job)
    done = run("batch", str(tmp_path / "job.toml"), "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "")
    batch = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
    auc = compared["results"][0]["metrics"]["auc"]["value"]
    assert batch["results"][0]["metrics"]["auc"]["value"] == pytest.approx(auc)


def test_a_format(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert '"md": _read_list' in PAGE
    made = build("format", monkeypatch, readers)
    monkeypatch.setitem(readers.READERS, "md", made._read_list)
    path = tmp_path / "man.md"
    path.write_text("".join(f"- {sentence}\n" for sentence in MAN))
    assert [o.sentence for o in find_occurrences(read_sentences(path), "man")] == [*MAN]
    path.write_text("- A man.\nA man.\n")
    with pytest.raises(InputError, match=r"man\.md:2: is no item of a list"):
        read_sentences(path)
    path.write_bytes(b"- A man.\n- A \xe4.\n")
    with pytest.raises(InputError, match=r"man\.md:2: is not UTF-8"):
        read_sentences(path)


def test_a_gold_standard(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_vectors: Path
) -> None:
    assert '"starred": DataSet("items", "starred:read")' in PAGE
    reader = build("reader", monkeypatch)
    monkeypatch.setitem(sys.modules, "embcmp.evaluation.readers.starred", reader)
    rows = ["call\t*Man*, is it cold today?", "verb\tGo *man* the post!", "noun\tHe is cold."]
    (tmp_path / "starred.tsv").write_text("\n".join(rows) + "\n")
    part = reader.read(tmp_path)
    assert [(item.use.form, item.keys) for item in part.rows] == [
        ("Man", ("call",)),
        ("man", ("verb",)),
    ]
    assert [s.source for s in part.skipped] == [f"{tmp_path / 'starred.tsv'}:3"]

    monkeypatch.setitem(DATA_SETS, "starred", DataSet("items", "starred:read"))
    (task, *_) = evaluate.params
    monkeypatch.setattr(task, "type", click.Choice(list(DATA_SETS)))
    done = run("evaluate", "starred", str(tmp_path), "-e", f"context:{tiny_vectors}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("starred: 2 items of 1 word")


def test_an_output_format(run: Run, monkeypatch: pytest.MonkeyPatch, tiny_vectors: Path) -> None:
    assert '"latex": "tables.to_latex"' in PAGE
    made = build("output", monkeypatch, tables)
    monkeypatch.setattr(tables, "to_latex", made.to_latex, raising=False)
    monkeypatch.setitem(output.FORMS, "latex", "tables.to_latex")
    (form,) = (param for param in compare_command.params if param.name == "form")
    monkeypatch.setattr(form, "type", click.Choice(["table", "latex"]))
    man = str(ROOT / "fixtures" / "man.tsv")
    build("encoder", monkeypatch)
    monkeypatch.setitem(FAMILIES, "letters", Family("contributed_encoder:Letters"))
    specs = ("-e", f"word2vec:{tiny_vectors}", "-e", "letters")
    done = run("compare", "man", "-s", man, *specs, "--format", "latex")
    assert done.returncode == 0, done.stderr
    first, static, letters, last = done.stdout.splitlines()
    assert (first, last) == (r"\begin{tabular}{lr}", r"\end{tabular}")
    assert static.endswith(r" & -- \\")
    assert re.fullmatch(r"letters & 0\.\d\d \\\\", letters)


@needs_models
def test_a_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = build("metric", monkeypatch).nearest_cosine
    cosines = np.array([[1, 0.2, 0.6], [0.2, 1, 0.4], [0.6, 0.4, 1]])
    assert nearest(sample(cosines, list("aab"))).value == pytest.approx((0.6 + 0.4 + 0.6) / 3)
    cosines[2] = cosines[:, 2] = np.nan
    assert nearest(sample(cosines, list("aab"))).value == pytest.approx(0.2)
    one = sample(cosines, ["a", None, None])
    assert nearest(one).undefined == "fewer than two uses have a vector"

    before = layer_measures.of_similarity

    def with_it(uses: Sample, *more: Any) -> dict[str, Metric]:  # noqa: ANN401  passed on
        return {**before(uses, *more), "nearest_cosine": nearest(uses)}

    monkeypatch.setattr(layer_measures, "of_similarity", with_it)
    monkeypatch.setattr(layer_measures, "OF_PAIRS", (*layer_measures.OF_PAIRS, "nearest_cosine"))
    uses = find_occurrences(read_sentences(ROOT / "fixtures" / "man.tsv"), "man")
    static, context = compare(uses, ["word2vec", "context"]).results
    assert static.metrics["nearest_cosine"].undefined == "one vector per type"
    assert context.metrics["nearest_cosine"].value == pytest.approx(
        np.nanmax(context.similarity - 2 * np.eye(len(context.similarity)), axis=1).mean()
    )
