from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embcmp.measures import probe as module
from embcmp.measures.probe import balanced_accuracy, probe
from tests.measures.cases import blobs, in_sentences


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
    labelings, held_out = module._divisions(grouped, np.random.default_rng(0))
    expected = np.empty_like(labelings)
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-6, max_iter=10_000))
    for repeat in range(3):
        for test in held_out[repeat]:
            for row, y in enumerate(labelings[repeat]):
                model = plain.fit(x[~test].astype(float), y[~test])
                expected[repeat, row, test] = model.predict(x[test].astype(float))
    found = module._predicted(x.astype(float), labelings[:3], held_out[:3])
    assert (found == expected[:3]).all()
    assert (labelings[:, 0] == codes).all()
    assert (np.sort(labelings[:, 1]) == np.sort(codes)).all()


def test_blocks_of_folds_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, senses = blobs((15, 15), shift=1)
    whole = probe(x, senses, np.arange(30))
    monkeypatch.setattr(module, "_BLOCK", 7 * 30 * 12)
    assert probe(x, senses, np.arange(30)) == whole


def test_folds_keep_sentences_together_and_spread_the_senses() -> None:
    codes = np.repeat([0, 1], [30, 20])
    sentences = np.arange(50) // 2
    folds = module._folds(in_sentences(codes, sentences), np.random.default_rng(3))
    assert np.sum(folds, axis=0).tolist() == [1] * 50
    for fold in folds:
        assert (fold[::2] == fold[1::2]).all()
        assert [fold[codes == 0].sum(), fold[codes == 1].sum()] == [6, 4]


def test_separable_senses_are_read_off_and_shuffled_ones_are_not() -> None:
    x, senses = blobs((30, 30), shift=8, dim=20)
    found = probe(x, senses, np.arange(60))
    assert found.value == pytest.approx(1, abs=0.03)
    assert found.chance == pytest.approx(0.5, abs=0.12)


def test_noise_is_at_chance() -> None:
    x, senses = blobs((30, 30), shift=0)
    found = probe(x, senses, np.arange(60))
    assert found.value == pytest.approx(0.5, abs=0.15)


def test_needs_ten_sentences_a_sense() -> None:
    x, senses = blobs((12, 12))
    sentences = np.arange(24)
    sentences[12:15] = 99
    reason = "the probe needs 10 sentences a sense: 'b' has 9"
    assert probe(x, senses, np.r_[sentences[:23], 99]).undefined == reason
    assert probe(x, senses, sentences).value is not None


def test_depends_on_the_seed_alone() -> None:
    x, senses = blobs((15, 15), shift=1)
    assert probe(x, senses, np.arange(30)) == probe(x, senses, np.arange(30))
    assert probe(x, senses, np.arange(30), seed=1) != probe(x, senses, np.arange(30))


def test_a_column_that_is_constant_but_for_rounding_plays_no_part() -> None:
    x = np.random.default_rng(0).standard_normal((24, 3))
    senses, sentences = ["a", "b"] * 12, np.arange(24)
    x[::2, 0] += 1
    steady = 0.1 + 1e-12 * np.random.default_rng(1).standard_normal((24, 40))
    wide = probe(np.hstack([x, steady]), senses, sentences)
    assert wide == probe(np.hstack([x, np.zeros((24, 40))]), senses, sentences)
