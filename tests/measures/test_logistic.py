from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from embcmp.measures import probe as logistic
from embcmp.measures.probe import scores


@pytest.mark.parametrize("senses", [2, 3, 5])
def test_scores_equal_scikit_learn(senses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logistic, "_TOLERANCE", 1e-9)
    rng = np.random.default_rng(senses)
    x = rng.standard_normal((2, 40, 6))
    y = rng.permuted(np.tile(np.arange(40) % senses, (2, 3, 1)), axis=-1)
    train = rng.random((2, 40)) < 0.8
    found = scores(x, y, train, senses=senses)
    assert found.shape == (2, 3, senses, 40)
    for fold in range(2):
        for labeling in range(3):
            model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000, solver="newton-cg")
            model.fit(x[fold, train[fold]], y[fold, labeling, train[fold]])
            expected = model.decision_function(x[fold])
            z = found[fold, labeling]
            ours = z[1] - z[0] if senses == 2 else (z - z.mean(axis=0)).T
            theirs = expected if senses == 2 else expected - expected.mean(axis=1, keepdims=True)
            np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_rows_held_out_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 30, 4))
    y = np.arange(30)[None, None] % 2
    train = np.arange(30)[None] < 24
    before = scores(x, y, train, senses=2)
    others = np.where(train[:, None], y, 1 - y)
    x[:, 24:] *= 5
    assert (scores(x, others, train, senses=2)[..., :24] == before[..., :24]).all()


def test_a_sense_without_a_row_to_train_on_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are left, and have one vector of weights, beside a labeling that has all three."""
    monkeypatch.setattr(logistic, "_TOLERANCE", 1e-8)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((1, 40, 20))
    train = np.arange(40)[None] < 30
    without = np.where(train[0], np.arange(40) % 2, 2)
    y = np.stack([without, np.arange(40) % 3])[None]
    found = scores(x, y, train, senses=3)[0]
    for labeling, z in zip(y[0], found, strict=True):
        model = LogisticRegression(C=1.0, tol=1e-9, max_iter=10_000, solver="newton-cg")
        expected = model.fit(x[0, :30], labeling[:30]).predict(x[0])
        assert (z.argmax(axis=0) == expected).all()
    model.fit(x[0, :30], without[:30])
    np.testing.assert_allclose(found[0, 1] - found[0, 0], model.decision_function(x[0]), atol=1e-4)


def test_one_sense_left_to_train_on_is_what_is_predicted() -> None:
    x = np.random.default_rng(0).standard_normal((1, 12, 3))
    y = np.full((1, 1, 12), 2)
    y[..., 10:] = 0
    found = scores(x, y, np.arange(12)[None] < 10, senses=3).argmax(axis=2)
    assert (found == 2).all()
