from __future__ import annotations

from collections import Counter
from math import log, sqrt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embcmp.measures.keywords import FEWEST, keywords, typical_values

CONTEXTS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), min_size=2, max_size=12)


def monroe(contexts: list[list[str]], groups: list[int], group: int) -> dict[str, float]:
    """z of each term, written down from equations 15, 16, 20 and 22 of the paper.

    y are the counts in a group, a those of the prior, which is the whole, and n and a0 their sums.
    """
    whole = Counter(t for c in contexts for t in set(c))
    own = Counter(t for c, g in zip(contexts, groups, strict=True) if g == group for t in set(c))
    other = whole - own
    n_own, n_other, a0 = own.total(), other.total(), whole.total()
    z = {}
    for term, a in whole.items():
        y, y_other = own[term], other[term]
        delta = log((y + a) / (n_own + a0 - y - a)) - log(
            (y_other + a) / (n_other + a0 - y_other - a)
        )
        z[term] = delta / sqrt(1 / (y + a) + 1 / (y_other + a))
    return z


def test_a_tiny_example_by_hand() -> None:
    contexts = [["river", "mud"], ["river"], ["loan"], ["loan", "mud"], ["loan", "rate"]]
    groups = np.array([0, 0, 1, 1, 1])
    # river: y = 2 of 3 and 0 of 5, the prior 2 of 8
    delta = log(4 / (3 + 8 - 4)) - log(2 / (5 + 8 - 2))
    z = monroe(contexts, groups.tolist(), 0)
    assert abs(z["river"] - delta / sqrt(1 / 4 + 1 / 2)) < 1e-12
    assert keywords(contexts, groups, 5) == [["river"], ["loan"]]  # mud and rate are there once


def test_terms_are_ordered_by_z_and_the_most_are_kept() -> None:
    contexts = [["a", "b", "c"]] * 4 + [["a", "b"]] * 2 + [["a", "d"]] * 5 + [["b", "d"]]
    groups = np.array([0] * 6 + [1] * 6)
    z = monroe(contexts, groups.tolist(), 0)
    assert sorted("abcd", key=lambda t: -z[t]) == ["b", "c", "a", "d"]
    assert z["b"] > z["c"] > 0 > z["a"] > z["d"]
    assert keywords(contexts, groups, 9)[0] == ["b", "c"]
    assert keywords(contexts, groups, 1)[0] == ["b"]


def test_a_rare_term_takes_no_place() -> None:
    contexts = [["rare", "a"], ["a", "d"], ["a", "b"], ["d"], ["d"], ["b"]]
    groups = np.array([0, 0, 0, 1, 1, 1])
    z = monroe(contexts, groups.tolist(), 0)
    assert z["a"] > z["rare"] > 0
    assert keywords([["rare"], *contexts[1:]], groups, 1)[0] == ["a"]


def test_a_term_counts_once_a_use() -> None:
    once = keywords([["a"], ["b", "b", "b"], ["c"], ["c"]], np.array([0, 0, 1, 1]), 5)
    assert once == [[], ["c"]]


@given(CONTEXTS, st.integers(1, 4), st.integers(0, 2**16))
def test_keywords_are_those_of_the_equations(
    contexts: list[list[str]], most: int, seed: int
) -> None:
    groups = np.concatenate(
        [[0, 1], np.random.default_rng(seed).integers(0, 2, len(contexts) - 2)]
    ).astype(np.intp)
    for group, found in enumerate(keywords(contexts, groups, most)):
        z = monroe(contexts, groups.tolist(), group) if len(set().union(*contexts)) > 1 else {}
        own = Counter(
            t for c, g in zip(contexts, groups, strict=True) if g == group for t in set(c)
        )
        named = [t for t in z if z[t] > 1e-9 and own[t] >= FEWEST]
        assert len(found) == min(most, len(named))
        assert set(found) <= set(named)
        values = [z[t] for t in found]
        assert values == sorted(values, reverse=True)
        assert all(z[t] <= min(values) + 1e-9 for t in set(named) - set(found))


def test_no_word_anywhere_gives_empty_lists() -> None:
    assert keywords([[], []], np.array([0, 1]), 5) == [[], []]


def test_groups_are_compared_with_all_others() -> None:
    contexts = [["x", "p"]] * 3 + [["x", "q"]] * 3 + [["r"]] * 3
    found = keywords(contexts, np.repeat([0, 1, 2], 3), 5)
    assert [words[0] for words in found] == ["p", "q", "r"]
    assert "x" not in found[2]


def test_typical_values_by_hand() -> None:
    """Eight of ten uses inside have `news` and one of ten outside: a contrast of .7."""
    inside = [{("genre", "news"), ("form", "bank")}] * 8 + [{("form", "bank")}] * 2
    outside = [{("genre", "news"), ("form", "bank")}] + [{("form", "banks")}] * 9
    first, second = typical_values([*inside, *outside], np.array([0] * 10 + [1] * 10))
    assert [(v.column, v.value, v.inside, v.outside) for v in first] == [
        ("form", "bank", 10, 1),
        ("genre", "news", 8, 1),
    ]
    assert [(v.value, v.inside, v.outside) for v in second] == [("banks", 9, 0)]


def test_values_of_two_uses_or_of_small_contrast_are_not_typical() -> None:
    values = [{("a", "x")}] * 2 + [{("a", "y")}] * 2 + [{("a", "y")}] * 4
    assert typical_values(values, np.array([0] * 2 + [1] * 6))[0] == []
    assert typical_values([{("a", "y")}] * 8, np.array([0] * 4 + [1] * 4)) == [[], []]
