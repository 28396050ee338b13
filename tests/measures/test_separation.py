from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from embcmp.measures import separation as module
from embcmp.measures.labels import sample
from embcmp.measures.separation import (
    auc,
    auc_of_labelings,
    auc_of_vectors,
    between,
    separation,
    within,
)
from embcmp.measures.similarity import cosine_matrix
from embcmp.types import Metric

MEASURES = (within, between, separation, auc)
ONE_SENSE = "all labeled uses with a vector have one sense"


@st.composite
def labeled(draw: st.DrawFn) -> tuple[np.ndarray, list[str | None]]:
    n = draw(st.integers(1, 14))
    seed = draw(st.integers(0, 2**16))
    # few different directions, so that there are ties
    x = np.random.default_rng(seed).integers(-1, 2, size=(n, 3)).astype(np.float32)
    senses = draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=n, max_size=n))
    return cosine_matrix(x), senses


def pairs(similarity: np.ndarray, senses: list[str | None]) -> list[tuple[bool, float]]:
    n = len(senses)
    return [
        (senses[i] == senses[j], similarity[i, j])
        for i in range(n)
        for j in range(i)
        if senses[i] and senses[j] and not math.isnan(similarity[i, j])
    ]


@given(labeled())
def test_auc_equals_scikit_learn(case: tuple[np.ndarray, list[str | None]]) -> None:
    rows = pairs(*case)
    assume(len({same for same, _ in rows}) == 2)
    expected = roc_auc_score([same for same, _ in rows], [cosine for _, cosine in rows])
    assert auc(sample(*case)).value == pytest.approx(expected, abs=1e-9)


@given(labeled())
def test_means_equal_plain_means(case: tuple[np.ndarray, list[str | None]]) -> None:
    rows = pairs(*case)
    same = [c for s, c in rows if s]
    other = [c for s, c in rows if not s]
    if same:
        assert within(sample(*case)).value == pytest.approx(np.mean(same), abs=1e-12)
    if other:
        assert between(sample(*case)).value == pytest.approx(np.mean(other), abs=1e-12)
    if same and other:
        expected = np.mean(same) - np.mean(other)
        assert separation(sample(*case)).value == pytest.approx(expected, abs=1e-12)


@given(labeled())
def test_undefined_has_a_reason_and_nothing_is_nan(
    case: tuple[np.ndarray, list[str | None]],
) -> None:
    for measure in MEASURES:
        m = measure(sample(*case))
        assert (m.value is None) == (m.undefined is not None)
        assert m.value is None or math.isfinite(m.value)


@given(labeled(), st.data())
def test_order_does_not_matter(
    case: tuple[np.ndarray, list[str | None]], data: st.DataObject
) -> None:
    similarity, senses = case
    order = data.draw(st.permutations(range(len(senses))))
    shuffled = similarity[np.ix_(order, order)], [senses[i] for i in order]
    for measure in MEASURES:
        before, after = measure(sample(similarity, senses)), measure(sample(*shuffled))
        assert after.undefined == before.undefined
        assert after.value == pytest.approx(before.value, abs=1e-12)


@pytest.mark.parametrize(
    ("senses", "reasons"),
    [
        (["a", "a"], {between: ONE_SENSE, auc: ONE_SENSE}),
        (["a", "b"], {within: "no sense has two uses with a vector",
                      auc: "no sense has two uses with a vector"}),
        (["a", None], {separation: "fewer than two labeled uses with a vector"}),
    ],
)  # fmt: skip
def test_reasons(senses: list[str | None], reasons: dict[object, str]) -> None:
    similarity = cosine_matrix(np.eye(2, dtype=np.float32))
    for measure, reason in reasons.items():
        assert callable(measure)
        assert measure(sample(similarity, senses)) == Metric(None, undefined=reason)


@given(labeled(), st.integers(0, 2**16))
def test_many_labelings_at_once_are_each_alone(
    case: tuple[np.ndarray, list[str | None]], seed: int
) -> None:
    similarity = case[0]
    there = np.isfinite(np.diag(similarity))
    similarity = similarity[np.ix_(there, there)]
    uses = sample(similarity, ["any"] * len(similarity))
    codes = np.random.default_rng(seed).integers(0, 3, size=(4, len(similarity)))
    for labeling, found in zip(codes, auc_of_labelings(uses, codes), strict=True):
        alone = auc(sample(similarity, [str(code) for code in labeling])).value
        assert found == pytest.approx(alone) if alone is not None else np.isnan(found)


@pytest.mark.parametrize("largest", [1024, 0], ids=["matrix", "counts"])
def test_auc_of_vectors_is_that_of_scikit_learn(
    largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_MATRIX", largest)
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 600)
    x = rng.standard_normal((600, 4)) + codes[:, None] * [1, 0, 0.5, 0]
    x[7] = x[8] = x[9]  # ties
    senses: list[str | None] = [f"s{c}" for c in codes]
    cosines = cosine_similarity(x).round(6)
    i, j = np.triu_indices(600, 1)
    expected = roc_auc_score(codes[i] == codes[j], cosines[i, j])
    found = auc_of_vectors(x.astype(np.float64), senses)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert auc_of_vectors(x, ["one"] * 600).undefined == ONE_SENSE
    x[3] = np.nan
    there = [k for k in range(600) if k != 3]
    kept = auc_of_vectors(x[there], [senses[k] for k in there])
    assert auc_of_vectors(x, senses).value == kept.value
