"""A batch with the user's own vectors, which are found by id and not encoded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embcmp.batch.estimate import estimate
from embcmp.batch.job import read_job
from embcmp.errors import ModelError
from tests.batch.jobs import WORDS, batch, corpus, write_job


def own_vectors(folder: Path, *, of: tuple[str | None, ...], seed: int = 0) -> Path:
    """A vector for each row of the corpus, and for each word if words are named."""
    rows = (folder / "corpus.jsonl").read_text().splitlines()
    draw = np.random.default_rng(seed)
    lines = [
        {"id": json.loads(row)["id"], "vector": draw.standard_normal(4).tolist(), "word": word}
        for word in of
        for row in rows
    ]
    kept = [{k: v for k, v in line.items() if v is not None} for line in lines]
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in kept))
    return path


def comparisons(out: Path) -> dict[str, dict[str, object]]:
    return {file.stem: json.loads(file.read_text()) for file in (out / "comparisons").iterdir()}


def test_each_word_is_measured_from_the_file(
    tmp_path: Path, tiny_vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus(tmp_path)
    path = own_vectors(tmp_path, of=WORDS)
    encoders = ["vectors:own.jsonl", f"context:{tiny_vectors}"]
    job = write_job(tmp_path, encoders, top="senses = true")
    monkeypatch.chdir("/")  # paths are relative to the job
    assert not batch(job, tmp_path / "out").failures
    vectors = {
        (row["word"], row["id"]): row["vector"]
        for row in map(json.loads, path.read_text().splitlines())
    }
    for word, saved in comparisons(tmp_path / "out").items():
        ids = [o["id"] for o in saved["occurrences"]]
        x = np.array([vectors[word, id] for id in ids])
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        [own] = [r for r in saved["results"] if r["name"] == "vectors:own.jsonl"]
        assert np.allclose(own["similarity"], x @ x.T, atol=1e-6)
        assert own["missing"] == {}
    assert set(comparisons(tmp_path / "out")) == set(WORDS)
    fingerprint = own["fingerprint"]
    assert not list((tmp_path / "out" / "vectors" / fingerprint).glob("*.parquet"))


def test_a_changed_file_is_measured_again(tmp_path: Path) -> None:
    corpus(tmp_path)
    own_vectors(tmp_path, of=WORDS)
    job = write_job(tmp_path, ["vectors:own.jsonl"])
    batch(job, tmp_path / "out")
    before = comparisons(tmp_path / "out")
    batch(job, tmp_path / "out")
    assert comparisons(tmp_path / "out") == before
    own_vectors(tmp_path, of=WORDS, seed=1)
    batch(job, tmp_path / "out")
    after = comparisons(tmp_path / "out")
    assert all(after[w]["results"] != before[w]["results"] for w in WORDS)


def test_a_word_without_vectors_fails_alone(tmp_path: Path) -> None:
    corpus(tmp_path)
    own_vectors(tmp_path, of=("man", "post"))
    job = write_job(tmp_path, ["vectors:own.jsonl"])
    [failure] = batch(job, tmp_path / "out").failures
    assert failure.word == "cold"
    assert failure.reason == "vectors:own.jsonl: none of its uses has a vector"
    assert set(comparisons(tmp_path / "out")) == {"man", "post"}
    assert estimate(read_job(job)).encoders[0].bytes == 0


def test_an_id_that_two_words_share_is_refused(tmp_path: Path) -> None:
    corpus(tmp_path)  # some of its sentences have two of the words
    own_vectors(tmp_path, of=(None,))
    job = write_job(tmp_path, ["vectors:own.jsonl"])
    with pytest.raises(ModelError, match=r"is that of two uses: .*or the file a column `word`"):
        batch(job, tmp_path / "out")


def test_a_file_of_other_ids_is_refused(tmp_path: Path) -> None:
    corpus(tmp_path)
    (tmp_path / "own.jsonl").write_text('{"id": "x", "vector": [1, 2]}\n')
    job = write_job(tmp_path, ["vectors:own.jsonl"])
    with pytest.raises(ModelError, match="has no vector for any of the"):
        batch(job, tmp_path / "out")
