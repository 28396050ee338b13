from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from embcmp.measure import logistic
from embcmp.measure.logistic import scores


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


def test_one_sense_left_to_train_on_is_what_is_predicted() -> None:
    x = np.random.default_rng(0).standard_normal((1, 12, 3))
    y = np.full((1, 1, 12), 2)
    y[..., 10:] = 0
    found = scores(x, y, np.arange(12)[None] < 10, senses=3).argmax(axis=2)
    assert (found == 2).all()
