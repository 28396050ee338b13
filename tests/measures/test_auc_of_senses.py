from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from embcmp.measures import auc_of_senses


@pytest.mark.parametrize("largest", [1024, 0], ids=["matrix", "counts"])
def test_it_is_sklearns_auc_of_the_pairs(largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auc_of_senses, "LARGEST_MATRIX", largest)
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 600)
    x = rng.standard_normal((600, 4)) + codes[:, None] * [1, 0, 0.5, 0]
    x[7] = x[8] = x[9]  # ties
    senses: list[str | None] = [f"s{c}" for c in codes]
    cosines = cosine_similarity(x).round(6)
    i, j = np.triu_indices(600, 1)
    expected = roc_auc_score(codes[i] == codes[j], cosines[i, j])
    found = auc_of_senses.auc(x.astype(np.float64), senses)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert auc_of_senses.auc(x, ["one"] * 600).undefined == "one sense has no separation"
    x[3] = np.nan
    there = [k for k in range(600) if k != 3]
    kept = auc_of_senses.auc(x[there], [senses[k] for k in there])
    assert auc_of_senses.auc(x, senses).value == kept.value
