"""Whether two groups differ by more than chance: whole units are permuted between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from embcmp.measures.inference import benjamini_yekutieli, false_discovery_rates, harmonic
from embcmp.measures.labels import Flags, Floats

MOST_DRAWS, ENOUGH = 9_999, 100
LEVEL = 0.05

_BLOCK = 500
_DECIMALS = 9  # finer differences between permutations are rounding errors


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """One-sided p of several statistics from the same permutations.

    Attributes:
        p: of each statistic, never 0; None where the statistic is undefined.
        p_adjusted: of each statistic, adjusted over those that are adjusted together; for the
            others it is `p`.
        chance: the mean of each statistic over all ways to divide the units that were looked at;
            NaN where it is undefined.
        permutations: how many these were, not counting the observed one.
        exact: whether these are all there are.
    """

    p: tuple[float | None, ...]
    p_adjusted: tuple[float | None, ...]
    chance: tuple[float, ...]
    permutations: int
    exact: bool


def smallest_p(first: int, second: int) -> float:
    """The smallest p that groups of so many units can have, if a statistic is symmetric in them.

    Where the groups are equally large, exchanging them gives the same value.
    """
    return (1 + (first == second)) / comb(first + second, first)


def why_no_test(first: int, second: int) -> str | None:
    """Why groups of so many units are not tested, or None if they are."""
    if smallest_p(first, second) < LEVEL:
        return None
    what = "separate documents or sentences are too few for a p below"
    return f"{first} and {second} {what} {f'{LEVEL:.2f}'.lstrip('0')}"


class OverWords(NamedTuple):
    """What the p of one word is worth among many.

    Attributes:
        p_adjusted: adjusted by Benjamini and Yekutieli (2001), if p can be small enough for that.
        false_discovery_rate: estimated after Benjamini and Hochberg (1995), if it cannot.
    """

    p_adjusted: float | None = None
    false_discovery_rate: float | None = None


def over_words(p: Sequence[float | None]) -> list[OverWords]:
    """Adjust the p of words for their number, or estimate false discovery rates instead.

    They are estimated if there are so many words that even a single one with the smallest p that
    MOST_DRAWS draws give would get an adjusted p of LEVEL or more.

    Args:
        p: that of each word, None where it is not tested.
    """
    words = sum(value is not None for value in p)
    if words * harmonic(words) / (MOST_DRAWS + 1) < LEVEL:
        return [OverWords(p_adjusted=value) for value in benjamini_yekutieli(p)]
    return [OverWords(false_discovery_rate=value) for value in false_discovery_rates(p)]


def permutation_test(
    statistics: Callable[[Flags], Floats],
    first: Flags,
    together: Sequence[int],
    *,
    seed: int = 0,
) -> PermutationTest:
    """Test statistics that are large where the groups differ.

    If there are at most 10,000 ways to divide the units into groups of these sizes, p is the share
    of them that reach the observed value, the observed way among them. Otherwise ways are drawn
    until 100 of them reach it, or 9,999 are drawn: of m draws, b reach it, and p = (b + 1) / (m +
    1) (Besag and Clifford 1991). The adjusted p is that of the smallest p of the statistics that
    are adjusted together (Westfall and Young 1993), in all the permutations that were made.

    Args:
        statistics: Gives [d, k] statistics of d ways to divide the units, which are [d, u]: whether
            a unit is in the first group. Where one is undefined (NaN), that way counts as reaching
            the observed value.
        first: [u], whether each unit is in the first group.
        together: which of the k statistics are adjusted together.
        seed: seed of the draws.
    """
    exact = comb(len(first), int(first.sum())) <= MOST_DRAWS + 1
    ways = _every_way(first) if exact else divisions(first, np.random.default_rng(seed))
    observed = statistics(first[None]).round(_DECIMALS)
    known = np.flatnonzero(np.isfinite(observed[0]))
    values = observed[:, known]
    for block in ways:
        more = statistics(block)[:, known].round(_DECIMALS)
        values = np.concatenate([values, np.where(np.isnan(more), np.inf, more)])
        reached = np.cumsum(values[1:] >= values[0], axis=0)
        if not exact and (reached[-1] >= ENOUGH).all():
            break
    p: dict[int, float] = {}
    for column, number in enumerate(known):
        last = len(reached) - 1
        if not exact:
            last = min(last, int(np.searchsorted(reached[:, column], ENOUGH)))
        p[int(number)] = (1 + int(reached[last, column])) / (2 + last)
    adjusted = p | _adjusted(values, [(c, int(n)) for c, n in enumerate(known) if n in together], p)
    finite = np.where(np.isfinite(values), values, np.nan)
    means = dict(zip(known.tolist(), np.nanmean(finite, axis=0), strict=True))
    order = range(observed.shape[1])
    return PermutationTest(
        tuple(p.get(k) for k in order),
        tuple(adjusted.get(k) for k in order),
        tuple(float(means.get(k, np.nan)) for k in order),
        len(values) - 1,
        exact,
    )


def _adjusted(
    values: Floats, together: Sequence[tuple[int, int]], p: dict[int, float]
) -> dict[int, float]:
    """The p of the smallest p, by the number of the statistic; `together` has (column, number).

    Args:
        values: [1 + m, k], the statistics that are known, observed and permuted.
        together: column and number of the statistics to adjust.
        p: by the number of the statistic.
    """
    from scipy.stats import rankdata

    columns = [column for column, _ in together]
    if not columns:
        return {}
    each = rankdata(-values[:, columns], method="max", axis=0) / len(values)
    smallest = each.min(axis=1)
    return {
        number: max(p[number], float((smallest <= own).mean()))
        for (_, number), own in zip(together, each[0], strict=True)
    }


def _every_way(first: Flags) -> Iterator[Flags]:
    """All other ways to divide the units [u] into groups of these sizes, in one block."""
    chosen = np.array(list(combinations(range(len(first)), int(first.sum()))), dtype=np.intp)
    ways = np.zeros((len(chosen), len(first)), dtype=bool)
    np.put_along_axis(ways, chosen, True, axis=1)
    yield ways[(ways != first).any(axis=1)]


def divisions(first: Flags, rng: np.random.Generator) -> Iterator[Flags]:
    """Random ways, in blocks: in the first group are the units of the smallest random numbers."""
    size = int(first.sum())
    for start in range(0, MOST_DRAWS, _BLOCK):
        numbers = rng.random((min(_BLOCK, MOST_DRAWS - start), len(first)))
        yield numbers < np.partition(numbers, size, axis=1)[:, [size]]
