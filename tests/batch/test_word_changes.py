"""The changes of a batch's words: the files, the rows, the summary, and what a second run makes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from scipy.stats import false_discovery_control, percentileofscore

from embcmp import Occurrence, find_occurrences, read_sentences
from embcmp.batch import measuring_stage
from embcmp.batch.word_changes import by_chance, by_change, chance, finding
from embcmp.encoders.context import Context
from embcmp.measures.group_change import MEASURES
from embcmp.questions.change.change import change
from embcmp.questions.change.json import to_object
from tests.batch.conftest import Project
from tests.batch.jobs import batch, content, interrupt_second
from tests.commands import Run
from tests.schemas import schema

ENCODERS = ("context:vectors.txt", "lstm")
WORDS = ("man", "post", "cold")
TEXTS = {
    "old": ("he is a man of few words {}", "a cold man {} today", "go post it {}", "it is cold {}"),
    "new": ("the man {} the post", "go man go {}", "the post is cold today {}", "a few cold {}"),
}
GROUPS = '[groups]\nold = "old/*.txt"\nnew = ["new"]\n'


def write_texts(folder: Path) -> None:
    """Six documents in each of two folders."""
    for group, lines in TEXTS.items():
        (folder / group).mkdir()
        for i in range(6):
            text = "\n".join(line.format(i) for line in lines)
            (folder / group / f"{i}.txt").write_text(f"{text}\n")


def write_job(folder: Path, groups: str = GROUPS, corpus: str = "", top: str = "") -> Path:
    path = folder / "job.toml"
    path.write_text(
        f"encoders = {json.dumps(ENCODERS)}\nshard_size = 12\n{top}\n{groups}\n"
        f"[corpus]\nwords = {json.dumps(WORDS)}\n{corpus}\n"
    )
    return path


@pytest.fixture(scope="module")
def _once(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path) -> Project:
    folder = tmp_path_factory.mktemp("changes")
    shutil.copy(tiny_vectors, folder / "vectors.txt")
    write_texts(folder)
    assert batch(write_job(folder), folder / "out").failures == ()
    return Project(folder, ENCODERS, content(folder / "out"))


@pytest.fixture
def project(_once: Project, tmp_path: Path) -> Project:
    """A copy of a finished batch with groups, which a test may change."""
    shutil.copytree(_once.folder, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path, _once.encoders, _once.content)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words whose change is measured, in turn."""
    words: list[str] = []
    true = measuring_stage.change

    def noting(uses: list[list[Occurrence]], *others: Any, **settings: Any) -> Any:  # noqa: ANN401  as `change`
        words.append(uses[0][0].word)
        return true(uses, *others, **settings)

    monkeypatch.setattr(measuring_stage, "change", noting)
    return words


def read(path: Path) -> Any:  # noqa: ANN401  any JSON
    return json.loads(path.read_text(encoding="utf-8"))


def uses_of(word: str) -> list[Occurrence]:
    """The uses as `embcmp change --group` finds them."""
    return [
        replace(o, id=f"{group}.{o.id}", group=group)
        for group in TEXTS
        for o in find_occurrences(read_sentences(f"{group}/*.txt"), word)
    ]


def by_sentence(answer: dict[str, Any]) -> dict[str, Any]:
    """The part of a word, with the sentences of its uses in place of their ids."""
    [word] = answer["changes"]
    sentences = {o["id"]: o["sentence"] for o in word["occurrences"]}
    for r in word["results"]:
        r["gained"], r["lost"] = ([sentences[id] for id in r[key]] for key in ("gained", "lost"))
    return dict(word)


def test_a_word_has_the_change_that_change_gives(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    for word in WORDS:
        saved = read(project.out / "changes" / f"{word}.json")
        jsonschema.validate(saved, schema("change"))
        asked = to_object(change([uses_of(word)], ["old", "new"], ENCODERS))
        for key in ("groups", "correct", "verdict", "warnings"):
            assert saved[key] == asked[key], key
        ours, theirs = by_sentence(saved), by_sentence(asked)
        assert ours["documents"], "each file is a document"
        for key in ("word", "groups", "verdict", "warnings", "documents"):
            assert ours[key] == theirs[key], key
        for r, alone in zip(ours["results"], theirs["results"], strict=True):
            for key in ("name", "gained", "lost", "keywords", "no_test"):
                assert r[key] == alone[key], key
            for name in MEASURES:
                m, expected = r["metrics"][name], alone["metrics"][name]
                assert m["undefined"] == expected["undefined"]
                for key in ("value", "p", "p_adjusted", "ci95"):
                    assert m[key] == pytest.approx(expected[key], abs=1e-4), (name, key)


def test_results_have_rows_for_the_change(project: Project) -> None:
    rows = pq.read_table(project.out / "results.parquet").to_pylist()
    values = {(r["word"], r["encoder"], r["metric"]): r for r in rows}
    for word in WORDS:
        [saved] = read(project.out / "changes" / f"{word}.json")["changes"]
        for r in saved["results"]:
            assert values[word, r["name"], "change_p"]["value"] == r["metrics"]["prt"]["p"]
            for name in MEASURES:
                row, m = values[word, r["name"], f"change_{name}"], r["metrics"][name]
                assert row["value"] == m["value"]
                assert [row["low"], row["high"]] == (m["ci95"] or [None, None])
                assert row["reason"] == (m["undefined"] or m["no_interval"])


def test_the_summary_has_the_words_by_change(project: Project) -> None:
    summary = read(project.out / "summary.json")
    rows = summary["changes"]
    prt = [row["prt"] for row in rows]
    assert prt == sorted(prt, reverse=True)
    assert {row["word"] for row in rows} == set(WORDS)
    adjusted = false_discovery_control([row["p"] for row in rows], method="by")
    assert [row["p_adjusted"] for row in rows] == pytest.approx(list(adjusted))
    for row in rows:
        [saved] = read(project.out / "changes" / row["file"])["changes"]
        main = saved["results"][-1]
        assert row["encoder"] == main["name"] == "lstm"
        primary = main["metrics"]["prt"]
        assert [row["prt"], row["low"], row["high"]] == [primary["value"], *primary["ci95"]]
        assert (row["p"], row["verdict"]) == (primary["p"], saved["verdict"])
        assert row["keywords"] == main["keywords"]
        assert row["uses"] == {group["name"]: group["uses"] for group in saved["groups"]}
        others = [value for value in prt if value != row["prt"]]
        assert row["percentile"] == percentileofscore(others, row["prt"], kind="mean")
    assert summary["changes_by_chance"] == by_chance(rows)
    metrics = {s["metric"] for s in summary["standings"]}
    assert {f"change_{name}" for name in MEASURES} <= metrics
    assert "change_p" not in metrics, "its mean over words says nothing"


def outline(prt: float | None, p: float | None) -> dict[str, Any]:
    return {"prt": prt, "p": p}


def test_words_are_in_the_order_of_change_with_their_percentiles() -> None:
    given = {
        "seal": (0.2, 0.04), "oak": (None, None), "bank": (0.2, 0.001), "man": (-0.1, 0.8),
        "bat": (0.5, 0.04), "ash": (0.1, None),
    }  # fmt: skip
    rows = by_change({word: outline(*values) for word, values in given.items()})
    assert [row["word"] for row in rows] == ["bat", "bank", "seal", "ash", "man", "oak"]
    # of four other words with a value, two changed less than bank, and one as much
    assert [row["percentile"] for row in rows] == [100, 62.5, 62.5, 25, 0, None]
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    assert {row["word"]: row["p_adjusted"] for row in rows} == {
        "bank": pytest.approx(4 * harmonic * 0.001),
        "seal": pytest.approx(4 / 3 * harmonic * 0.04),
        "bat": pytest.approx(4 / 3 * harmonic * 0.04),
        "man": 1, "ash": None, "oak": None,
    }  # fmt: skip
    assert by_chance(rows) == {"tested": 4, "expected": pytest.approx(0.2), "observed": 3}
    assert list(chance(rows)) == [
        "The p of a word by itself is below .05 for 3 of 4 tested words; .2 are expected by chance"
        " alone."
    ]
    assert finding(rows) == [
        "1 of 4 tested words is shown to have changed (p < .05, adjusted over the words): bank."
    ]
    assert {row["false_discovery_rate"] for row in rows} == {None}


def test_among_many_words_false_discovery_rates_are_estimated() -> None:
    p = [0.0001, 0.0002, 0.001, *[0.5] * 117]
    rows = by_change({f"w{i:03}": outline(1 - i / 200, value) for i, value in enumerate(p)})
    rates = false_discovery_control(p)
    assert [row["false_discovery_rate"] for row in rows] == pytest.approx(list(rates))
    assert {row["p_adjusted"] for row in rows} == {None}
    assert finding(rows) == [
        "3 of 120 tested words are shown to have changed (estimated false discovery rate < .05):"
        " w000, w001 and w002.",
        "Among so many words no single p can be small enough to bound the share of false claims,"
        " so that their share is estimated.",
    ]


def test_one_word_has_no_percentile_and_no_word_no_finding() -> None:
    [row] = by_change({"oak": outline(0.3, 0.5)})
    assert row["percentile"] is None
    for rows in ([], by_change({"oak": outline(None, None)})):
        assert finding(rows) == ["No word could be tested for a change."]
        assert list(chance(rows)) == []


@pytest.mark.parametrize("place", ["change", "write_sealed"])
def test_an_interrupted_run_continues(
    project: Project, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It is interrupted in the second word: while its change is measured, or before its record."""
    out = project.folder / "again"
    with monkeypatch.context() as patch:
        interrupt_second(patch, measuring_stage, place)
        with pytest.raises(KeyboardInterrupt):
            batch(project.job, out)
    assert not (out / "summary.json").exists()
    batch(project.job, out)
    assert content(out) == project.content


def test_a_second_run_measures_only_damaged_words(project: Project, measured: list[str]) -> None:
    (project.out / "changes" / "man.json").write_text("{")
    batch(project.job, project.out)
    assert measured == ["man"]
    batch(project.job, project.out)
    assert measured == ["man"]
    assert content(project.out) == project.content


def test_groups_of_a_corpus_are_compared_on_its_vectors(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = 'sentences = ["old/*.txt", "new/*.txt"]'
    out = project.folder / "other"
    summary = batch(write_job(project.folder, "", corpus), out).summary
    assert "changes" not in summary
    assert not (out / "changes").exists()
    monkeypatch.setattr(Context, "encode", None)
    batch(write_job(project.folder), out)
    assert content(out) == project.content
    batch(write_job(project.folder, "", corpus), out)
    assert not list((out / "changes").iterdir())
    assert "change_" not in (out / "results.csv").read_text()


def test_other_groups_change_only_the_words_in_them(
    project: Project, monkeypatch: pytest.MonkeyPatch, measured: list[str]
) -> None:
    (project.folder / "one.txt").write_text("he is cold\n")
    old, new = (
        ('old = ["old", "one.txt"]', 'new = "new"'),
        ('old = "old"', 'new = ["new", "one.txt"]'),
    )
    for lines, words in ((old, None), (new, ["cold"]), (new[::-1], sorted(WORDS))):
        del measured[:]
        job = write_job(project.folder, "\n".join(["[groups]", *lines]))
        changes = batch(job, project.out).summary["changes"]
        assert words is None or measured == words
        assert list(changes[0]["uses"]) == [line.split()[0] for line in lines]
        monkeypatch.setattr(Context, "encode", None)  # the vectors of the first run are enough


def test_most_uses_are_taken_of_each_group(project: Project) -> None:
    most = "max_per_word = 4"
    grouped = project.folder / "grouped"
    batch(write_job(project.folder, corpus=most), grouped)
    for group in TEXTS:
        out = project.folder / f"only-{group}"
        batch(write_job(project.folder, "", f'{most}\nsentences = "{group}/*.txt"'), out)
        for word in WORDS:
            [saved] = read(grouped / "changes" / f"{word}.json")["changes"]
            ours = {o["id"] for o in saved["occurrences"] if o["group"] == group}
            alone = {o["id"] for o in read(out / "comparisons" / f"{word}.json")["occurrences"]}
            assert ours == alone
            assert len(ours) == 4
    man = read(grouped / "changes" / "man.json")
    assert man["warnings"][0] == "8 of 24 uses are taken, a sample drawn with seed 0"


def test_senses_and_groups_go_together(project: Project) -> None:
    summary = batch(write_job(project.folder, top="senses = true"), project.out).summary
    assert {row["word"] for row in summary["senses"]} == set(WORDS)
    assert summary["changes"] == read(project.folder / "out" / "summary.json")["changes"]
    jsonschema.validate(read(project.out / "senses" / "man.json"), schema("senses"))


def test_tables_with_documents_and_a_word_in_one_group_alone(project: Project) -> None:
    for group, other in (("old", "cold"), ("new", "post")):
        rows = [f"the man is {other} {i}\t{group}{i}\tx" for i in range(6)]
        table = "\n".join(["sentence\tunit\tgroup", *rows])
        (project.folder / f"{group}.tsv").write_text(f"{table}\n")
    groups = '[groups]\nold = "old.tsv"\nnew = "new.tsv"'
    finished = batch(write_job(project.folder, groups), project.out)
    assert finished.failures == ()
    *_, cold, post = finished.summary["changes"]
    assert (cold["word"], cold["uses"], cold["prt"]) == ("cold", {"old": 6, "new": 0}, None)
    assert (post["word"], post["percentile"], post["p_adjusted"]) == ("post", None, None)
    rows = pq.read_table(project.out / "results.parquet").to_pylist()
    reasons = {r["reason"] for r in rows if r["word"] == "cold" and r["metric"] == "change_p"}
    assert reasons == {"group new has 0 uses, and 5 are needed"}
    [man] = read(project.out / "changes" / "man.json")["changes"]
    assert {o["unit"] for o in man["occurrences"]} == {f"{g}{i}" for g in TEXTS for i in range(6)}
    both = (project.folder / "new.tsv").read_text().replace("new3", "old3")
    (project.folder / "new.tsv").write_text(both)
    failures = batch(project.job, project.out).failures
    assert [failure.word for failure in failures] == ["man"]
    assert "the document 'old3' is in the groups 'old' and 'new'" in failures[0].reason


@pytest.mark.slow
@pytest.mark.process("Dask's workers are processes")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_several_processes_give_the_changes_of_one(run: Run, project: Project) -> None:
    job, out = str(project.folder / "job.toml"), project.folder / "many"
    done = run("batch", job, "--out", str(out), "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert content(out).items() >= project.content.items()
