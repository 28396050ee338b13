from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embcmp.evaluation.folds import Fold, components, item_folds, pair_folds

EDGES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), min_size=1)


def covers(folds: list[Fold], n: int) -> bool:
    tested = np.concatenate([fold.test for fold in folds])
    whole = all(len(set(f.train) | set(f.test)) == n == len(f.train) + len(f.test) for f in folds)
    return sorted(tested) == list(range(n)) and whole


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), min_size=1), st.integers(0, 9)
)
def test_a_sentence_stays_whole(rows: list[tuple[str, int]], seed: int) -> None:
    senses, sentences = zip(*rows, strict=True)
    folds = item_folds(senses, sentences, seed)
    assert covers(folds, len(rows))
    of = {}
    for k, fold in enumerate(folds):
        for i in fold.test:
            assert of.setdefault(sentences[i], k) == k


def test_senses_are_dealt_out_evenly() -> None:
    senses = ["a"] * 50 + ["b"] * 10
    for fold in item_folds(senses, range(60), 3):
        assert sum(senses[i] == "a" for i in fold.test) == 10
        assert sum(senses[i] == "b" for i in fold.test) == 2


def test_folds_depend_on_the_seed() -> None:
    def first(seed: int) -> list[int]:
        return item_folds(["a"] * 30, range(30), seed)[0].test.tolist()

    assert first(1) == first(1) != first(2)


@given(EDGES)
def test_connected_components_equal_those_of_a_graph_search(edges: list[tuple[str, str]]) -> None:
    reach = {a: {a} for edge in edges for a in edge}
    for _ in edges:
        for a, b in edges:
            both = reach[a] | reach[b]
            for word in both:
                reach[word] = reach[word] | both
    numbers = components(edges)
    for i, (a, _) in enumerate(edges):
        for j, (b, _) in enumerate(edges):
            assert (numbers[i] == numbers[j]) == (b in reach[a])
    assert set(numbers) == set(range(numbers.max() + 1))


@given(EDGES, st.integers(0, 9))
def test_pairs_of_one_component_stay_together(edges: list[tuple[str, str]], seed: int) -> None:
    of = components(edges)
    folds = pair_folds(of, seed)
    assert covers(folds, len(edges))
    for fold in folds:
        assert not set(of[fold.train]) & set(of[fold.test])


def test_folds_of_pairs_have_similar_sizes() -> None:
    sizes = [len(f.test) for f in pair_folds(np.repeat(np.arange(40), 6), 0)]
    assert sizes == [24] * 10
