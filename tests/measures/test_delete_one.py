"""Values, and values without each unit, against loops over pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from embcmp.measures import delete_one, macro_auc, separation
from embcmp.measures.labels import Sample, sample
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from tests.measures.cases import blobs


@st.composite
def samples_of_units(draw: st.DrawFn) -> Sample:
    """Uses with ties, several a sentence, sentences in larger units, and copies that weigh less."""
    n = draw(st.integers(5, 11))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    k = draw(st.integers(2, 3))
    codes = rng.integers(0, k, n)
    sentences = np.unique(rng.integers(0, n, n), return_inverse=True)[1]
    shape = draw(st.sampled_from(["sentences", "pairs of sentences", "within senses"]))
    if shape == "within senses":  # each sense is a stratum
        sentences = np.unique(codes * n + sentences, return_inverse=True)[1]
    units = sentences // 2 if shape == "pairs of sentences" else sentences
    x = rng.standard_normal((n, 3)).round()
    x[~x.any(axis=1)] = 1
    weights = rng.choice([1, 1 / 2, 1 / 3], n) if draw(st.booleans()) else np.ones(n)
    grouping = Grouping(tuple(f"s{c}" for c in codes), sentences, units, weights)
    return sample(cosine_matrix(x), grouping)


def without(uses: Sample, unit: int) -> tuple[list[int], np.ndarray]:
    """The uses that remain without a unit, and the weights of all."""
    kept = [i for i in range(len(uses.rows)) if uses.units[i] != unit]
    weights = uses.weights.copy()
    stratum = uses.strata[unit]
    size = uses.sizes[stratum]
    if len(uses.sizes) > 1 and size > 1:  # the others of the stratum stand in for it
        weights[uses.strata[uses.units] == stratum] *= size / (size - 1)
    return kept, weights


def mean_by_pairs(uses: Sample, chosen: np.ndarray, kept: list[int], weights: np.ndarray) -> float:
    total = count = 0.0
    for i, j in combinations(kept, 2):
        if chosen[i, j] and uses.sentences[i] != uses.sentences[j]:
            total += weights[i] * weights[j] * uses.similarity[i, j]
            count += weights[i] * weights[j]
    return total / count if count else np.nan


def auc_by_pairs(uses: Sample, kept: list[int], weights: np.ndarray) -> float:
    pairs = [p for p in combinations(kept, 2) if uses.sentences[p[0]] != uses.sentences[p[1]]]
    won = count = 0.0
    for p in pairs:
        for q in pairs:
            if uses.codes[p[0]] == uses.codes[p[1]] and uses.codes[q[0]] != uses.codes[q[1]]:
                weight = weights[list(p + q)].prod()
                count += weight
                won += weight * win(uses.similarity[p], uses.similarity[q])
    return won / count if count else np.nan


def macro_by_uses(uses: Sample, kept: list[int]) -> float:
    """As the page defines it: over other uses, then uses of a sense, then senses, then senses."""
    w = uses.weights
    rows = []
    for a in range(len(uses.senses)):
        entries = []
        for b in range(len(uses.senses)):
            if a == b:
                continue
            shares = []
            for i in (i for i in kept if uses.codes[i] == a):
                apart = [j for j in kept if uses.sentences[j] != uses.sentences[i]]
                own = [j for j in apart if uses.codes[j] == a]
                other = [j for j in apart if uses.codes[j] == b]
                if own and other:
                    row = uses.similarity[i]
                    wins = sum(w[j] * w[k] * win(row[j], row[k]) for j in own for k in other)
                    shares.append((w[i], wins / w[own].sum() / w[other].sum()))
            if shares:
                entries.append(np.average([s for _, s in shares], weights=[v for v, _ in shares]))
        if entries:
            rows.append(np.mean(entries))
    return float(np.mean(rows)) if rows else np.nan


def win(a: float, b: float) -> float:
    return float(np.heaviside(a - b, 0.5))


@given(samples_of_units())
def test_auc_macro_equals_loops_over_uses(uses: Sample) -> None:
    assume(not uses.undefined)
    found = macro_auc.auc_macro(uses)
    everything = list(range(len(uses.rows)))
    assert found.value == pytest.approx(macro_by_uses(uses, everything), nan_ok=True)
    assert separation.auc_macro(uses).value == found.value
    for unit, value in enumerate(found.without):
        expected = macro_by_uses(uses, without(uses, unit)[0])
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(samples_of_units())
def test_auc_equals_loops_over_pairs_of_pairs(uses: Sample) -> None:
    assume(not uses.undefined)
    found = delete_one.auc(uses)
    everything = list(range(len(uses.rows)))
    assert found.value == pytest.approx(auc_by_pairs(uses, everything, uses.weights), nan_ok=True)
    for unit, value in enumerate(found.without):
        expected = auc_by_pairs(uses, *without(uses, unit))
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(samples_of_units(), st.booleans())
def test_mean_cosines_equal_loops_over_pairs(uses: Sample, same: bool) -> None:
    assume(not uses.undefined)
    chosen = (uses.codes[:, None] == uses.codes) == same
    found = delete_one.mean_cosine(uses, chosen)
    measured = (separation.within if same else separation.between)(uses).value
    expected = mean_by_pairs(uses, chosen, list(range(len(uses.rows))), uses.weights)
    assert found.value == pytest.approx(expected, nan_ok=True)
    assert measured is None or measured == pytest.approx(expected)
    for unit, value in enumerate(found.without):
        expected = mean_by_pairs(uses, chosen, *without(uses, unit))
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_the_cases_reach_every_kind_of_unit() -> None:
    """Strata, units that span senses, and several uses in a unit do occur among the cases."""
    seen = set()

    @given(samples_of_units())
    def look(uses: Sample) -> None:
        seen.add(("strata", len(uses.sizes) > 1))
        seen.add(("several", len(uses.strata) < len(uses.rows)))
        seen.add(("copies", bool((uses.weights < 1).any())))

    look()
    assert len(seen) == 6


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, senses = blobs((9, 11, 8), shift=1)
    uses = sample(cosine_matrix(x), senses)
    whole = macro_auc.auc_macro(uses)
    monkeypatch.setattr(macro_auc, "_RANKED_AT_ONCE", 3 * 28)
    blocks = macro_auc.auc_macro(uses)
    assert blocks.value == pytest.approx(whole.value, abs=1e-12)
    np.testing.assert_allclose(blocks.without, whole.without, atol=1e-12)
