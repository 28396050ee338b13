"""p-values of several tests, adjusted; a test without one (None) stays so and counts for none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from embcmp.measures.labels import Floats


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's (1979) step-down adjustment: bounds the chance of any false claim.

    With p_(1) <= ... <= p_(m): the largest of (m - j + 1) * p_(j) over j <= i, at most 1.
    """
    return _adjusted(p, lambda q: np.maximum.accumulate(np.arange(len(q), 0, -1) * q))


def benjamini_yekutieli(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Yekutieli's (2001) step-up adjustment: bounds the share of false claims.

    With p_(1) <= ... <= p_(m): the smallest of m / j * (1 + 1/2 + ... + 1/m) * p_(j) over j >= i,
    at most 1. It holds under any dependence between the tests.
    """

    def step_up(q: Floats) -> Floats:
        j = np.arange(1, len(q) + 1)
        scaled = len(q) / j * (1 / j).sum() * q
        return np.minimum.accumulate(scaled[::-1])[::-1]

    return _adjusted(p, step_up)


def _adjusted(p: Sequence[float | None], adjust: Callable[[Floats], Floats]) -> list[float | None]:
    """Adjust the sorted p-values that are not None, and put them back in their places."""
    values = np.array(p, dtype=np.float64)  # None becomes NaN, which is sorted to the end
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    values[order] = np.minimum(adjust(values[order]), 1)
    return [None if np.isnan(value) else float(value) for value in values]
