"""How differently two groups of uses of a word are used, such as those of two periods.

Every measure is symmetric in the groups. Only uses in different sentences are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.measures.delete_one import Estimate
from embcmp.measures.inference import ratio
from embcmp.measures.jackknife import interval_of
from embcmp.measures.labels import MIN_UNITS, Flags, Floats, Index, Sample
from embcmp.measures.permutation import divisions, over_words, permutation_test, why_no_test
from embcmp.measures.unit_pairs import UnitPairs, in_groups
from embcmp.measures.use_groups import Grouping
from embcmp.threads import one_thread
from embcmp.types import Metric

PRIMARY = "prt"  # the test that is not adjusted
MEASURES = (PRIMARY, "apd", "excess", "jsd")

_TESTED = (PRIMARY, "excess", "jsd")
NOT_ALIKE = "the mean cosine within a group is not above 0"
ONE_SENTENCE = "a group has uses of one sentence only"
NO_USES = "a group has no uses with a vector"
NO_CLUSTERS = "the uses have no groups by sense"


@dataclass(frozen=True, slots=True)
class ChangeMeasure:
    """One measure of change, and whether it is more than chance.

    Attributes:
        metric: its value with an interval for new units of these groups.
        p: one-sided, by permuting units between the groups; None where it is not tested.
        p_adjusted: adjusted over the measures other than the primary one, whose p is adjusted
            only over several words.
        false_discovery_rate: of the primary measure, estimated over many words in place of an
            adjusted p.
    """

    metric: Metric
    p: float | None = None
    p_adjusted: float | None = None
    false_discovery_rate: float | None = None

    @property
    def among_words(self) -> float | None:
        """The adjusted p, or the false discovery rate in its place."""
        return self.p_adjusted if self.false_discovery_rate is None else self.false_discovery_rate


@dataclass(frozen=True)
class GroupChange:
    """How differently two groups of uses are used.

    Attributes:
        measures: by name, all of MEASURES. `apd` has the p of its `excess`.
        units: the number of units of each group that have a vector.
        permutations: the number of permutations behind p, without the observed one.
        exact: whether these are all ways there are.
        no_test: why there is no p; None if there is one.
    """

    measures: Mapping[str, ChangeMeasure]
    units: tuple[int, int]
    permutations: int = 0
    exact: bool = False
    no_test: str | None = None


@one_thread()
def group_change(
    similarity: Floats,
    groups: Index,
    uses: Grouping,
    clusters: Index | None = None,
    *,
    pair: tuple[int, int] = (0, 1),
    seed: int = 0,
) -> GroupChange:
    """Measure and test how differently two groups of uses are used.

    - `prt`: 1 - between / sqrt(within1 * within2), of mean cosines over pairs of different uses:
      the cosine distance of the groups' mean vectors, without the noise of few uses.
    - `apd`: the mean cosine distance of two uses of different groups.
    - `excess`: `apd` minus the mean of the two groups' mean distances within.
    - `jsd`: Jensen-Shannon divergence, base 2, of the groups' shares of uses in clusters, minus its
      mean over the permutations, which is its `chance`. It can be below 0.

    Intervals are by leaving out each unit in turn, the groups being strata. Tests permute whole
    units between the groups.

    Args:
        similarity: [n, n] cosines in `canonical_order`, NaN where undefined.
        groups: [n], the group of each use.
        uses: how the n uses belong together. Its senses are not used. A unit in both groups counts
            as one of each.
        clusters: [n], the cluster of each use, made from the uses of all groups; -1 for none.
        pair: the two groups to compare, the earlier one first.
        seed: seed of the permutations.
    """
    chosen = in_groups(similarity, groups, uses, pair)
    counts = dict(zip(chosen.senses, chosen.unit_counts.tolist(), strict=True))
    units = counts.get("0", 0), counts.get("1", 0)
    if not all(units):
        nothing = ChangeMeasure(Metric(None, undefined=NO_USES))
        return GroupChange(dict.fromkeys(MEASURES, nothing), units, no_test=NO_USES)
    first = chosen.strata == 0
    pairs, table = UnitPairs.of(chosen), _cluster_table(chosen, clusters)
    test = permutation_test(_statistics(pairs, table), first, (1, 2), seed=seed)
    no_test = why_no_test(*units)
    measures = {}
    for name, estimate in _estimates(pairs, table, first).items():
        k = _TESTED.index("excess" if name == "apd" else name)
        reason = NO_CLUSTERS if clusters is None and name == "jsd" else _undefined(pairs, first)
        metric = _metric(estimate, chosen, reason, test.chance[k] if name == "jsd" else None)
        p = (None, None) if no_test else (test.p[k], test.p_adjusted[k])
        measures[name] = ChangeMeasure(metric, *p)
    return GroupChange(measures, units, test.permutations, test.exact, no_test)


@one_thread()
def change_values(
    similarity: Floats, groups: Index, uses: Grouping, clusters: Index, *, seed: int = 0
) -> dict[str, float]:
    """The measures of `group_change` without intervals and tests; NaN where undefined.

    The arguments are those of `group_change`, where the groups are 0 and 1. The chance of `jsd` is
    always from 9,999 permutations.
    """
    chosen = in_groups(similarity, groups, uses)
    if len(chosen.senses) < 2:
        return dict.fromkeys(MEASURES, np.nan)
    first = chosen.strata == 0
    table = _cluster_table(chosen, clusters)
    ways = np.concatenate([*divisions(first, np.random.default_rng(seed))])
    values = _values(UnitPairs.of(chosen).means(first[None])[0], first @ table, ~first @ table)
    values["jsd"] = values["jsd"] - jensen_shannon(ways @ table, ~ways @ table).mean()
    return {name: float(value) for name, value in values.items()}


@one_thread()
def prt_of_sample(
    similarity: Floats, groups: Index, uses: Grouping, most: Sequence[int], *, seed: int = 0
) -> float:
    """`prt` of the first and the last group, of at most so many uses of each, drawn at random.

    Args:
        similarity: [n, n] cosines, NaN where undefined.
        groups: [n], the group of each use.
        uses: how the n uses belong together.
        most: the largest number of uses of each group.
        seed: seed of the drawing.

    Returns:
        `prt` as `group_change` has it; NaN where it is undefined.
    """
    similarity = similarity.copy()
    drawn = np.random.default_rng(seed).permutation(len(groups))
    for group, count in enumerate(most):
        left_out = drawn[groups[drawn] == group][count:]
        similarity[left_out] = similarity[:, left_out] = np.nan
    chosen = in_groups(similarity, groups, uses, (0, len(most) - 1))
    if len(chosen.senses) < 2:
        return float("nan")
    return float(prt(UnitPairs.of(chosen).means((chosen.strata == 0)[None])[0]))


def prt(means: Floats) -> Floats:
    """[...], `prt` of means [..., 3] from UnitPairs; NaN where a mean within is not above 0."""
    positive = (means[..., 0] > 0) & (means[..., 2] > 0)
    product = np.where(positive, means[..., 0] * means[..., 2], np.nan)
    return np.asarray(1 - means[..., 1] / np.sqrt(product))


def excess(means: Floats) -> Floats:
    """[...], `excess` of means [..., 3] from UnitPairs."""
    return np.asarray((means[..., 0] + means[..., 2]) / 2 - means[..., 1])


def jensen_shannon(first: Floats, second: Floats) -> Floats:
    """[...], divergence, from 0 to 1, of two distributions over k clusters, given as counts.

    Args:
        first: [..., k], how often the first group is in each cluster.
        second: [..., k], the same of the second group.

    Returns:
        NaN where a group is in no cluster.
    """
    from scipy.special import entr

    p, q = (ratio(counts, counts.sum(axis=-1, keepdims=True)) for counts in (first, second))
    parts = entr((p + q) / 2) - (entr(p) + entr(q)) / 2
    return np.asarray(np.maximum(parts.sum(axis=-1), 0) / np.log(2))


def cluster_shares(clusters: Index, groups: Index) -> tuple[tuple[float, ...], ...]:
    """For each group the share of its uses in each cluster; nothing if there are no clusters.

    Args:
        clusters: [n], the cluster of each use; -1 for none.
        groups: [n], the group of each use.
    """
    if clusters.max() < 0:
        return ()
    counts = np.zeros((groups.max() + 1, clusters.max() + 1))
    np.add.at(counts, (groups[clusters >= 0], clusters[clusters >= 0]), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return tuple(map(tuple, shares.tolist()))


def among_words(changes: Sequence[GroupChange]) -> list[GroupChange]:
    """Say of the primary measure of each of several words what its p is worth among them."""
    primary = [change.measures[PRIMARY] for change in changes]
    adjusted = [
        replace(measure, **among._asdict())
        for measure, among in zip(primary, over_words([m.p for m in primary]), strict=True)
    ]
    return [
        replace(change, measures={**change.measures, PRIMARY: measure})
        for change, measure in zip(changes, adjusted, strict=True)
    ]


def _cluster_table(uses: Sample, clusters: Index | None) -> Floats:
    """[u, k], how many uses of each unit are in each cluster."""
    own = np.full(len(uses.rows), -1) if clusters is None else clusters[uses.rows]
    table = np.zeros((len(uses.strata), own.max(initial=0) + 1))
    np.add.at(table, (uses.units[own >= 0], own[own >= 0]), uses.weights[own >= 0])
    return table


def _values(means: Floats, first: Floats, second: Floats) -> dict[str, Floats]:
    """[...] each, the measures of means [..., 3] and of how often groups are in k clusters."""
    return {
        "prt": prt(means),
        "apd": np.asarray(1 - means[..., 1]),
        "excess": excess(means),
        "jsd": jensen_shannon(first, second),
    }


def _estimates(pairs: UnitPairs, table: Floats, first: Flags) -> dict[str, Estimate]:
    own, other = first @ table, ~first @ table
    values = _values(pairs.means(first[None])[0], own, other)
    without = _values(
        pairs.means_without(first), own - first[:, None] * table, other - ~first[:, None] * table
    )
    return {name: Estimate(float(value), without[name]) for name, value in values.items()}


def _statistics(pairs: UnitPairs, table: Floats) -> Callable[[Flags], Floats]:
    total = table.sum(axis=0)

    def statistics(first: Flags) -> Floats:
        means, own = pairs.means(first), first @ table
        return np.stack([prt(means), excess(means), jensen_shannon(own, total - own)], axis=1)

    return statistics


def _undefined(pairs: UnitPairs, first: Flags) -> str:
    """Why a measure is undefined, if it is."""
    return ONE_SENTENCE if np.isnan(pairs.means(first[None])).any() else NOT_ALIKE


def _metric(estimate: Estimate, uses: Sample, undefined: str, chance: float | None) -> Metric:
    """A measure with its interval, less what it is by chance."""
    if np.isnan(estimate.value):
        return Metric(None, undefined=undefined)
    few, reason = uses.unit_counts.min(), None
    if few < MIN_UNITS:
        reason = f"an interval needs {MIN_UNITS} units a group: one has {few}"
    value = estimate.value - (chance or 0.0)
    interval = interval_of(replace(estimate, value=value), uses, reason)
    return Metric(
        value,
        interval.ci95,
        chance=chance,
        approximate=chance is not None and interval.ci95 is not None,
        no_interval=interval.reason,
    )
