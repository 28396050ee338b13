"""The senses of a batch's words: the files, the rows, the summary, and what a second run makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import false_discovery_control

from embcmp import find_occurrences, read_sentences
from embcmp.batch import measuring_stage
from embcmp.batch.word_senses import by_evidence, finding
from embcmp.encoders.context import Context
from embcmp.questions.senses.json import to_object
from embcmp.questions.senses.senses import senses
from tests.batch.conftest import Project
from tests.batch.jobs import WORDS, batch, content, corpus, interrupt_second, write_job
from tests.schemas import schema

SENSES = "senses = true"


def read(path: Path) -> Any:  # noqa: ANN401  any JSON
    return json.loads(path.read_text(encoding="utf-8"))


def outline(p: float | None) -> dict[str, Any]:
    return {"uses": 20, "p": p, "encoder": "bert@6", "k": 2, "groups": [], "verdict": []}


def test_a_word_has_the_groups_that_senses_gives(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished.folder)
    sentences = read_sentences("corpus.jsonl")
    for word in WORDS:
        ours = read(finished.out / "senses" / f"{word}.json")
        jsonschema.validate(ours, schema("senses"))
        alone = to_object(senses(find_occurrences(sentences, word), finished.encoders))
        assert [o["id"] for o in ours["occurrences"]] == [o["id"] for o in alone["occurrences"]]
        for key in ("word", "correct", "verdict", "warnings"):
            assert ours[key] == alone[key], key
        assert ours["evidence"]["p"] == pytest.approx(alone["evidence"]["p"], abs=1e-4)
        for result, theirs in zip(ours["results"], alone["results"], strict=True):
            for key in ("name", "fingerprint", "k", "undefined", "assigned"):
                assert result[key] == theirs[key], key
            assert [g["keywords"] for g in result["groups"]] == [
                g["keywords"] for g in theirs["groups"]
            ]


def test_a_correction_gives_the_groups_of_senses(tmp_path: Path, tiny_vectors: Path) -> None:
    corpus(tmp_path)
    spec = f"context:{tiny_vectors}"
    job = write_job(tmp_path, [spec], top=f'{SENSES}\ncorrect = "center"')
    [first, *_] = batch(job, tmp_path / "out").summary["senses"]
    uses = find_occurrences(read_sentences(tmp_path / "corpus.jsonl"), first["word"])
    alone = senses(uses, [spec], correct="center")
    assert first["p"] == pytest.approx(alone.p)
    assert first["p"] != pytest.approx(senses(uses, [spec]).p)
    assert first["k"] == len(alone.main.groups)


def test_uses_are_encoded_once_for_comparing_and_grouping(
    tmp_path: Path, tiny_vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus(tmp_path)
    encode, encoded = Context.encode, [0]

    def counting(encoder: Context, uses: Any, *others: Any) -> Any:  # noqa: ANN401  as `encode`
        encoded[-1] += len(uses)
        return encode(encoder, uses, *others)

    monkeypatch.setattr(Context, "encode", counting)
    for top in ("", SENSES):
        batch(write_job(tmp_path, [f"context:{tiny_vectors}"], top=top), tmp_path / f"out{top}")
        encoded.append(0)
    assert encoded[0] == encoded[1] > 0
    batch(write_job(tmp_path, [f"context:{tiny_vectors}"], top=SENSES), tmp_path / "out")
    assert encoded[-1] == 0, "a finished batch is grouped from its stored vectors"
    assert content(tmp_path / "out") == content(tmp_path / f"out{SENSES}")


def test_results_have_rows_for_the_groups(finished: Project) -> None:
    rows = pq.read_table(finished.out / "results.parquet").to_pylist()
    values = {(r["word"], r["encoder"], r["metric"]): (r["value"], r["reason"]) for r in rows}
    for word in WORDS:
        for result in read(finished.out / "senses" / f"{word}.json")["results"]:
            measures = {
                "senses_k": result["k"],
                "senses_p": result["evidence"]["p"],
                **{f"senses_{name}": m["value"] for name, m in result["metrics"].items()},
            }
            assert len(measures) == (6 if result["k"] else 2), "the uses have labels"
            for metric, value in measures.items():
                assert values[word, result["name"], metric] == (value, result["undefined"])


def test_the_summary_has_the_words_by_evidence(finished: Project) -> None:
    summary = read(finished.out / "summary.json")
    *tested, untested = summary["senses"]  # man has too few uses
    p = [row["p"] for row in tested]
    assert p == sorted(p)
    adjusted = false_discovery_control(p, method="by")
    assert [row["p_adjusted"] for row in tested] == pytest.approx(list(adjusted))
    assert untested["p_adjusted"] is None
    assert {row["word"] for row in summary["senses"]} == set(WORDS)
    for row in summary["senses"]:
        word = read(finished.out / "senses" / row["file"])
        [main] = [r for r in word["results"] if r["name"] == row["encoder"]]
        assert row["uses"] == len(word["occurrences"])
        assert (row["p"], row["verdict"]) == (word["evidence"]["p"], word["verdict"])
        assert row["k"] == main["k"] == (len(row["groups"]) or None)
        assert [g["keywords"] for g in row["groups"]] == [g["keywords"] for g in main["groups"]]
    metrics = {s["metric"] for s in summary["standings"]}
    assert "senses_ari" in metrics
    assert not metrics & {"senses_k", "senses_p"}, "their means over words say nothing"
    scores = [
        r["metrics"]["ari"]["value"]
        for word in WORDS
        for r in read(finished.out / "senses" / f"{word}.json")["results"]
        if r["name"].startswith("bert") and r["metrics"]
    ]
    [mean] = [
        s["mean"]
        for s in summary["standings"]
        if s["metric"] == "senses_ari" and s["name"].startswith("bert")
    ]
    assert mean == pytest.approx(np.mean(scores))


def test_words_are_in_the_order_of_p_with_untested_ones_last() -> None:
    given = {"seal": 0.04, "oak": None, "bank": 0.001, "man": 0.8, "bat": 0.04, "ash": None}
    rows = by_evidence({word: outline(p) for word, p in given.items()})
    assert [row["word"] for row in rows] == ["bank", "bat", "seal", "man", "ash", "oak"]
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    by_hand = [4 * harmonic * 0.001, *[4 / 3 * harmonic * 0.04] * 2, 1.0, None, None]
    assert [row["p_adjusted"] for row in rows] == [
        None if p is None else pytest.approx(p) for p in by_hand
    ]
    assert finding(rows) == (
        "1 of 4 tested words shows more than one sense (p < .05, adjusted over the words): bank."
    )


@pytest.mark.parametrize(
    ("p", "says"),
    [
        ([0.5], "None of 1 tested word shows more than one sense (p < .05, adjusted over the"
                " words)."),
        ([1e-9] * 2 + [0.5], "2 of 3 tested words show more than one sense (p < .05, adjusted over"
                             " the words): w0 and w1."),
        ([1e-9] * 7, "7 of 7 tested words show more than one sense (p < .05, adjusted over the"
                     " words): w0, w1, w2, w3, w4 and 2 more."),
        ([None], "No word could be tested for more than one sense."),
        ([], "No word could be tested for more than one sense."),
    ],
)  # fmt: skip
def test_the_finding_counts_and_names_words(p: list[float | None], says: str) -> None:
    assert finding(by_evidence({f"w{i}": outline(value) for i, value in enumerate(p)})) == says


def test_few_uses_without_labels_are_not_tested(tmp_path: Path, tiny_vectors: Path) -> None:
    (tmp_path / "corpus.txt").write_text("a cold man\nthe man is cold\nhe is a man of few words\n")
    job = write_job(
        tmp_path, [f"context:{tiny_vectors}"], words=["man"], sentences="corpus.txt", top=SENSES
    )
    outcome = batch(job, tmp_path / "out")
    assert outcome.failures == ()
    [row] = outcome.summary["senses"]
    assert (row["uses"], row["p"], row["p_adjusted"], row["k"]) == (3, None, None, None)
    rows = pq.read_table(tmp_path / "out" / "results.parquet").to_pylist()
    [k] = [r for r in rows if r["metric"] == "senses_k"]
    assert k["value"] is None
    assert k["reason"].startswith("3 different uses")


@pytest.mark.parametrize("place", ["senses", "write_sealed"])
def test_an_interrupted_run_continues(
    finished: Project, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It is interrupted in the second word: while its uses are grouped, or before its record."""
    out = finished.folder / "new"
    with monkeypatch.context() as patch:
        interrupt_second(patch, measuring_stage, place)
        with pytest.raises(KeyboardInterrupt):
            batch(finished.job, out)
    assert not (out / "summary.json").exists()
    for file in (out / "senses").iterdir():
        jsonschema.validate(read(file), schema("senses"))
    batch(finished.job, out)
    assert content(out) == finished.content


def test_a_damaged_file_of_groups_is_made_again(finished: Project) -> None:
    path = finished.out / "senses" / "man.json"
    for harm in (lambda: path.write_text(path.read_text()[:-9]), path.unlink):
        harm()
        batch(finished.job, finished.out)
        assert content(finished.out) == finished.content


def test_groups_go_when_no_senses_are_asked_for(finished: Project) -> None:
    summary = batch(write_job(finished.folder, finished.encoders), finished.out).summary
    assert "senses" not in summary
    assert not [s for s in summary["standings"] if s["metric"].startswith("senses_")]
    assert not list((finished.out / "senses").iterdir())
    assert "senses_" not in (finished.out / "results.csv").read_text()
