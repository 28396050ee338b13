from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embcmp.measures import probe as module
from embcmp.measures.probe import balanced_accuracy, probe
from embcmp.measures.use_groups import Grouping
from tests.measures.cases import blobs, in_sentences

SEPARATE = Grouping.separate


def test_balanced_accuracy_equals_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    true, found = rng.integers(0, 3, (2, 50))
    expected = balanced_accuracy_score(true, found)
    assert balanced_accuracy(true, found) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("dim", [8, 90])
@pytest.mark.parametrize("sizes", [(20, 20), (30, 20, 10)])
def test_predicts_what_scikit_learn_does(sizes: tuple[int, ...], dim: int) -> None:
    x, senses = blobs(sizes, dim=dim, shift=1)
    x[:, -1] = 3  # a dimension that never varies
    codes = np.unique(senses, return_inverse=True)[1]
    grouped = in_sentences(codes, np.arange(len(codes)) // 2)
    rng = np.random.default_rng(0)
    held_out = np.stack([module.unit_folds(grouped, rng) for _ in range(3)])
    labelings = np.stack([[codes, rng.permutation(codes)] for _ in range(3)])
    expected = np.empty_like(labelings)
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-6, max_iter=10_000))
    for repeat in range(3):
        for test in held_out[repeat]:
            for row, y in enumerate(labelings[repeat]):
                model = plain.fit(x[~test].astype(float), y[~test])
                expected[repeat, row, test] = model.predict(x[test].astype(float))
    found = module._predicted(x.astype(float), labelings, held_out)
    assert (found == expected).all()


def test_blocks_of_folds_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, senses = blobs((15, 15), shift=1)
    whole = probe(x, SEPARATE(senses))
    monkeypatch.setattr(module, "_BLOCK", 7 * 30 * 12)
    assert probe(x, SEPARATE(senses)) == whole


def test_folds_keep_sentences_together_and_spread_the_senses() -> None:
    codes = np.repeat([0, 1], [30, 20])
    sentences = np.arange(50) // 2
    folds = module.unit_folds(in_sentences(codes, sentences), np.random.default_rng(3))
    assert np.sum(folds, axis=0).tolist() == [1] * 50
    for fold in folds:
        assert (fold[::2] == fold[1::2]).all()
        assert [fold[codes == 0].sum(), fold[codes == 1].sum()] == [6, 4]


def test_separable_senses_are_read_off_and_shuffled_ones_are_not() -> None:
    x, senses = blobs((30, 30), shift=8, dim=20)
    found = probe(x, SEPARATE(senses))
    assert found.value == pytest.approx(1, abs=0.03)
    assert found.chance == pytest.approx(0.5, abs=0.05)


def test_noise_is_at_chance() -> None:
    x, senses = blobs((30, 30), shift=0)
    found = probe(x, SEPARATE(senses))
    assert found.value == pytest.approx(0.5, abs=0.15)


def test_needs_ten_sentences_a_sense() -> None:
    x, senses = blobs((12, 12))
    sentences = np.arange(24)
    sentences[12:15] = 99
    reason = "the probe needs 10 sentences a sense: 'b' has 9"
    assert probe(x, SEPARATE(senses, np.r_[sentences[:23], 99])).undefined == reason
    assert probe(x, SEPARATE(senses, sentences)).value is not None


def test_depends_on_the_seed_alone() -> None:
    x, senses = blobs((15, 15), shift=1)
    assert probe(x, SEPARATE(senses)) == probe(x, SEPARATE(senses))
    assert probe(x, SEPARATE(senses), seed=1) != probe(x, SEPARATE(senses))


def test_a_column_that_is_constant_but_for_rounding_plays_no_part() -> None:
    x = np.random.default_rng(0).standard_normal((24, 3))
    uses = SEPARATE(["a", "b"] * 12)
    x[::2, 0] += 1
    steady = 0.1 + 1e-12 * np.random.default_rng(1).standard_normal((24, 40))
    wide = probe(np.hstack([x, steady]), uses)
    assert wide == probe(np.hstack([x, np.zeros((24, 40))]), uses)


def test_chance_is_known_to_a_hundredth_and_a_half() -> None:
    """Its standard error over seeds is below .015, and it is that of many shuffles."""
    x, senses = blobs((12, 12), shift=1)
    chances = [probe(x, SEPARATE(senses), seed=seed).chance for seed in range(12)]
    values = np.array(chances, dtype=float)
    assert values.std(ddof=1) < 1.6 * module.CHANCE_ERROR  # 12 seeds: up to 1.6 times by chance
    codes = np.unique(senses, return_inverse=True)[1]
    rng = np.random.default_rng(77)
    grouped = in_sentences(codes, np.arange(24))
    shuffles: list[float] = []
    for _ in range(20):
        folds = np.stack([module.unit_folds(grouped, rng) for _ in range(module.REPEATS)])
        labelings = np.stack([rng.permutation(codes) for _ in range(module.REPEATS)])
        shuffles += module._accuracies(x.astype(float), labelings[:, None], folds)[0]
    assert values.mean() == pytest.approx(np.mean(shuffles), abs=0.03)


def test_of_many_uses_a_sample_keeps_the_shares_of_the_senses() -> None:
    codes = np.repeat([0, 1, 2], [600, 288, 12])
    used = in_sentences(codes, np.arange(900))
    chosen = module._chosen(used, np.random.default_rng(0))
    assert np.bincount(codes[chosen]).tolist() == [200, 96, 10]
    assert (np.diff(chosen) > 0).all()
    x, senses = blobs((250, 150), shift=3)
    found = probe(x, SEPARATE(senses))
    assert found == probe(x, SEPARATE(senses))
    assert found != probe(x, SEPARATE(senses), seed=1)


def test_a_rare_sense_of_many_uses_is_probed_on_a_sample_of_it() -> None:
    """Its sample has fewer than ten sentences, which is no reason to have no value."""
    x, senses = blobs((570, 30), shift=3)
    sentences = np.r_[np.arange(570), np.repeat(np.arange(570, 580), 3)]
    assert probe(x, SEPARATE(senses, sentences)).value is not None
