from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import t as student

from embcmp import Occurrence
from embcmp.measures.group_change import (
    MEASURES,
    NO_CLUSTERS,
    NO_USES,
    NOT_ALIKE,
    ONE_SENTENCE,
    GroupChange,
    UnitPairs,
    change_values,
    excess,
    group_change,
    in_groups,
    jensen_shannon,
    prt,
)
from embcmp.measures.permutation import ENOUGH, MOST_DRAWS, permutation_test, smallest_p
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping

GROUPS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
UNITS = np.array([0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 9])
CLUSTERS = np.array([0, 0, 1, 0, 0, 0, 1, 1, 2, 1, 0, 1, -1])


def cosines(n: int, *, seed: int = 0, dim: int = 4, shift: float = 1.0) -> np.ndarray:
    """Cosines of vectors around one direction, so that the means within are above 0."""
    x = np.random.default_rng(seed).standard_normal((n, dim))
    x[:, 0] += 2
    x[n // 2 :, 1] += shift
    return cosine_matrix(x, decimals=15)


def grouping(units: np.ndarray, sentences: np.ndarray | None = None) -> Grouping:
    numbers = np.arange(len(units)) if sentences is None else sentences
    return Grouping((None,) * len(units), numbers, units, np.ones(len(units)))


SIMILARITY = cosines(len(GROUPS))
USES = grouping(UNITS)


def test_values_alone_are_those_of_the_test() -> None:
    n = 60
    similarity, groups = cosines(n), np.arange(n) // 30
    uses, clusters = grouping(np.arange(n) // 2), np.arange(n) % 4
    values = change_values(similarity, groups, uses, clusters)
    tested = group_change(similarity, groups, uses, clusters).measures
    for name in ("prt", "apd", "excess"):
        assert values[name] == tested[name].metric.value
    assert values["jsd"] == pytest.approx(tested["jsd"].metric.value, abs=0.001)
    assert values["jsd"] != tested["jsd"].metric.value
    none = change_values(similarity, np.zeros(n, dtype=int), uses, clusters)
    assert np.isnan(list(none.values())).all()


def by_hand(similarity: np.ndarray, groups: np.ndarray, uses: Grouping) -> dict[str, float]:
    """The measures by loops over all pairs."""
    sums, counts = np.zeros((2, 2)), np.zeros((2, 2))
    for i, a in enumerate(groups):
        for j, b in enumerate(groups):
            if i != j and uses.sentences[i] != uses.sentences[j]:
                weight = uses.weights[i] * uses.weights[j]
                sums[a, b] += weight * similarity[i, j]
                counts[a, b] += weight
    [[one, between], [_, two]] = sums / counts
    distance = 1 - between
    return {
        "prt": 1 - between / np.sqrt(one * two),
        "apd": distance,
        "excess": distance - ((1 - one) + (1 - two)) / 2,
    }


def values(change: GroupChange) -> dict[str, float | None]:
    return {name: measure.metric.value for name, measure in change.measures.items()}


def test_the_values_are_those_of_loops_over_the_pairs() -> None:
    change = group_change(SIMILARITY, GROUPS, USES)
    assert tuple(change.measures) == MEASURES
    for name, value in by_hand(SIMILARITY, GROUPS, USES).items():
        assert change.measures[name].metric.value == pytest.approx(value)
    assert change.measures["jsd"].metric.undefined == NO_CLUSTERS
    assert change.measures["jsd"].p is None
    assert change.units == (5, 5)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_within_a_sentence_do_not_count_and_copies_count_once(seed: int) -> None:
    """A sentence in both groups stays in each, and its two uses form no pair."""
    rng = np.random.default_rng(seed)
    sentences = rng.permutation([0, 1, 2, 3, 4, 4, 0, 5, 6, 7, 8, 8, 9])
    weights = rng.choice([0.5, 1.0, 1 / 3], len(GROUPS))
    uses = Grouping((None,) * len(GROUPS), sentences, sentences, weights)
    found = values(group_change(SIMILARITY, GROUPS, uses))
    for name, value in by_hand(SIMILARITY, GROUPS, uses).items():
        assert found[name] == pytest.approx(value)


def test_uses_without_a_vector_or_of_other_groups_are_left_out() -> None:
    similarity = np.full((16, 16), np.nan)
    rows = np.delete(np.arange(16), [3, 8, 15])
    similarity[np.ix_(rows, rows)] = SIMILARITY
    similarity[15, 15] = 1
    groups, units, clusters = (np.full(16, 9) for _ in range(3))
    groups[rows], units[rows], clusters[rows] = GROUPS + 4, UNITS, CLUSTERS
    change = group_change(similarity, groups, grouping(units), clusters, pair=(4, 5))
    assert change == group_change(SIMILARITY, GROUPS, USES, CLUSTERS)


def test_the_divergence_is_that_of_scipy_less_its_mean_over_the_permutations() -> None:
    change = group_change(SIMILARITY, GROUPS, USES, CLUSTERS)

    def divergence(first: set[int]) -> float:
        inside = np.isin(UNITS, list(first))
        shares = [np.bincount(CLUSTERS[rows & (CLUSTERS >= 0)], minlength=3)
                  for rows in (inside, ~inside)]  # fmt: skip
        return float(jensenshannon(*shares, base=2) ** 2)

    every = [divergence(set(way)) for way in combinations(range(10), 5)]
    metric = change.measures["jsd"].metric
    assert metric.chance == pytest.approx(np.mean(every))
    assert metric.value == pytest.approx(divergence({0, 1, 2, 3, 4}) - np.mean(every))
    assert metric.approximate
    observed = divergence({0, 1, 2, 3, 4}) - 1e-9
    assert change.measures["jsd"].p == np.mean([value >= observed for value in every])


@pytest.mark.parametrize(
    ("first", "second", "bits"),
    [([3, 0], [0, 7], 1), ([2, 4], [1, 2], 0), ([2, 0], [1, 1], 1.5 - 0.75 * np.log2(3))],
)
def test_divergences_by_hand(first: list[int], second: list[int], bits: float) -> None:
    found = jensen_shannon(np.array(first, float), np.array(second, float))
    assert found == pytest.approx(jensenshannon(first, second, base=2) ** 2)
    assert found == pytest.approx(bits)


def test_a_group_in_no_cluster_has_no_divergence() -> None:
    clusters = np.where(GROUPS == 0, -1, CLUSTERS)
    measure = group_change(SIMILARITY, GROUPS, USES, clusters).measures["jsd"]
    assert measure.metric.value is None
    assert measure.p is None


def test_the_exact_p_is_the_share_of_all_divisions_of_the_units() -> None:
    change = group_change(SIMILARITY, GROUPS, USES, CLUSTERS)
    observed = by_hand(SIMILARITY, GROUPS, USES)
    reached = dict.fromkeys(observed, 0)
    ways = list(combinations(range(10), 5))
    for way in ways:
        groups = np.where(np.isin(UNITS, way), 0, 1)
        for name, value in by_hand(SIMILARITY, groups, USES).items():
            reached[name] += value >= observed[name] - 1e-9
    assert change.exact
    assert change.permutations == len(ways) - 1 == 251
    assert change.measures["prt"].p == reached["prt"] / 252
    assert change.measures["excess"].p == change.measures["apd"].p == reached["excess"] / 252


def test_the_smallest_p_of_the_others_is_adjusted_and_the_primary_stays() -> None:
    change = group_change(SIMILARITY, GROUPS, USES, CLUSTERS)
    pairs = UnitPairs.of(in_groups(SIMILARITY, GROUPS, USES))
    table = np.zeros((10, 3))
    np.add.at(table, (UNITS[CLUSTERS >= 0], CLUSTERS[CLUSTERS >= 0]), 1)
    ways = np.array([np.isin(np.arange(10), way) for way in combinations(range(10), 5)])
    columns = [
        excess(pairs.means(ways)),
        [jensen_shannon(table[way].sum(0), table[~way].sum(0)) for way in ways],
    ]
    each = np.array([[np.mean(np.round(c, 9) >= np.round(v, 9)) for v in c] for c in columns])
    smallest = each.min(axis=0)
    assert ways[0].tolist() == [True] * 5 + [False] * 5
    for name, own in (("excess", each[0, 0]), ("jsd", each[1, 0])):
        assert change.measures[name].p == own
        assert change.measures[name].p_adjusted == np.mean(smallest <= own)
    assert change.measures["prt"].p == change.measures["prt"].p_adjusted


def test_units_are_permuted_and_not_uses() -> None:
    """Two documents of like uses on each side cannot be told from chance; twenty sentences can."""
    x = np.repeat(np.random.default_rng(3).standard_normal((4, 5)), 5, axis=0)
    x[:, 0] += 2
    similarity, groups = cosine_matrix(x), np.repeat([0, 1], 10)
    documents = group_change(similarity, groups, grouping(np.repeat(np.arange(4), 5)))
    assert (
        documents.no_test == "2 and 2 separate documents or sentences are too few for a p below .05"
    )
    assert {m.p for m in documents.measures.values()} == {None}
    sentences = group_change(similarity, groups, grouping(np.arange(20)))
    assert values(sentences) == pytest.approx(values(documents))
    assert sentences.no_test is None
    assert sentences.measures["prt"].p is not None
    assert sentences.measures["prt"].p < 0.01


@pytest.mark.parametrize(
    ("first", "second", "least"),
    [(3, 3, 0.1), (4, 4, 2 / 70), (1, 19, 1 / 20), (1, 20, 1 / 21), (2, 5, 1 / 21), (1, 1, 1)],
)
def test_there_is_a_p_only_where_one_below_the_level_can_be(
    first: int, second: int, least: float
) -> None:
    assert smallest_p(first, second) == pytest.approx(least)
    n = first + second
    groups = np.repeat([0, 1], [first, second])
    change = group_change(cosines(n, shift=50), groups, grouping(np.arange(n)), groups)
    assert (change.no_test is None) == (least < 0.05)
    assert (change.measures["jsd"].p is None) == (least >= 0.05)
    assert change.measures["apd"].metric.value is not None
    if change.no_test is None:
        assert change.measures["jsd"].p == pytest.approx(least)  # the groups are the clusters


@pytest.mark.parametrize("shift", [0.0, 0.6, 1.0])
def test_draws_come_close_to_the_exact_p(shift: float) -> None:
    """C(16, 8) is more than 10,000, so that ways are drawn; here all of them are looked at."""
    n = 16
    similarity, groups = cosines(n, shift=shift, seed=5), np.repeat([0, 1], n // 2)
    uses = grouping(np.arange(n))
    change = group_change(similarity, groups, uses)
    assert not change.exact
    pairs = UnitPairs.of(in_groups(similarity, groups, uses))
    ways = np.array([np.isin(np.arange(n), way) for way in combinations(range(n), n // 2)])
    every = prt(pairs.means(ways))
    exact = np.mean(every >= every[0] - 1e-9)
    drawn = change.measures["prt"].p
    assert drawn is not None
    error = max(exact / ENOUGH**0.5, (exact * (1 - exact) / MOST_DRAWS) ** 0.5)
    assert abs(drawn - exact) < 4 * error + 1 / MOST_DRAWS


def test_drawing_stops_where_enough_draws_reach_the_value() -> None:
    def statistics(first: np.ndarray) -> np.ndarray:
        score = first @ np.arange(40)
        return np.stack([score, -score, np.full(len(first), np.nan)], axis=1).astype(float)

    first = np.arange(40) >= 20  # the largest score there is
    largest = permutation_test(statistics, first, (1, 2))
    assert largest.permutations == MOST_DRAWS
    assert largest.p == (1 / (MOST_DRAWS + 1), (ENOUGH + 1) / (ENOUGH + 1), None)
    middle = permutation_test(statistics, np.arange(40) % 2 == 0, (1, 2))
    assert middle.permutations < 1000
    assert middle.p[0] == pytest.approx(0.54, abs=0.2)
    assert middle.p_adjusted[0] == middle.p[0]


def test_a_way_without_a_value_counts_as_reaching_the_observed_one() -> None:
    def statistics(first: np.ndarray) -> np.ndarray:
        return np.where(first[:, :1], 1.0, np.nan)

    test = permutation_test(statistics, np.arange(6) < 3, ())
    assert test.p == (1.0,)
    assert test.chance == (1.0,)


def test_the_interval_is_the_jackknife_by_hand() -> None:
    change = group_change(SIMILARITY, GROUPS, USES)
    for name, metric in ((n, change.measures[n].metric) for n in ("prt", "apd", "excess")):
        variance = 0.0
        for group in (0, 1):
            without = []
            for unit in np.unique(UNITS[GROUPS == group]):
                rows = np.flatnonzero(unit != UNITS)
                rest = replace(USES, sentences=USES.sentences[rows], weights=USES.weights[rows])
                part = SIMILARITY[np.ix_(rows, rows)]
                without.append(by_hand(part, GROUPS[rows], rest)[name])
            variance += 4 / 5 * ((np.array(without) - np.mean(without)) ** 2).sum()
        half = student.ppf(0.975, 8) * variance**0.5
        assert metric.value is not None
        assert metric.ci95 == pytest.approx((metric.value - half, metric.value + half))


def test_what_is_undefined_says_why() -> None:
    lonely = group_change(SIMILARITY, GROUPS, grouping(UNITS, np.where(GROUPS == 0, 0, UNITS)))
    assert lonely.measures["prt"].metric.undefined == ONE_SENTENCE
    assert lonely.measures["excess"].p is None
    assert lonely.measures["apd"].metric.value is not None
    opposite = cosine_matrix(np.array([[1, 0], [-1, 0.1]] * 6, float))
    change = group_change(opposite, np.repeat([0, 1], 6), grouping(np.arange(12)))
    assert change.measures["prt"].metric.undefined == NOT_ALIKE
    assert change.measures["prt"].p is None
    assert change.measures["excess"].p is not None
    few = group_change(SIMILARITY, np.repeat([0, 1], [3, 10]), grouping(np.arange(13)))
    metric = few.measures["prt"].metric
    assert metric.ci95 is None
    assert metric.no_interval == "an interval needs 5 units a group: one has 3"
    for group in (0, 1):
        alone = group_change(SIMILARITY, np.full(13, group), USES, CLUSTERS)
        assert {m.metric.undefined for m in alone.measures.values()} == {NO_USES}
        assert alone.no_test == NO_USES
        assert alone.units == ((10, 0) if group == 0 else (0, 10))


SEEDS = st.integers(0, 2**16)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_the_order_of_the_uses_and_of_the_groups_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(GROUPS))
    similarity = cosines(len(GROUPS), seed=seed)
    change = group_change(similarity, GROUPS, USES, CLUSTERS)
    moved = Grouping((None,) * len(order), USES.sentences[order], UNITS[order], USES.weights)
    again = group_change(similarity[np.ix_(order, order)], GROUPS[order], moved, CLUSTERS[order])
    exchanged = group_change(similarity, 1 - GROUPS, USES, CLUSTERS)
    for other in (again, exchanged):
        assert values(other) == pytest.approx(values(change), abs=1e-9)
        for name in MEASURES:
            assert other.measures[name].p == change.measures[name].p
            assert other.measures[name].p_adjusted == change.measures[name].p_adjusted


@settings(deadline=None, max_examples=25)
@given(SEEDS, st.floats(0.1, 1))
def test_prt_does_not_depend_on_the_scale_and_the_others_are_in_proportion(
    seed: int, scale: float
) -> None:
    similarity = cosines(len(GROUPS), seed=seed)
    small = similarity * scale
    np.fill_diagonal(small, 1)
    change, scaled = (group_change(s, GROUPS, USES) for s in (similarity, small))
    assert values(scaled)["prt"] == pytest.approx(values(change)["prt"], abs=1e-9)
    assert values(scaled)["excess"] == pytest.approx(scale * values(change)["excess"], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(SEEDS, st.integers(5, 9), st.integers(5, 40))
def test_p_is_never_0_and_the_adjusted_one_never_smaller(seed: int, a: int, b: int) -> None:
    groups = np.repeat([0, 1], [a, b])
    clusters = np.random.default_rng(seed).integers(0, 3, a + b)
    change = group_change(
        cosines(a + b, seed=seed, shift=30), groups, grouping(np.arange(a + b)), clusters
    )
    for measure in change.measures.values():
        assert measure.p is not None
        assert measure.p_adjusted is not None
        assert 0 < 1 / (change.permutations + 1) <= measure.p <= measure.p_adjusted <= 1


@pytest.mark.parametrize("first", [3, 5])
def test_without_change_the_means_are_right_on_average_where_the_plug_in_is_not(first: int) -> None:
    """Over all ways to divide uses into groups of any sizes, each mean is that of all pairs."""
    n = 11
    similarity, uses = (1 + cosines(n, seed=8)) / 2, grouping(np.arange(n))
    pairs = UnitPairs.of(in_groups(similarity, np.arange(n) % 2, uses))
    ways = np.array([np.isin(np.arange(n), way) for way in combinations(range(n), first)])
    means = pairs.means(ways)
    assert means.mean(axis=0) == pytest.approx(similarity[np.triu_indices(n, 1)].mean())
    assert excess(means).mean() == pytest.approx(0, abs=1e-12)
    plug_in = [
        1 - similarity[np.ix_(way, ~way)].mean()
        / np.sqrt(similarity[np.ix_(way, way)].mean() * similarity[np.ix_(~way, ~way)].mean())
        for way in ways
    ]  # fmt: skip
    assert abs(prt(means).mean()) < np.mean(plug_in) / 3
    assert np.mean(plug_in) > 0.03


def test_it_takes_the_grouping_of_occurrences() -> None:
    """Copies in one group weigh half, a sentence in both groups is no pair."""
    texts = ["a dog runs", "A  dog runs", "the dog", "one dog", "a dog", "my dog", "the dog"]
    groups = np.array([0, 0, 0, 0, 1, 1, 1])
    occurrences = [
        Occurrence(str(i), "dog", text, text.index("dog"), text.index("dog") + 3)
        for i, text in enumerate(texts)
    ]
    similarity, uses = (1 + cosines(7)) / 2, Grouping.of(occurrences)
    found = values(group_change(similarity, groups, uses))
    for name, value in by_hand(similarity, groups, uses).items():
        assert found[name] == pytest.approx(value)
