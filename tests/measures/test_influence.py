from __future__ import annotations

from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.measures.jackknife import auc_influence, auc_interval, pair_variance
from embcmp.measures.labels import sample
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from tests.measures.cases import coded, in_sentences


@st.composite
def similarities(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Cosines with ties and the senses of their occurrences, of which one has two at least."""
    codes = np.array([0, 0, 1, *draw(st.lists(st.integers(0, 2), max_size=8))])
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    cosines = rng.integers(-4, 5, (len(codes), len(codes))) / 4
    return np.triu(cosines) + np.triu(cosines, 1).T, codes


@given(similarities())
def test_influence_is_how_fast_the_auc_grows_with_a_pair(
    case: tuple[np.ndarray, np.ndarray],
) -> None:
    cosines, codes = case
    influence = auc_influence(coded(cosines, codes))
    pairs = list(combinations(range(len(codes)), 2))

    def auc(weights: dict[tuple[int, int], float]) -> float:
        wins = total = 0.0
        for one in pairs:
            for other in pairs:
                if codes[one[0]] == codes[one[1]] and codes[other[0]] != codes[other[1]]:
                    weight = weights.get(one, 1) * weights.get(other, 1)
                    wins += weight * float(np.heaviside(cosines[one] - cosines[other], 0.5))
                    total += weight
        return wins / total

    for pair in pairs[:: max(1, len(pairs) // 5)]:
        slope = (auc({pair: 1 + 1e-5}) - auc({pair: 1 - 1e-5})) / 2e-5
        assert influence[pair] == pytest.approx(slope, abs=1e-8)
        assert influence[pair[::-1]] == influence[pair]
    assert (influence.diagonal() == 0).all()


@given(st.tuples(*[st.integers(3, 6)] * 3), st.integers(0, 2**16))
def test_what_pairs_bring_in_is_what_least_squares_leave(sizes: tuple[int, ...], seed: int) -> None:
    codes = np.repeat(range(3), sizes)
    influence = symmetric(len(codes), seed)
    rest = 0.0
    for block in combinations_with_replacement(range(3), 2):
        pairs = [p for p in combinations(range(len(codes)), 2) if tuple(codes[list(p)]) == block]
        values = np.array([influence[pair] for pair in pairs])
        design = np.zeros((len(pairs), len(codes) + 1))
        for row, pair in zip(design, pairs, strict=True):
            row[[*pair, -1]] = 1
        fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
        rest += ((values - fitted) ** 2).sum()
    found = pair_variance(influence, in_sentences(codes, np.arange(len(codes))))
    assert found == pytest.approx(rest, abs=1e-9)


def test_copies_are_one_use() -> None:
    """Use 2 as three copies, each with a third of its weight, in one sentence."""
    x = np.random.default_rng(3).standard_normal((11, 4))
    senses = ["a"] * 5 + ["b"] * 6
    once = sample(cosine_matrix(x), senses)
    rows = np.array([0, 1, 2, 2, 2, *range(3, 11)])
    weights = np.where(rows == 2, 1 / 3, 1.0)
    grouping = Grouping(tuple(senses[i] for i in rows), rows, rows, weights)
    copied = sample(cosine_matrix(x[rows]), grouping)
    one, three = auc_influence(once), auc_influence(copied)
    np.testing.assert_allclose(three[2:5].sum(axis=0)[[0, *range(5, 13)]],
                               one[2][[0, *range(3, 11)]], atol=1e-12)  # fmt: skip
    assert pair_variance(three, copied) == pytest.approx(pair_variance(one, once), abs=1e-12)
    assert auc_interval(copied).ci95 == pytest.approx(auc_interval(once).ci95, abs=1e-12)


def symmetric(n: int, seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, n))
    return np.triu(x, 1) + np.triu(x, 1).T
