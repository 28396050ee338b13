"""Scores of change against scipy's and scikit-learn's, on made and on real word usage graphs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from embcmp.errors import InputError
from embcmp.evaluation.change_task import ChangeTask
from embcmp.evaluation.datasets import read
from embcmp.evaluation.evaluate import Settings, evaluate
from embcmp.evaluation.gold_rows import Graph, Part
from embcmp.evaluation.results import Evaluation
from embcmp.questions.change.change import change
from embcmp.types import Occurrence
from tests.conftest import SHARED, Run, needs_models, needs_shared
from tests.evaluation import files
from tests.questions.encoders import Made


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))


def graphs(part: Part) -> list[Graph]:
    rows = [row for row in part.rows if isinstance(row, Graph)]
    assert len(rows) == len(part.rows)
    return rows


def noisy(name: str, noise: float, dim: int = 5) -> Made:
    """Vectors that differ by group as much as people say of the word, with noise."""

    def vector(o: Occurrence) -> list[float]:
        rng = np.random.default_rng(list(f"{name} {o.sentence}".encode()))
        shift = files.CHANGED[f"{o.sentence.split()[2]}_nn"][0] * o.sentence.endswith("man")
        return list(3 * np.eye(dim)[0] + 3 * shift * np.eye(dim)[1] + noise * rng.normal(size=dim))

    return Made(vector, dim, name, (None,), fingerprint=f"{name} {noise}")


def scored(part: Part, *encoders: Made, train: Part | None = None) -> Evaluation:
    return evaluate(
        part, train, [*encoders, noisy("context", 9)], task="change", kind="graphs",
        settings=Settings(),
    )  # fmt: skip


def test_a_data_set_is_read_by_word_and_group(tmp_path: Path) -> None:
    part = read("dwug:read", files.dwug(tmp_path / "dwug_xx"))
    rows = graphs(part)
    assert [row.id for row in rows] == [f"{lemma} 1_2" for lemma in files.CHANGED]
    assert (part.split, part.skipped, part.noted) == ("dwug_xx", (), ())
    assert rows[2].gold == {"change_graded": 0.9, "COMPARE": 2.2, "change_binary": 1}
    assert rows[2].words == ("go", "go")
    assert (rows[2].compared.names, rows[2].compared.counts) == (("1", "2"), [6, 6])
    assert {use.form for use in rows[2].uses} == {"go"}
    assert rows[2].source == f"{part.files[0]}:4"
    assert len(part.files) == 13


def test_stats_may_stand_in_the_folder_above_and_lack_columns(tmp_path: Path) -> None:
    folder = files.dwug(tmp_path, "stats/stats_groupings.csv")
    files.write(folder / "stats/stats_groupings.csv", "lemma\tCOMPARE\nman_nn\t3\ngo_nn\tnan\n")
    part = read("dwug:read", folder)
    assert [(row.id, dict(row.gold)) for row in graphs(part)] == [("man_nn", {"COMPARE": 3})]
    assert part.skipped[0].reason == "has no change_graded, COMPARE, change_binary"


def test_words_that_cannot_be_scored_are_listed(tmp_path: Path) -> None:
    folder = files.dwug(tmp_path)
    files.graph(folder, "cold_nn", uses=3)
    files.graph(folder, "new_nn")
    shutil.rmtree(folder / "data" / "man_nn")
    part = read("dwug:read", folder)
    assert len(part.rows) == 10
    assert [(s.source, s.reason) for s in part.skipped] == [
        (f"{part.files[0]}:2", "man_nn has uses in 0 groups, not in two"),
        (f"{part.files[0]}:5", "group 1 has 3 uses, and 5 are needed"),
        (f"{folder}: new_nn", "has no scores in stats_groupings.csv"),
    ]


def test_what_is_no_data_set_is_an_error_with_the_file(run: Run, tmp_path: Path) -> None:
    folder = files.dwug(tmp_path / "dwug")
    done = run("evaluate", "change", str(folder / "stats"))
    assert done.returncode == 3
    assert f"{folder / 'stats'}: is no data set of word usage graphs" in done.stderr
    table = folder / "stats" / "opt" / "stats_groupings.csv"
    files.write(table, files.SCORES + "\n" + "man_nn\t1_2\t0\t0\t4\n" * 2)
    with pytest.raises(InputError, match=r"csv:3: the id 'man_nn 1_2' is given twice"):
        read("dwug:read", folder)
    table.unlink()
    done = run("evaluate", "change", str(folder))
    assert done.returncode == 3
    assert f"{table}: there is no such file" in done.stderr


def measured(part: Part, encoder: Made, measure: str) -> list[float]:
    """What `change` says of each word."""
    words = [row.compared.occurrences for row in graphs(part)]
    results = [
        c.main.change.measures[measure].metric for c in change(words, ["1", "2"], [encoder]).changes
    ]
    return [m.value for m in results if m.value is not None]


GOLD = np.array([list(map(float, scores)) for scores in files.CHANGED.values()])


def test_scores_are_scipys_and_scikit_learns_of_the_measures_of_change(tmp_path: Path) -> None:
    part, encoder = read("dwug:read", files.dwug(tmp_path / "d")), noisy("lstm", 1)
    evaluation = scored(part, encoder)
    assert (evaluation.n, evaluation.words) == (12, 12)
    found = evaluation.results[0].metrics
    for measure in ("prt", "apd", "excess"):
        values = measured(part, encoder, measure)
        expected = {
            f"spearman_{measure}": stats.spearmanr(values, GOLD[:, 0]).statistic,
            f"spearman_{measure}_compare": stats.spearmanr(values, -GOLD[:, 2]).statistic,
            f"auc_{measure}": roc_auc_score(GOLD[:, 1], values),
        }
        for name, value in expected.items():
            assert found[name].value == pytest.approx(value), name
    assert found["spearman_prt"].value != found["spearman_apd"].value


def test_intervals_leave_out_each_word(tmp_path: Path) -> None:
    part, encoder = read("dwug:read", files.dwug(tmp_path / "d")), noisy("lstm", 1)
    prt = measured(part, encoder, "prt")
    without = [
        stats.spearmanr(np.delete(prt, k), np.delete(GOLD[:, 0], k)).statistic for k in range(12)
    ]
    half = stats.t.ppf(0.975, 11) * np.sqrt(11 * np.var(without))
    metric = scored(part, encoder).results[0].metrics["spearman_prt"]
    assert metric.value is not None
    assert metric.ci95 == pytest.approx((max(metric.value - half, -1), min(metric.value + half, 1)))
    assert metric.approximate


def test_encoders_are_tested_by_their_primary_measure(tmp_path: Path) -> None:
    part = read("dwug:read", files.dwug(tmp_path / "d"))
    evaluation = scored(part, noisy("lstm", 0.2), noisy("bert", 2))
    good, bad = (r.metrics["spearman_prt"].value or 0 for r in evaluation.results[:2])
    [test] = [t for t in evaluation.tests if (t.a, t.b) == ("lstm", "bert")]
    assert test.metric == "spearman_prt"
    assert test.difference == pytest.approx(good - bad)
    assert good > 0.9
    assert test.p is not None
    assert test.p < 0.05


def test_a_word_without_vectors_in_a_group_is_left_out_of_all_encoders(tmp_path: Path) -> None:
    part = read("dwug:read", files.dwug(tmp_path / "d"))
    whole, holed = noisy("lstm", 1), noisy("bert", 1)
    vector = holed.vector
    holed.vector = lambda o: None if o.word == "go" and o.sentence.endswith("man") else vector(o)
    evaluation = scored(part, whole, holed)
    assert [r.missing for r in evaluation.results] == [0, 1, 0]
    assert "1 of 12 graphs lack a group's vectors of some encoder" in evaluation.warnings
    rows = [row for row in graphs(part) if row.words[0] != "go"]
    alone = scored(Part(rows, "d"), whole)
    assert evaluation.results[0].metrics == alone.results[0].metrics


def test_scores_that_the_data_set_lacks_leave_metrics_undefined(tmp_path: Path) -> None:
    folder = files.dwug(tmp_path / "d")
    lines = ["lemma\tchange_binary\tchange_graded", *(f"{k}\t0\t.5" for k in files.CHANGED)]
    files.write(folder / "stats/opt/stats_groupings.csv", "\n".join(lines) + "\n")
    evaluation = scored(read("dwug:read", folder), noisy("lstm", 1))
    reasons = {k: m.undefined for k, m in evaluation.results[0].metrics.items()}
    assert reasons["spearman_apd_compare"] == "no word has a COMPARE"
    assert reasons["auc_apd"] == "all words have changed, or none has"
    assert reasons["spearman_apd"] == "the measure, or change_graded, has fewer than two values"


def test_a_layer_is_chosen_on_other_words(tmp_path: Path) -> None:
    part = read("dwug:read", files.dwug(tmp_path / "d"))

    class Layered(Made):
        def encode(self, occurrences, progress=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            embeddings = super().encode(occurrences, progress)
            embeddings.vectors[0] = np.random.default_rng(0).normal(
                size=embeddings.vectors[0].shape
            )
            return embeddings

    made = Layered(noisy("bert", 0.1).vector, 5, "bert@all", (0, 1), "layers")
    by_name = {r.name: r for r in scored(part, made).results}
    assert by_name["bert@all"].note == "layer 1, chosen on train"
    assert by_name["bert@all"].metrics == by_name["bert@1"].metrics
    task = ChangeTask(graphs(part))
    mixed = task._mixed([np.full((12, 4), 1.0), np.arange(48.0).reshape(12, 4)], [1] * 10)
    assert mixed == pytest.approx(stats.zscore(np.arange(48.0).reshape(12, 4)))


@needs_shared
@needs_models
def test_dwug_en_as_computed_elsewhere(run: Run) -> None:
    """Spearman with change_graded on the words A to M, computed independently."""
    done = run(
        "evaluate", "change", str(SHARED / "dwug_en"), "--words", "A-M", "-e", "context",
        "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["n"], document["kind"]) == (25, "graphs")
    metrics = document["results"][0]["metrics"]
    assert metrics["spearman_apd"]["value"] == pytest.approx(0.466, abs=0.001)
    assert metrics["spearman_prt"]["value"] == pytest.approx(0.338, abs=0.03)  # of the plug-in
    assert len(document["skipped"]) == 21
    assert not document["published"][0]["comparable"]
