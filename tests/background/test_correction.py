from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from embcmp.background.corrections import FITS, fit_correction
from embcmp.choices import CORRECTIONS
from tests.conftest import ROOT

BACKGROUND = np.random.default_rng(0).normal(2.0, 3.0, size=(200, 150)).astype(np.float32)
TARGETS = np.random.default_rng(1).normal(0.0, 1.0, size=(7, 150)).astype(np.float32)


def test_none_leaves_the_vectors_alone() -> None:
    np.testing.assert_array_equal(fit_correction("none", BACKGROUND).apply(TARGETS), TARGETS)


def test_center_subtracts_the_mean_of_the_background() -> None:
    expected = TARGETS.astype(np.float64) - BACKGROUND.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(
        fit_correction("center", BACKGROUND).apply(TARGETS), expected, atol=1e-12
    )


def test_zscore_equals_scikit_learn() -> None:
    expected = (
        StandardScaler().fit(BACKGROUND.astype(np.float64)).transform(TARGETS.astype(np.float64))
    )
    np.testing.assert_allclose(
        fit_correction("zscore", BACKGROUND).apply(TARGETS), expected, atol=1e-9
    )


def test_a_constant_dimension_is_not_blown_up() -> None:
    flat = BACKGROUND.copy()
    flat[:, 3] = 1.0
    correction = fit_correction("zscore", flat)
    assert correction.scale[3] == pytest.approx(1e-3 * np.median(flat.std(axis=0)), rel=0.02)


def test_abtt_removes_what_scikit_learn_calls_the_first_components() -> None:
    found = fit_correction("abtt", BACKGROUND)
    assert found.components.shape == (2, 150)  # round(150 / 100)
    pca = PCA(n_components=2, svd_solver="full").fit(BACKGROUND.astype(np.float64))
    x = TARGETS - pca.mean_
    expected = x - (x @ pca.components_.T) @ pca.components_
    np.testing.assert_allclose(found.apply(TARGETS), expected, atol=1e-5)
    np.testing.assert_allclose(found.apply(TARGETS) @ found.components.T, 0, atol=1e-9)


@pytest.mark.parametrize("how", CORRECTIONS)
def test_missing_rows_stay_missing(how: str) -> None:
    x = TARGETS.copy()
    x[2] = np.nan
    corrected = fit_correction(how, BACKGROUND).apply(x)
    assert np.isnan(corrected[2]).all()
    assert np.isfinite(corrected[[0, 1, 3]]).all()


def test_every_correction_has_its_fit_and_stands_in_the_schemas() -> None:
    assert tuple(FITS) == CORRECTIONS
    for question in ("compare/comparison", "neighbors/neighbors"):
        schema = (ROOT / "embcmp" / "questions" / f"{question}.schema.json").read_text()
        assert json.loads(schema)["properties"]["correct"]["enum"] == list(CORRECTIONS)
