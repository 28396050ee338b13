from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from embcmp.measures import agreement as module
from embcmp.measures.agreement import ENOUGH, PERMUTATIONS, cka, rsa
from embcmp.measures.ratings import ranks
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from embcmp.types import Metric
from tests.measures.cases import blobs


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_ranks_equal_scipy(values: list[int]) -> None:
    found = ranks(np.array(values, dtype=float))
    np.testing.assert_allclose(found, rankdata(values), atol=1e-9)


def unlabeled(n: int) -> Grouping:
    return Grouping.separate([None] * n)


@given(st.integers(7, 15), st.integers(0, 99))
def test_rsa_without_labels_equals_scipy(n: int, seed: int) -> None:
    x = np.random.default_rng(seed).integers(-2, 3, (2, n, 3)) + 0.1
    a, b = map(cosine_matrix, x)
    upper = np.triu_indices(n, 1)
    rho, _ = rsa(a, b, unlabeled(n))
    expected = spearmanr(a[upper], b[upper]).statistic
    assert rho.value == pytest.approx(expected, abs=1e-9)


def within_blocks(a: np.ndarray, b: np.ndarray, codes: np.ndarray, sentences: np.ndarray) -> float:
    """The correlation of ranks in the blocks of each two senses, minus the block's mean rank."""
    i, j = np.triu_indices(len(codes), 1)
    apart = sentences[i] != sentences[j]
    i, j = i[apart], j[apart]
    blocks: dict[frozenset[int], list[int]] = {}
    for pair, senses in enumerate(zip(codes[i].tolist(), codes[j].tolist(), strict=True)):
        blocks.setdefault(frozenset(senses), []).append(pair)
    x, y = np.zeros((2, len(i)))
    for block in blocks.values():
        for ranked, s in ((x, a), (y, b)):
            ranked[block] = rankdata(s[i, j][block])
            ranked[block] -= ranked[block].mean()
    return float((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum()))


@given(st.integers(0, 99), st.booleans())
def test_rsa_is_within_the_blocks_of_senses(seed: int, several: bool) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat([0, 1, 2], [4, 5, 3]))
    x = rng.standard_normal((2, 12, 3)).round(1)
    a, b = map(cosine_matrix, x)
    sentences = np.arange(12) // 2 if several else np.arange(12)
    rho, p = rsa(a, b, Grouping.separate([f"s{c}" for c in codes], sentences))
    assert rho.value == pytest.approx(within_blocks(a, b, codes, sentences), abs=1e-9)
    assert p is not None
    assert 0 < p <= 1


def test_encoders_that_merely_see_the_same_senses_do_not_agree() -> None:
    x, senses = blobs((15, 15), shift=4)
    y, _ = blobs((15, 15), shift=4, seed=5)
    a, b = cosine_matrix(x), cosine_matrix(y)
    over_all, p_over_all = rsa(a, b, unlabeled(30))
    within, p = rsa(a, b, Grouping.separate(senses))
    assert over_all.value is not None
    assert within.value is not None
    assert over_all.value > 0.5
    assert p_over_all == 1 / 1000
    assert abs(within.value) < 0.2
    assert p is not None
    assert p > 0.05


def test_p_is_the_share_of_the_permutations_within_senses() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 7, 3))
    a, b = map(cosine_matrix, x)
    codes = np.array([0, 0, 0, 0, 1, 1, 1])
    seen = within_blocks(a, b, codes, np.arange(7))
    every = [
        within_blocks(a, b[np.ix_(order, order)], codes, np.arange(7)) >= seen - 1e-9
        for first in permutations(range(4))
        for second in permutations(range(4, 7))
        for order in [np.array(first + second)]
    ]
    uses = Grouping.separate([f"s{c}" for c in codes])
    found = [rsa(a, b, uses, seed=seed)[1] for seed in range(40)]
    exact = float(np.mean(every))
    assert 0.1 < exact < 0.9
    # with 20 that reach it, an estimate has a relative error of about 1 / sqrt(20)
    assert np.mean(np.array(found, dtype=float)) == pytest.approx(exact, rel=3 / (20 * 40) ** 0.5)


def test_p_stops_at_twenty_that_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).standard_normal((2, 9, 3))
    a, b = map(cosine_matrix, x)
    _, p = rsa(a, b, unlabeled(9))
    assert p is not None
    made = ENOUGH / p
    assert made == pytest.approx(round(made))  # p = 20 / the number of permutations
    assert made < PERMUTATIONS
    monkeypatch.setattr(module, "ENOUGH", PERMUTATIONS + 1)
    assert rsa(a, b, unlabeled(9))[1] == pytest.approx(p, abs=0.15)


def test_an_encoder_agrees_with_itself() -> None:
    x, senses = blobs((12, 12))
    s = cosine_matrix(x)
    rho, p = rsa(s, s, Grouping.separate(senses))
    assert rho.value == pytest.approx(1)
    assert p == pytest.approx(1 / 1000)
    assert cka(x, x).value == pytest.approx(1)


def test_of_many_uses_p_is_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    x, senses = blobs((20, 20), shift=1)
    y = x + np.random.default_rng(0).standard_normal(x.shape)
    a, b = cosine_matrix(x), cosine_matrix(y)
    uses = Grouping.separate(senses)
    whole = rsa(a, b, uses)
    monkeypatch.setattr(module, "RSA_SAMPLE", 25)
    sampled = rsa(a, b, uses)
    assert sampled[0] == whole[0]
    assert sampled[1] is not None
    assert sampled[1] < 0.1
    assert sampled == rsa(a, b, uses)


def test_agreement_uses_what_both_have() -> None:
    x, senses = blobs((12, 12))
    y = x[:, ::2].copy()
    y[3] = np.nan
    kept = np.delete(np.arange(24), 3)
    assert cka(x, y).value == pytest.approx(cka(x[kept], y[kept]).value, abs=1e-12)
    both = [
        rsa(cosine_matrix(x[r]), cosine_matrix(y[r]), Grouping.separate([senses[i] for i in r]))
        for r in (np.arange(24), kept)
    ]
    assert both[0] == both[1]


def unbiased_hsic(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741  the kernels K and L of the paper
    """Song et al. (2012), equation 5, as printed."""
    n = len(k)
    k, l = k.copy(), l.copy()  # noqa: E741  the kernels K and L of the paper
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    one = np.ones(n)
    inner = np.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
    return float(inner - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


@pytest.mark.parametrize("n", [20, 33])
def test_cka_equals_the_printed_formula(n: int) -> None:
    rng = np.random.default_rng(n)
    x, noise = rng.standard_normal((n, 50)) + 1, rng.standard_normal((n, 9))
    y = x[:, :9] + noise
    k, l = x @ x.T, y @ y.T  # noqa: E741  the kernels K and L of the paper
    expected = unbiased_hsic(k, l) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(l, l))
    assert cka(x, y).value == pytest.approx(expected, abs=1e-9)


def test_cka_of_independent_vectors_is_around_zero() -> None:
    rng = np.random.default_rng(0)
    found = [
        cka(rng.standard_normal((20, 300)), rng.standard_normal((20, 200))).value
        for _ in range(100)
    ]
    assert np.mean(np.array(found, dtype=float)) == pytest.approx(0, abs=0.05)


def test_few_occurrences_are_undefined() -> None:
    x = np.random.default_rng(0).standard_normal((19, 4))
    assert cka(x, x).undefined == "fewer than 20 uses with a vector in both"
    s = cosine_matrix(x[:6])
    reason = "fewer than 7 uses with a vector in both"
    assert rsa(s, s, unlabeled(6)) == (Metric(None, undefined=reason), None)


def test_points_equally_far_apart_have_no_cka() -> None:
    x = np.random.default_rng(0).standard_normal((20, 20))
    assert cka(np.eye(20), x).undefined == "all vectors of an encoder are equally far apart"
