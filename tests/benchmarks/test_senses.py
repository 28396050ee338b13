"""The benchmarks of methods for unlabeled uses, on made-up uses whose answer is known."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from embcmp import Occurrence
from tests.benchmarks import sense_data, sense_evidence, sense_grouping, sense_tests
from tests.benchmarks.sense_clusters import CRITERIA, KS, METHODS, OWN_K
from tests.benchmarks.sense_data import ENCODERS, MOST, Word
from tests.benchmarks.sense_evidence import EQUAL, ONE, UNEVEN, Scored
from tests.benchmarks.sense_grouping import TRUE_K, Score, tried
from tests.benchmarks.sense_tests import (
    after_pca,
    cauchy,
    centered_gram,
    dip,
    dips,
    sigclust,
    silhouette,
    soft_threshold,
    two_groups,
)


def made(sizes: tuple[int, ...], apart: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors [n, 20] around a center for each sense, and the senses; 0 apart is one group."""
    rng = np.random.default_rng(seed)
    senses = np.repeat(np.arange(len(sizes)), sizes)
    x = apart * np.eye(20)[senses] + rng.normal(size=(len(senses), 20)) / np.sqrt(20)
    return x / np.linalg.norm(x, axis=1, keepdims=True), senses


@cache
def tried_far_apart() -> dict[tuple[str, str], Score]:
    return tried(*made((20, 15, 12), 3.0))


NOISE = made((24,), 0.0)[0], np.random.default_rng(1).integers(0, 3, 24)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_groups_that_are_far_apart(name: str) -> None:
    results = tried_far_apart()
    assert results[name, TRUE_K].ari == 1
    assert results[name, "silhouette"] == Score(1.0, 3, 3)
    assert results[name, "silhouette - 1 error"] == Score(1.0, 3, 3)
    assert results[name, "gap"] == Score(1.0, 3, 3)
    assert results[name, "always 2"].groups == 2


@pytest.mark.parametrize("name", OWN_K)
def test_methods_with_their_own_k_find_them_too(name: str) -> None:
    assert tried_far_apart()[name, "its own"].ari == 1


def test_groups_of_noise_do_not_match_random_labels() -> None:
    results = tried(*NOISE)
    assert {criterion for _, criterion in results} == {*CRITERIA, TRUE_K, "its own"}
    assert abs(np.mean([s.ari for s in results.values()])) < 0.05


def test_a_method_cuts_into_as_many_groups_as_asked() -> None:
    unit, _ = made((40,), 0.0)
    for method in METHODS.values():
        counts = [len(np.unique(groups)) for groups in method.groups(method.view(unit), KS)]
        assert counts == list(KS)


def words(apart: float, count: int = 8) -> list[Word]:
    """Words of two data sets, with two senses of 20 uses, and vectors for every encoder."""
    made_words = []
    for number in range(count):
        vectors, senses = made((20, 20), apart, seed=number)
        data = ("DWUG", "homographs")[number % 2]
        made_words.append(Word(data, f"w{number}", senses, dict.fromkeys(ENCODERS, vectors)))
    return made_words


def run(
    module: ModuleType,
    made_words: list[Word],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> list[str]:
    """The lines that the command prints for made-up words."""
    monkeypatch.setattr(module, "read_words", lambda *_: made_words)
    monkeypatch.setattr(sys, "argv", ["benchmark", "data", "--cache", "cache"])
    module.main()
    return capsys.readouterr().out.splitlines()


def test_the_command_prints_every_choice_and_the_best(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {name: METHODS[name] for name in ("Ward", "k-means")}
    monkeypatch.setattr(sense_grouping, "METHODS", few)
    lines = run(sense_grouping, words(3.0)[:2], monkeypatch, capsys)
    tables = "\n".join(lines).split("\n\n")
    assert tables[0] == "Words A to M; ARI of context, lstm, bert:"
    first, later = ([line.split(" | ") for line in t.splitlines()[2:]] for t in tables[1::2])
    assert len(first) == len(few) * (len(CRITERIA) + 1) + len(OWN_K)
    exact = ["1.00 1.00 1.00", "1.00 1.00 1.00", "1.00", "0.0", ".00 |"]
    assert ["| Ward", "true k", *exact] in first
    assert tables[2].startswith("Words N to Z, ")
    assert {criterion for _, criterion, *_ in later} >= {"silhouette", "always 2", TRUE_K}


def test_the_best_choice_does_not_know_the_number_of_senses() -> None:
    cells = {("DWUG", "bert"): [Score(0.9, 2, 2)]}
    worse = {("DWUG", "bert"): [Score(0.5, 2, 2)]}
    scores = {("Ward", TRUE_K): cells, ("Ward", "always 2"): cells, ("Ward", "gap"): worse}
    assert sense_grouping.best(scores) == ("Ward", "gap")


def test_two_groups_are_found_and_their_share_is_that_of_the_sum_of_squares() -> None:
    unit, senses = made((20, 10), 3.0)
    [side], [share] = two_groups(centered_gram(unit)[None])
    assert len({*zip(side, senses, strict=True)}) == 2
    inside = sum(((unit[senses == s] - unit[senses == s].mean(axis=0)) ** 2).sum() for s in (0, 1))
    assert share == pytest.approx(1 - inside / ((unit - unit.mean(axis=0)) ** 2).sum())
    expected = silhouette_score(unit, senses, metric="sqeuclidean")
    assert silhouette(centered_gram(unit)[None], side[None]) == pytest.approx([expected])


def test_each_use_is_in_the_group_whose_centroid_is_nearer() -> None:
    noise = np.random.default_rng(0).normal(size=(5, 24, 6))
    sides, _ = two_groups(centered_gram(noise))
    for x, side in zip(noise, sides, strict=True):
        to = [np.linalg.norm(x - x[side == s].mean(axis=0), axis=1) for s in (0, 1)]
        assert ((to[1] < to[0]) == side).all()


def test_tests_against_a_gaussian_keep_their_level_and_find_two_groups() -> None:
    rng = np.random.default_rng(0)
    gaussians = rng.normal(size=(60, 20, 8)) * np.sqrt(np.arange(8, 0, -1))
    for test in (sigclust, lambda x: after_pca(x)[0], lambda x: after_pca(x)[1]):
        assert np.mean([test(x)[1] < 0.05 for x in gaussians]) <= 0.10
        assert test(made((10, 10), 3.0)[0])[1] < 0.001
    assert np.mean([dip(x)[1] < 0.05 for x in gaussians]) <= 0.05
    assert dip(made((20, 20), 3.0)[0])[1] < 0.05
    assert np.isnan(dip(gaussians[0][:10])).all()


def test_dips_of_which_the_value_is_known() -> None:
    even = np.arange(8.0)
    two = np.repeat([0.0, 1.0], 4) + even * 1e-9
    assert dips(np.stack([even, two])) == pytest.approx([1 / 16, 1 / 4], abs=1e-6)


def test_soft_thresholds_keep_the_sum() -> None:
    eigenvalues = np.array([10.0, 4.0, 1.0, 0.5, 0.0])
    raised = soft_threshold(eigenvalues, 1.0)
    assert raised.sum() == pytest.approx(eigenvalues.sum())
    assert raised == pytest.approx([9.25, 3.25, 1.0, 1.0, 1.0])


def test_a_combined_p_of_equal_ones_is_that_p() -> None:
    assert cauchy(np.full(3, 0.02)) == pytest.approx(0.02)
    assert cauchy(np.array([0.001, 0.6, 0.7])) < 0.01


def test_a_calibrated_p_is_a_rank_among_other_words() -> None:
    none = np.full(4, np.nan)
    one = Scored(np.full(4, "x"), np.array(["a", "b", "c", "d"]), np.array([1.0, 2, 3, 9]), none)
    two = Scored(np.array(["x", "y"]), np.array(["d", "e"]), np.array([4.0, 2]), none[:2])
    assert sense_evidence.calibrated(two, one).tolist() == [1 / 4, 4 / 5]
    assert sense_evidence.auc(one, two) == 0.75  # 4 is above three of four; y has none of one


def test_samples_have_the_senses_that_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sense_evidence, "SIZES", (10, 20))
    [word, *_] = words(3.0)
    drawn = list(sense_evidence.samples([word]))
    assert [(s.n, s.kind) for s in drawn] == [
        (10, ONE), (10, ONE), (10, EQUAL), (10, UNEVEN),
        (20, ONE), (20, ONE), (20, EQUAL), (20, UNEVEN),
    ]  # fmt: skip
    for sample in (s for s in drawn if s.kind != ONE):
        [side], _ = two_groups(centered_gram(sample.vectors["bert"])[None])
        few = {EQUAL: 0.5, UNEVEN: 0.3 if sample.n == 10 else 0.25}[sample.kind]
        assert min(side.mean(), 1 - side.mean()) == pytest.approx(few)


def test_evidence_is_clear_far_apart_and_absent_where_labels_are_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sense_evidence, "SIZES", (10,))
    monkeypatch.setattr(sense_tests, "DRAWS", 30)
    for apart, low, high in ((3.0, 1.0, 1.0), (0.0, 0.25, 0.75)):
        evidence = sense_evidence.Evidence(words(apart, 16))
        for choice in (("SigClust", "Cauchy"), ("PCA index", "mean"), ("share", "bert")):
            aucs = np.array(sense_evidence.aucs(evidence, choice))
            assert ((low <= aucs) & (aucs <= high)).all(), (choice, aucs)


def test_the_command_prints_the_tables_of_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sense_evidence, "SIZES", (10, 20))
    monkeypatch.setattr(sense_tests, "DRAWS", 30)
    lines = run(sense_evidence, words(3.0), monkeypatch, capsys)
    titles = [line for line in lines if line.endswith(":")]
    assert len(titles) == 4
    assert titles[3].removesuffix("N to Z:") == titles[2].removesuffix("A to M:")
    later = lines[lines.index(titles[3]) + 4 :]
    assert later[0].startswith("| 10 | 16 8 8 | ")
    assert later[2].startswith("| all | 32 16 16 | ")
    assert all(row.endswith(" | 1.00 | 1.00 |") for row in later[:3])
    assert lines[-2:] == ["| DWUG | 1.00 | 1.00 |", "| homographs | 1.00 | 1.00 |"]


def test_a_sentence_counts_once_and_a_sense_up_to_the_limit() -> None:
    uses = [Occurrence(str(i), "w", f"The {i} w", 4, 5, "a") for i in range(MOST + 9)]
    uses += [Occurrence(f"b{i}", "w", "the  W", 5, 6, "b") for i in range(3)]
    chosen = sense_data.sampled(uses)
    assert [u.sense for u in chosen] == ["a"] * MOST + ["b"]
    assert chosen == sense_data.sampled(uses)


def test_words_are_read_from_the_folder_and_vectors_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    (folder / "tsv").mkdir(parents=True)
    rows = ["id\tword\tstart\tend\tsense\tsentence", "1\tbow\t2\t5\ttie\tA bow.",
            "2\tbow\t4\t7\tarms\tThe bow.", "3\ttear\t2\t6\tdrop\tA tear."]  # fmt: skip
    (folder / "tsv/wikihomograph.train.items.tsv").write_text("\n".join(rows) + "\n")
    graph = folder / "dwug_en/data/edge_nn"
    graph.mkdir(parents=True)
    head = "lemma\tpos\tgrouping\tidentifier\tcontext\tindexes_target_token\n"
    uses = "edge_nn\tnn\t1\ti1\tAn edge.\t3:7\nedge_nn\tnn\t1\ti2\tNo edge.\t3:7\n"
    (graph / "uses.csv").write_text(head + uses)
    clusters = folder / "dwug_en/clusters/opt"
    clusters.mkdir(parents=True)
    (clusters / "edge_nn.csv").write_text("identifier\tcluster\ni1\t0\ni2\t-1\n")
    monkeypatch.setattr(sense_data, "read_homographs", dict)
    asked = []

    class Fake:
        vectors = np.array([[[3.0, 4.0], [np.nan, np.nan], [0.0, 2.0]]], np.float32)

        def encode(self, uses: list[Occurrence]) -> Fake:
            asked.extend(u.sentence for u in uses)
            return self

    monkeypatch.setattr(sense_data, "load_encoder", lambda _: Fake())
    for _ in range(2):
        bow, edge = sense_data.read_words(folder, tmp_path / "cache", "A-M")
        assert (bow.data, bow.word, edge.data, edge.word) == (
            "wikihomograph",
            "bow",
            "DWUG",
            "edge",
        )
        assert bow.vectors["bert"].shape == (1, 2)  # the other use has no vector
        assert np.linalg.norm(bow.vectors["bert"]) == pytest.approx(1)
    assert sorted(asked) == sorted(["A bow.", "The bow.", "An edge."] * len(ENCODERS))
