"""The nearest and the farthest pairs of uses that the screen for few labels shows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embcmp.questions.compare.similar_pairs import MOST, pairs
from tests.questions.compare.synthetic import Shape, comparison


@given(st.integers(1, 12), st.integers(0, 50))
def test_the_nearest_are_never_farther_than_the_farthest(count: int, seed: int) -> None:
    uses = comparison(Shape((), unlabeled=count)).occurrences
    x = np.random.default_rng(seed).normal(size=(count, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cosines = x @ x.T
    nearest, farthest = pairs(uses, cosines, MOST)
    of_pairs = cosines[np.triu_indices(count, 1)]
    if count > 1:
        assert nearest[0][0] == of_pairs.max()
    if count > 2:
        assert farthest[0][0] == of_pairs.min()
        assert nearest[-1][0] >= farthest[-1][0]
    for chosen in (nearest, farthest):
        shown = [use for _, i, j in chosen for use in (i, j)]
        assert len(shown) == len(set(shown)) <= 2 * MOST
