"""Against plain loops over the copies that weights stand for."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from embcmp.measures import weighted_pairs
from embcmp.measures.labels import has_vector, labels, sample
from embcmp.measures.separation import auc, auc_macro, auc_matrix
from embcmp.measures.similarity import cosine_matrix
from tests.measures.cases import Case, blobs, cases, coded, sample_of

Weighed = tuple[np.ndarray, np.ndarray, np.ndarray]  # similarity, codes, one row of weights


@st.composite
def weighed(draw: st.DrawFn) -> Weighed:
    n = draw(st.integers(2, 8))
    x = np.random.default_rng(draw(st.integers(0, 999))).integers(-1, 2, size=(n, 3)) + 0.25
    codes = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    return (
        cosine_matrix(x),
        codes,
        np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))),
    )


def copied_pairs(case: Weighed) -> list[tuple[bool, float]]:
    similarity, codes, weights = case
    copies = np.repeat(np.arange(len(codes)), weights)
    return [
        (bool(codes[i] == codes[j]), float(similarity[i, j]))
        for place, i in enumerate(copies)
        for j in copies[:place]
        if i != j
    ]


@given(weighed())
def test_means_are_those_of_the_copies(case: Weighed) -> None:
    similarity, codes, weights = case
    found = weighted_pairs.mean_cosine(
        coded(similarity, codes), codes[:, None] != codes, weights[None].astype(float)
    )
    cosines = [c for same, c in copied_pairs(case) if not same]
    assert found[0] == pytest.approx(np.mean(cosines) if cosines else math.nan, nan_ok=True)


@given(weighed())
def test_auc_is_that_of_the_copies(case: Weighed) -> None:
    similarity, codes, weights = case
    found = weighted_pairs.auc(coded(similarity, codes), weights[None].astype(float))[0]
    same, cosines = zip(*copied_pairs(case), strict=True) if copied_pairs(case) else ((), ())
    if len(set(same)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(same, cosines), abs=1e-9)


@given(weighed())
def test_sense_auc_is_that_of_the_copies(case: Weighed) -> None:
    similarity, codes, weights = case
    found = weighted_pairs.sense_auc(coded(similarity, codes), weights[None].astype(float))[0]
    copies = np.repeat(np.arange(len(codes)), weights)
    for a, b in ((0, 1), (1, 0)):
        shares = []
        for i in copies[codes[copies] == a]:
            own = [similarity[i, j] for j in copies if codes[j] == a and j != i]
            other = [similarity[i, j] for j in copies if codes[j] == b]
            wins = [(c > d) + (c == d) / 2 for c, d in product(own, other)]
            shares.append(np.mean(wins) if wins else math.nan)
        expected = np.mean(shares) if shares else math.nan
        assert found[a, b] == pytest.approx(expected, abs=1e-9, nan_ok=True)
        assert math.isnan(found[a, a])


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@given(cases())
def test_macro_auc_equals_a_plain_loop(case: Case) -> None:
    x, senses, _ = case
    s = cosine_matrix(x)
    rows = labels(senses, has_vector(s)).rows
    by_sense: dict[str, list[float]] = {}
    for i in rows:
        own = [s[i, j] for j in rows if senses[j] == senses[i] and j != i]
        for b in sorted({str(senses[j]) for j in rows} - {senses[i]}):
            other = [s[i, j] for j in rows if senses[j] == b]
            if own:
                share = np.mean([(c > d) + (c == d) / 2 for c, d in product(own, other)])
                by_sense.setdefault(str(senses[i]), []).append(float(share))
    found = auc_macro(sample(s, senses))
    assert (found.value is None) == (not by_sense)
    if by_sense:
        expected = np.mean([np.mean(shares) for shares in by_sense.values()])
        assert found.value == pytest.approx(expected, abs=1e-9)


def test_weights_of_one_give_the_measure_itself() -> None:
    x, senses = blobs((30, 50, 40), shift=1)  # more pairs and more draws than a block holds
    uses = sample_of(x, senses)
    found = weighted_pairs.auc(uses, np.ones((70, 120)))
    np.testing.assert_allclose(found, auc(uses).value, rtol=0, atol=1e-12)


def test_a_sense_with_one_use_has_no_row_in_the_matrix() -> None:
    x, senses = blobs((3, 1, 4), shift=9)
    nan = math.nan
    uses = sample_of(x, senses)
    np.testing.assert_allclose(auc_matrix(uses), [[nan, 1, 1], [nan, nan, nan], [1, 1, nan]])
    assert auc_macro(uses).value == 1


def test_the_matrix_of_nothing_is_empty() -> None:
    assert auc_matrix(sample(cosine_matrix(np.ones((2, 2))), [None, None])).shape == (0, 0)


@given(weighed(), st.integers(1, 3))
def test_copies_of_a_sentence_form_no_pair(case: Weighed, sentences: int) -> None:
    """Against loops: a pair in one sentence counts once for each copy of the sentence."""
    similarity, codes, _ = case
    n = len(codes)
    of = np.arange(n) % sentences
    drawn = np.array([2, 0, 3])[:sentences]
    weights = drawn[of]
    pairs = [
        (bool(codes[i] == codes[j]), float(similarity[i, j]))
        for i in range(n)
        for j in range(i)
        for _ in range(weights[i] if of[i] == of[j] else weights[i] * weights[j])
    ]
    w = weights[None].astype(float)
    other = [c for same, c in pairs if not same]
    uses = coded(similarity, codes, of)
    found = weighted_pairs.mean_cosine(uses, codes[:, None] != codes, w)[0]
    assert found == pytest.approx(np.mean(other) if other else math.nan, nan_ok=True)
    area = weighted_pairs.auc(uses, w)[0]
    if len({same for same, _ in pairs}) < 2:
        assert math.isnan(area)
    else:
        assert area == pytest.approx(roc_auc_score(*zip(*pairs, strict=True)), abs=1e-9)


@given(weighed())
def test_sense_auc_takes_partners_of_its_own_sentence_once(case: Weighed) -> None:
    similarity, codes, _ = case
    of = np.arange(len(codes)) // 2
    weights = 1 + of % 3
    found = weighted_pairs.sense_auc(coded(similarity, codes, of), weights[None].astype(float))[0]

    def times(i: int, j: int) -> int:
        return 1 if of[i] == of[j] else int(weights[j])

    for a, b in ((0, 1), (1, 0)):
        own, other = np.flatnonzero(codes == a), np.flatnonzero(codes == b)
        shares = []
        for i in own:
            wins = [
                (times(i, j) * times(i, k), np.heaviside(similarity[i, j] - similarity[i, k], 0.5))
                for j in own if j != i
                for k in other
            ]  # fmt: skip
            if wins:
                counts, beats = zip(*wins, strict=True)
                shares += [np.average(beats, weights=counts)] * weights[i]
        expected = np.mean(shares) if shares else math.nan
        assert found[a, b] == pytest.approx(expected, nan_ok=True)
