"""A batch beside `compare`, and what a second run makes of the first one's folder."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest

from embcmp import compare, find_occurrences, read_sentences
from embcmp.batch.folder import BatchFolder
from embcmp.batch.loaded_encoder import LoadedEncoder
from embcmp.batch.run import Batch
from embcmp.encoders.bert import Bert
from embcmp.encoders.context import Context
from embcmp.errors import EmbcmpError, InputError, ModelError, OutputError, SpecError
from embcmp.measures.inference import benjamini_yekutieli
from embcmp.questions.compare.json import to_object
from embcmp.types import Embeddings, Occurrence
from tests.batch.conftest import Project
from tests.batch.jobs import WORDS, batch, content, corpus, write_job
from tests.conftest import save_bert
from tests.schemas import schema

Encode = Callable[..., Embeddings]


def without_times(comparison: dict[str, Any]) -> dict[str, Any]:
    for r in comparison["results"]:
        del r["load_seconds"], r["encode_seconds"]
    return comparison


def near(value: float | None) -> object:
    return None if value is None else pytest.approx(value, abs=1e-4)


def test_a_word_has_the_numbers_that_compare_gives(
    every_layer: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(every_layer.folder)
    sentences = read_sentences("corpus.jsonl")
    for word in WORDS:
        comparison = json.loads((every_layer.out / "comparisons" / f"{word}.json").read_text())
        jsonschema.validate(comparison, schema("comparison"))
        uses = find_occurrences(sentences, word)
        alone = to_object(compare(uses, every_layer.encoders), full=True)
        for key in ("word", "correct", "warnings", "verdict"):
            assert comparison[key] == alone[key], key
        assert [o["id"] for o in comparison["occurrences"]] == [
            o["id"] for o in alone["occurrences"]
        ]
        for ours, theirs in zip(comparison["results"], alone["results"], strict=True):
            assert ours["name"] == theirs["name"]
            assert ours["receipts"] == theirs["receipts"]
            assert ours["missing"] == theirs["missing"]
            cosines = [np.array(r["similarity"], dtype=np.float64) for r in (ours, theirs)]
            np.testing.assert_allclose(*cosines, rtol=0, atol=2e-6)
            for name, metric in theirs["metrics"].items():
                assert ours["metrics"][name]["undefined"] == metric["undefined"]
                if metric["value"] is not None:
                    assert ours["metrics"][name]["value"] == pytest.approx(
                        metric["value"], abs=1e-4
                    )


def test_a_correction_gives_the_numbers_of_compare(tmp_path: Path, tiny_vectors: Path) -> None:
    corpus(tmp_path)
    spec = f"context:{tiny_vectors}"
    batch(write_job(tmp_path, [spec], top='correct = "center"'), tmp_path / "out")
    comparison = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
    uses = find_occurrences(read_sentences(tmp_path / "corpus.jsonl"), "man")
    alone = to_object(compare(uses, [spec], correct="center"))
    assert comparison["results"][0]["metrics"] == alone["results"][0]["metrics"]


def test_words_with_a_file_each(tmp_path: Path, tiny_vectors: Path) -> None:
    (tmp_path / "man.txt").write_text("the man is cold\na few men\n\nHe is a [[man]] of few\n")
    (tmp_path / "go.tsv").write_text("sentence\tsense\ngo today\ta\nit is a go\tb\n")
    job = tmp_path / "job.toml"
    tables = "".join(
        f'[[word]]\nword = "{word}"\nsentences = "{file}"\n'
        for word, file in (
            ("man", "man.txt"),
            ("go", "go.tsv"),
            ("post", "none.txt"),
            ("he", "go.tsv"),
        )
    )
    job.write_text(f'encoders = ["context:{tiny_vectors}"]\n{tables}')
    outcome = batch(job, tmp_path / "out")
    assert [(f.word, f.reason) for f in outcome.failures] == [
        ("he", "go.tsv: 'he' does not occur in the 2 sentences"),
        ("post", "none.txt: there is no such file; check the path"),
    ]
    comparison = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
    alone = find_occurrences(read_sentences(tmp_path / "man.txt"), "man")
    assert [o["id"] for o in comparison["occurrences"]] == [o.id for o in alone] == ["1", "2"]
    assert comparison["skipped"] == []
    assert comparison["manifest"]["input"]["path"] == "man.txt"
    (tmp_path / "none.txt").write_text("post it\n")
    assert [f.word for f in batch(job, tmp_path / "out").failures] == ["he"]


def test_a_sentence_is_encoded_once_for_all_its_words(
    tmp_path: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "corpus.txt").write_text("the man is cold\nthe man of a post\npost it\n" * 2)
    from embcmp.encoders import bert as module

    ran: list[tuple[int, ...]] = []
    run_batch = module.run_batch

    def noting(model: object, sequences: Sequence[Sequence[int]], *others: object) -> object:
        ran.extend(tuple(s) for s in sequences)
        return run_batch(model, sequences, *others)

    monkeypatch.setattr(module, "run_batch", noting)
    job = write_job(tmp_path, [f"bert:{tiny_bert}"], sentences="corpus.txt")
    batch(job, tmp_path / "out")
    background = ran.index(next(s for s in ran[::-1] if ran.count(s) == 1)) + 1
    ours = ran[background - 3 : background]
    assert len(set(ours)) == 3
    assert [ran.count(s) for s in ours] == [1, 1, 1]
    uses = [r["n"] for r in json.loads((tmp_path / "out" / "summary.json").read_text())["words"]]
    assert sum(uses) == 5, "copies of a sentence count once"


def test_results_have_a_row_for_each_number(every_layer: Project) -> None:
    out = every_layer.out
    table = pq.read_table(out / "results.parquet")
    rows = list(csv.DictReader((out / "results.csv").read_text(encoding="utf-8").splitlines()))
    assert table.column_names == list(rows[0])
    assert len(rows) == table.num_rows
    assert [r["word"] for r in rows] == sorted(r["word"] for r in rows)
    comparison = json.loads((out / "comparisons" / "man.json").read_text())
    ours = {(r["encoder"], r["metric"]): r for r in table.to_pylist() if r["word"] == "man"}
    for result in comparison["results"]:
        auc = result["metrics"]["auc"]
        row = ours[result["name"], "auc"]
        assert (row["value"], row["reason"]) == (
            auc["value"],
            auc["undefined"] or auc["no_interval"],
        )
        assert row["layer"] == (None if result["layer"] is None else str(result["layer"]))


def test_the_summary_is_over_words(every_layer: Project, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(every_layer.out, out)
    comparison = batch(every_layer.job, out).summary
    assert comparison == json.loads((out / "summary.json").read_text())
    static, context, layered = every_layer.encoders
    words = [json.loads((out / "comparisons" / w["file"]).read_text()) for w in comparison["words"]]
    named = {s["name"] for s in comparison["standings"] if s["named"]}
    assert named == {static, context, layered.replace("@all", "@3")}
    for standing in comparison["standings"]:
        values = [
            r["metrics"][standing["metric"]]["value"]
            for c in words
            for r in c["results"]
            if r["name"] == standing["name"]
        ]
        if standing["mean"] is None:
            assert set(values) == {None}
        else:
            defined = [v for v in values if v is not None]
            assert standing["mean"] == pytest.approx(np.mean(defined))
            assert standing["words"] == len(defined)
    # the other layers are compared on the page of the word alone
    tests = [t for c in words for t in c["tests"] if {t["a"], t["b"]} <= named]
    assert 0 < len(tests) < sum(len(c["tests"]) for c in words)
    assert [t["p"] for t in comparison["word_tests"]] == [t["p"] for t in tests]
    adjusted = benjamini_yekutieli([t["p"] for t in tests])
    assert [t["p_adjusted"] for t in comparison["word_tests"]] == adjusted
    (pair,) = comparison["tests"]
    assert {pair["a"], pair["b"]} == {context, layered.replace("@all", "@3")}


def test_a_sample_is_drawn_with_a_warning(tmp_path: Path, tiny_vectors: Path) -> None:
    corpus(tmp_path)
    job = write_job(tmp_path, [f"context:{tiny_vectors}"], most=7)
    batch(job, tmp_path / "out")
    comparison = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
    everything = find_occurrences(read_sentences(tmp_path / "corpus.jsonl"), "man")
    assert len(comparison["occurrences"]) == 7
    assert f"7 of {len(everything)} uses are taken" in comparison["warnings"][0]
    halves = (tmp_path / "corpus.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "corpus.jsonl").unlink()
    (tmp_path / "corpus-2.jsonl").write_text("".join(halves[:30]))  # other files, another order
    (tmp_path / "corpus-1.jsonl").write_text("".join(halves[30:]))
    batch(job, tmp_path / "again")
    again = json.loads((tmp_path / "again" / "comparisons" / "man.json").read_text())
    assert {o["id"] for o in again["occurrences"]} == {o["id"] for o in comparison["occurrences"]}


class Counted:
    """Counts what encoders are asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.uses = {Context: 0, Bert: 0}
        for kind in self.uses:
            monkeypatch.setattr(kind, "encode", self._counting(kind, kind.encode))

    def _counting(self, kind: type, encode: Encode) -> Encode:
        def counting(encoder: object, uses: Sequence[Occurrence], *others: object) -> Embeddings:
            self.uses[kind] += len(uses)
            return encode(encoder, uses, *others)

        return counting

    def since(self) -> tuple[int, int]:
        counts = self.uses[Context], self.uses[Bert]
        self.uses.update(dict.fromkeys(self.uses, 0))
        return counts


@pytest.fixture
def models(tmp_path: Path, tiny_vectors: Path) -> list[str]:
    """Own copies, which may be changed."""
    save_bert(tmp_path / "bert")
    (tmp_path / "vectors.txt").write_bytes(tiny_vectors.read_bytes())
    return ["context:vectors.txt", "bert:./bert"]


def undisturbed(job: Path, folder: Path) -> dict[str, Any]:
    batch(job, folder / "undisturbed")
    return content(folder / "undisturbed")


def test_a_second_run_encodes_and_measures_nothing(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    for measuring in ("compare", "senses"):
        monkeypatch.setattr(f"embcmp.batch.measuring_stage.{measuring}", None)
    batch(finished.job, finished.out)
    assert counted.since() == (0, 0)
    assert content(finished.out) == finished.content


def places(out: Path) -> int:
    return sum(s["rows"] for s in json.loads((out / "manifest.json").read_text())["occurrences"])


def test_a_changed_model_is_encoded_again_and_no_other(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_bert(finished.folder / "bert", seed=1)
    counted = Counted(monkeypatch)
    outcome = batch(finished.job, finished.out)
    context, bert = counted.since()
    assert context == 0
    assert bert >= places(finished.out)
    fresh = undisturbed(finished.job, finished.folder)
    ours = content(finished.out)
    assert {k: v for k, v in ours.items() if k in fresh} == fresh
    assert set(ours) - set(fresh) == {k for k in ours if k.startswith("vectors/")} - set(fresh)
    assert outcome.failures == ()


def test_a_larger_input_changes_only_its_own_shards(
    tmp_path: Path, models: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus(tmp_path, 200)
    job = write_job(tmp_path, models[:1])
    batch(job, tmp_path / "out")
    shards = len(list((tmp_path / "out" / "occurrences").glob("*.parquet"))) - 1
    with (tmp_path / "corpus.jsonl").open("a") as f:
        f.write('{"sentence": "today a man of the past", "sense": "s0", "id": "new"}\n')
    counted = Counted(monkeypatch)
    batch(job, tmp_path / "out")
    encoded, _ = counted.since()
    assert shards > 8
    assert 0 < encoded < places(tmp_path / "out") / 3
    assert content(tmp_path / "out") == undisturbed(job, tmp_path)


def test_files_of_a_removed_word_are_removed(finished: Project) -> None:
    job = write_job(finished.folder, finished.encoders, words=["man", "cold"], top="senses = true")
    batch(job, finished.out)
    assert content(finished.out) == undisturbed(job, finished.folder)


def test_a_word_is_measured_again_when_its_shard_is_another_one(
    tmp_path: Path, models: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = Context.encode

    def depending(encoder: Context, uses: Sequence[Occurrence], *others: object) -> Embeddings:
        comparison = encode(encoder, uses, *others)
        return replace(comparison, vectors=comparison.vectors + np.float32(len(uses) % 10 * 1e-3))

    monkeypatch.setattr(Context, "encode", depending)
    corpus(tmp_path)
    context = models[:1]
    batch(write_job(tmp_path, context), tmp_path / "out")
    job = write_job(tmp_path, context, words=["man", "cold"])
    batch(job, tmp_path / "out")
    assert content(tmp_path / "out") == undisturbed(job, tmp_path)


def test_other_settings_measure_again_and_encode_nothing(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = write_job(finished.folder, finished.encoders, top='correct = "zscore"')
    counted = Counted(monkeypatch)
    batch(job, finished.out)
    assert counted.since() == (0, 0)
    assert content(finished.out) == undisturbed(job, finished.folder)


def test_one_bad_word_does_not_stop_the_rest(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, out = finished.job, finished.folder / "new"
    from embcmp.batch import measuring_stage

    def failing(uses: Sequence[Occurrence], *others: object, **settings: object) -> object:
        if uses[0].word == "man":
            raise RuntimeError("no luck")
        return compare(uses, *others, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(measuring_stage, "compare", failing)
        outcome = batch(job, out)
    assert [(f.word, f.reason) for f in outcome.failures] == [("man", "RuntimeError: no luck")]
    lines = (out / "failures.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"word": "man", "reason": "RuntimeError: no luck"}
    ]
    assert {w["word"] for w in outcome.summary["words"]} == {"cold", "post"}
    assert batch(job, out).failures == ()
    assert content(out) == finished.content


def test_a_shard_that_cannot_be_encoded_is_set_aside(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, out = finished.job, finished.folder / "new"
    encode, tries = Context.encode, []

    def failing(encoder: Context, uses: Sequence[Occurrence], *others: object) -> Embeddings:
        if any(o.sentence.startswith("man") for o in uses):
            tries.append(1)
            raise RuntimeError("poison")
        return encode(encoder, uses, *others)

    with monkeypatch.context() as patch:
        patch.setattr(Context, "encode", failing)
        outcome = batch(job, out)
    assert len(tries) % 3 == 0
    reasons = {f.reason for f in outcome.failures}
    assert reasons == {"context:vectors.txt: a shard could not be encoded: RuntimeError: poison"}
    assert batch(job, out).failures == ()
    assert content(out) == finished.content


def test_leftovers_of_a_killed_run_are_removed(
    finished: Project,
) -> None:
    job, out, before = finished.job, finished.out, finished.content
    for name in [f for f in before if f.endswith(".parquet.json")]:
        file = out / name
        for ending in (".parquet", ".parquet.json"):
            file.with_name(f"0{ending}").write_bytes(b"of another input")
        file.with_name("1.parquet.json").write_bytes(b"a note alone")
    batch(job, out)
    assert content(out) == before


def test_a_model_that_changes_during_the_run(
    tmp_path: Path, models: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus(tmp_path)
    job = write_job(tmp_path, models)
    write, shards = LoadedEncoder.write, []

    def changing(loaded: LoadedEncoder, *others: object, **more: object) -> None:
        shards.append(1)
        if len(shards) == 3:
            text = (tmp_path / "vectors.txt").read_text().replace("man 0.", "man 1.")
            (tmp_path / "vectors.txt").write_text(text + "war" + " 0.5" * 8 + "\n")
        write(loaded, *others, **more)

    with monkeypatch.context() as patch:
        patch.setattr(LoadedEncoder, "write", changing)
        with pytest.raises(ModelError, match="changed while it was in use"):
            batch(job, tmp_path / "out")
    batch(job, tmp_path / "out")
    fresh = undisturbed(job, tmp_path)
    ours = content(tmp_path / "out")
    assert {k: v for k, v in ours.items() if k in fresh} == fresh


def test_an_input_that_changes_while_it_is_read(
    tmp_path: Path, models: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = corpus(tmp_path)
    job = write_job(tmp_path, models)
    from embcmp.batch import planning_stage

    def growing(*given: object) -> object:
        with path.open("a") as f:
            f.write('{"sentence": "the man"}\n')
        return true_search(*given)

    true_search = planning_stage.search
    with monkeypatch.context() as patch:
        patch.setattr(planning_stage, "search", growing)
        with pytest.raises(InputError, match="its input changed while it was read; run it again"):
            batch(job, tmp_path / "out")
    batch(job, tmp_path / "out")
    assert content(tmp_path / "out") == undisturbed(job, tmp_path)


@pytest.mark.parametrize(
    ("spec", "error"), [("bert:absent", ModelError), ("bert:./bert@9", SpecError)]
)
def test_an_unusable_model_ends_the_run_before_the_search(
    tmp_path: Path, models: list[str], spec: str, error: type[EmbcmpError]
) -> None:
    corpus(tmp_path)
    with pytest.raises(error):
        batch(write_job(tmp_path, [*models, spec]), tmp_path / "out")
    assert not any((tmp_path / "out" / "occurrences").iterdir())


@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_a_damaged_file_is_made_again(finished: Project, harm: str) -> None:
    job, out, before = finished.job, finished.out, finished.content
    victims = {  # one of each kind
        (str(Path(f).parent), "".join(Path(f).suffixes)): f
        for f in before
        if f.endswith((".parquet", ".json"))
    }
    assert len(victims) > 10
    for name in victims.values():
        file = out / name
        whole = file.read_bytes()
        if harm == "cut":
            file.write_bytes(whole[: len(whole) // 2])
        elif harm == "flip":
            middle = len(whole) // 2
            flipped = bytes([whole[middle] ^ 0x55])
            file.write_bytes(whole[:middle] + flipped + whole[middle + 1 :])
        else:
            file.unlink()
        batch(job, out)
        assert content(out) == before, name


def test_two_runs_in_one_folder(tmp_path: Path, models: list[str]) -> None:
    corpus(tmp_path)
    with (
        BatchFolder(tmp_path / "out").locked(),
        pytest.raises(OutputError, match=r"another run is working in it \(process \d+\)"),
    ):
        batch(write_job(tmp_path, models), tmp_path / "out")
    outcome: Batch = batch(write_job(tmp_path, models), tmp_path / "out")
    assert outcome.failures == ()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, models: list[str]) -> None:
    corpus(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_bytes(b"")
    with pytest.raises(OutputError, match="holds other files; name a new or an empty folder"):
        batch(write_job(tmp_path, models), tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["thesis.docx"]


def test_a_corpus_in_other_formats(tmp_path: Path, tiny_vectors: Path) -> None:
    (tmp_path / "texts" / "old").mkdir(parents=True)
    (tmp_path / "texts" / "old" / "a.txt.gz").write_bytes(gzip.compress(b"A cold man. He ran.\n"))
    (tmp_path / "texts" / "b.csv").write_bytes(
        "Satz;Jahr\nDer männliche man.;1901\n".encode("cp1252")
    )
    (tmp_path / "texts" / "notes.md").write_text("man\n")
    job = tmp_path / "job.toml"
    job.write_text(
        f'encoders = ["context:{tiny_vectors}"]\nencoding = "cp1252"\nsplit = true\nlang = "de"\n'
        '[columns]\nsentence = "satz"\n'
        '[corpus]\nwords = ["man"]\nsentences = ["texts"]\n'
    )
    assert batch(job, tmp_path / "out").failures == ()
    found = json.loads((tmp_path / "out" / "comparisons" / "man.json").read_text())
    assert [(o["sentence"], o["source"]) for o in found["occurrences"]] == [
        ("Der männliche man.", "texts/b.csv:2"),
        ("A cold man.", "texts/old/a.txt.gz:1"),
    ]
    job.write_text(job.read_text().replace("satz", "text").replace("sentence =", "phrase ="))
    with pytest.raises(InputError, match="phrase = 'text'"):
        batch(job, tmp_path / "out2")


@pytest.mark.parametrize("kind", ["word", "corpus"])
def test_labels_and_other_columns_are_kept(tmp_path: Path, tiny_vectors: Path, kind: str) -> None:
    (tmp_path / "uses.csv").write_text(
        "sentence,sense,group,unit,Autor,page\n"
        "a cold man today,s1,1900,doc 7,Zoë,12\n"
        "the man is it,s2,2000,doc 8,,13\n"
        "today he is a man,s2,,,,\n",
        encoding="utf-8",
    )
    job = tmp_path / "job.toml"
    source = {
        "word": '[[word]]\nword = "man"\nsentences = "uses.csv"\n',
        "corpus": '[corpus]\nwords = ["man"]\nsentences = ["uses.csv"]\n',
    }[kind]
    job.write_text(f'encoders = ["context:{tiny_vectors}"]\n{source}')
    assert batch(job, tmp_path / "out").failures == ()
    path = tmp_path / "out" / "comparisons" / "man.json"
    saved = json.loads(path.read_text(encoding="utf-8"))
    kept = [(o["sense"], o["group"], o["unit"], o["columns"]) for o in saved["occurrences"]]
    assert kept == [
        ("s1", "1900", "doc 7", {"Autor": "Zoë", "page": "12"}),
        ("s2", "2000", "doc 8", {"page": "13"}),
        ("s2", None, None, {}),
    ]
    alone = compare(
        find_occurrences(read_sentences(tmp_path / "uses.csv"), "man"), [f"context:{tiny_vectors}"]
    )
    same = ("sentence", "start", "end", "sense", "group", "unit", "columns")
    for theirs, ours in zip(to_object(alone)["occurrences"], saved["occurrences"], strict=True):
        assert {key: theirs[key] for key in same} == {key: ours[key] for key in same}
    # Another label is another comparison, though its vectors are the same.
    text = (tmp_path / "uses.csv").read_text(encoding="utf-8")
    (tmp_path / "uses.csv").write_text(text.replace("doc 7", "doc 9"), encoding="utf-8")
    batch(job, tmp_path / "out")
    assert json.loads(path.read_text(encoding="utf-8"))["occurrences"][0]["unit"] == "doc 9"
