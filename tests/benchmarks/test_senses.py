"""The benchmarks of methods for unlabeled uses, on made-up uses whose answer is known."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.metrics import silhouette_score

from embcmp import Occurrence
from embcmp.measures.sense_evidence import Null, Separation
from tests.benchmarks import (
    sense_calibration,
    sense_data,
    sense_evidence,
    sense_grouping,
    sense_known,
    sense_tests,
)
from tests.benchmarks.sense_calibration import KIND_OF, MeasuredSample
from tests.benchmarks.sense_clusters import CRITERIA, KS, METHODS, OWN_K
from tests.benchmarks.sense_data import ENCODERS, MOST, Word
from tests.benchmarks.sense_evidence import EQUAL, ONE, UNEVEN, Scored
from tests.benchmarks.sense_grouping import TRUE_K, Score, tried
from tests.benchmarks.sense_tests import (
    after_pca,
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
    monkeypatch.setattr(module, "read_words", lambda *_, **__: made_words)
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
    assert tables[0] == "Words A to M; ARI of context, lstm, bert@6:"
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


def test_an_auc_compares_samples_of_one_data_set() -> None:
    none = np.full(4, np.nan)
    one = Scored(np.full(4, "x"), np.array([1.0, 2, 3, 9]), none)
    two = Scored(np.array(["x", "y"]), np.array([4.0, 2]), none[:2])
    assert sense_evidence.auc(one, two) == 0.75  # 4 is above three of four; y has none of one


def test_samples_have_the_senses_that_they_name() -> None:
    [word, *_] = words(3.0)
    drawn = list(sense_evidence.samples([word], (10, 20)))
    assert [(s.n, s.kind) for s in drawn] == [
        (10, ONE), (10, ONE), (10, EQUAL), (10, UNEVEN),
        (20, ONE), (20, ONE), (20, EQUAL), (20, UNEVEN),
    ]  # fmt: skip
    for sample in (s for s in drawn if s.kind != ONE):
        [side], _ = two_groups(centered_gram(sample.vectors["bert@6"])[None])
        few = {EQUAL: 0.5, UNEVEN: 0.3 if sample.n == 10 else 0.25}[sample.kind]
        assert min(side.mean(), 1 - side.mean()) == pytest.approx(few)


def test_evidence_is_clear_far_apart_and_absent_where_labels_are_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sense_evidence, "SIZES", (10,))
    monkeypatch.setattr(sense_tests, "DRAWS", 30)
    for apart, low, high in ((3.0, 1.0, 1.0), (0.0, 0.25, 0.75)):
        evidence = sense_evidence.Evidence(words(apart, 16))
        for choice in (("SigClust", "Cauchy"), ("PCA index", "mean"), ("share", "bert@6")):
            aucs = np.array(sense_evidence.aucs(evidence, choice))
            assert ((low <= aucs) & (aucs <= high)).all(), (choice, aucs)


def test_the_command_prints_the_tables_of_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sense_evidence, "SIZES", (10, 20))
    monkeypatch.setattr(sense_tests, "DRAWS", 30)
    lines = run(sense_evidence, words(3.0), monkeypatch, capsys)
    titles = [line for line in lines if line.endswith(":")]
    assert len(titles) == 2
    rows = [line.split(" | ") for line in lines]
    for of in (*ENCODERS, "Cauchy", "mean"):
        assert ["| shipped", of, "1.00", "1.00", "1.00 |"] in rows


def measured_words(apart: float, count: int, draws: int = 1) -> list[MeasuredSample]:
    """Samples of made-up words under `lstm`."""
    drawn = sense_evidence.samples(words(apart, count), (10, 20), draws)
    return [MeasuredSample.of(replace(s, vectors={"lstm": s.vectors["lstm"]})) for s in drawn]


def test_the_smallest_weight_that_is_nearly_the_best_is_chosen() -> None:
    assert sense_calibration.chosen([0.6, 0.7, 0.79, 0.8, 0.81, 0.8]) == 1
    assert sense_calibration.chosen([0.8, 0.7, 0.79, 0.8, 0.81, 0.8]) == 0


def test_a_null_has_the_mean_and_the_95th_percentile_of_one_sense(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sense_calibration, "SIZES", (10, 20))
    measured = measured_words(3.0, 10, draws=2)
    null = sense_calibration.null_of(measured, "lstm", 2)
    for number, n in enumerate((10, 20)):
        values = [
            np.log(m.separations["lstm"].share) + 2 * np.log(m.separations["lstm"].spread)
            for m in measured
            if (m.kind, m.n) == (ONE, n)
        ]
        assert len(values) == 40
        assert null.mean[number] == pytest.approx(np.mean(values), abs=1e-3)
        upper = null.mean[number] + norm.isf(0.05) * null.deviation[number]
        assert upper == pytest.approx(np.quantile(values, 0.95), abs=3e-3)
    shuffled = [measured[i] for i in np.random.default_rng(0).permutation(len(measured))]
    assert sense_calibration.null_of(shuffled, "lstm", 2) == null


@pytest.mark.parametrize("bandwidth", sense_calibration.BANDWIDTHS.values())
def test_simulated_uses_have_the_mean_and_covariance_of_a_sense(bandwidth: float) -> None:
    [word] = words(3.0, 1)
    rows, rng = word.rows()[0], np.random.default_rng(0)
    word.vectors.update(dict.fromkeys(sense_calibration.TESTS["all three"], word.vectors["lstm"]))
    drawn = sense_calibration.simulated(word, [(rows, 40_000)], ONE, rng, bandwidth).vectors
    x = word.vectors["lstm"][rows]
    assert np.linalg.norm(drawn["lstm"], axis=1) == pytest.approx(1)
    assert drawn["lstm"].mean(axis=0) == pytest.approx(x.mean(axis=0), abs=0.02)
    assert np.cov(drawn["lstm"].T) == pytest.approx(np.cov(x.T), abs=0.01)
    assert (drawn["lstm"] == drawn["context"]).all()  # drawn together


def test_a_kernel_density_is_that_of_the_other_uses() -> None:
    z = np.random.default_rng(0).normal(size=(12, 3))
    shrunk, width = 1 / np.sqrt(1 + 0.7**2), 0.7 / np.sqrt(1 + 0.7**2)
    expected = [
        np.log(
            np.mean(
                [
                    multivariate_normal.pdf(x, shrunk * other, width**2)
                    for j, other in enumerate(z)
                    if j != i
                ]
            )
        )
        for i, x in enumerate(z)
    ]
    assert sense_calibration.left_out(z, 0.7) == pytest.approx(np.mean(expected))


def test_a_standard_error_is_over_words() -> None:
    found = Separation(0.3, 0.4, 0.6)
    measured = [MeasuredSample("x", w, ONE, 10, {"lstm": found}) for w in "aaabbbcccddd"]
    null = Null(1, [10], [-1.0], [0.1])
    results = sense_calibration.Results(measured, {"test": (["lstm"], {"lstm": null})})
    results.p["test"] = np.array([0.01] * 3 + [0.9] * 9)
    # four words with rates 1, 0, 0 and 0
    error = np.sqrt((0.75**2 + 3 * 0.25**2) / 16)
    expected = f".25 ({error:.2f})".replace("0.", ".")
    assert results.rate("test", np.ones(12, dtype=bool)) == expected
    assert results.rate("test", np.zeros(12, dtype=bool)) == "-"


def test_the_command_writes_the_nulls_and_prints_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sense_calibration, "SIZES", (10, 20))
    monkeypatch.setattr(sense_calibration, "DRAWS", 1)
    monkeypatch.setattr(sense_calibration, "SIMULATED", (10, 15))
    monkeypatch.setattr(sense_calibration, "FILE", tmp_path / "nulls.json")
    made_words = words(3.0, 6)
    for word in made_words:
        word.vectors.update(dict.fromkeys(KIND_OF, word.vectors["lstm"]))
    lines = run(sense_calibration, made_words, monkeypatch, capsys)
    nulls = json.loads((tmp_path / "nulls.json").read_text())
    assert [*nulls] == [*KIND_OF, "any"]
    its_null = sense_calibration.null_of(measured_words(3.0, 6), "lstm", None)
    assert nulls["any"]["deviation"] == its_null.deviation  # all encoders have the same vectors
    assert len([line for line in lines if line.endswith(":")]) == 10
    last = lines[-1].split(" | ")
    assert last[:3] == ["| .80 to 1.00", "6", "1.00 (.00)"]


def test_the_command_prints_what_is_stated_of_known_senses_and_what_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sense_known, "DRAWS", 2)
    lines = run(sense_known, words(3.0, 3), monkeypatch, capsys)
    rows = [line.strip("| ").split(" | ") for line in lines if f"| {ENCODERS[0]} |" in line]
    assert rows[0][:6] == ["under 19", ENCODERS[0], "3", ".00", "1.00", "1.00"]
    assert rows[0][6] == ".07"  # 13 of 20 uses are known
    assert rows[0][8:] == ["1.00", "1.00"]
    assert " 1.00 (" in rows[1][-2]


def test_a_trial_knows_two_thirds_of_each_sense() -> None:
    trial = sense_known.trial(*made((12, 30), 3.0), 0)
    assert trial.rarest == 8
    assert np.bincount(trial.senses).tolist() == [4, 10]
    assert (trial.assigned == trial.senses).all()


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
        assert bow.vectors["bert@6"].shape == (1, 2)  # the other use has no vector
        assert np.linalg.norm(bow.vectors["bert@6"]) == pytest.approx(1)
    assert sorted(asked) == sorted(["A bow.", "The bow.", "An edge."] * len(ENCODERS))
