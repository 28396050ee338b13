"""All measures of one layer of an encoder on the uses of a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embcmp.background.corrections import Space
from embcmp.choices import CORRECTIONS
from embcmp.errors import UsageError
from embcmp.measures import (
    classification,
    clustering,
    delete_one,
    geometry,
    jackknife,
    macro_auc,
    separation,
    similarity,
)
from embcmp.measures.delete_one import Estimate
from embcmp.measures.jackknife import Interval
from embcmp.measures.labels import MIN_UNITS, Labels, Sample, sample
from embcmp.measures.probe import probe
from embcmp.questions.compare.compared_uses import Uses
from embcmp.threads import one_thread
from embcmp.types import Inference, Metric

ALL_ALIKE = "all cosines are equal"
NOT_OF_A_CONTROL = "not measured for controls"
NO_BACKGROUND = "the file has no vectors of the background sentences"

# The names of the measures, in the order in which they are shown.
OF_PAIRS = ("within", "between", "separation", "auc_macro", "auc")
OF_HITS = ("nearest_neighbor", "centroid", "centroid_macro")
OF_CLUSTERS = ("silhouette", "ari_oracle_k", "v_measure_oracle_k")
OF_GEOMETRY = (
    "baseline",
    "adjusted_self_similarity",
    "relative_self_similarity",
    "mev",
    "adjusted_mev",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the measures.

    Attributes:
        correct: correction of the vector spaces: none, center, zscore or abtt.
        intervals: whether to compute confidence intervals and tests.
        seed: seed for all random sampling.

    Raises:
        UsageError: there is no such correction.
    """

    correct: str = "none"
    intervals: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.correct not in CORRECTIONS:
            known = f"known: {', '.join(CORRECTIONS)}"
            raise UsageError(f"there is no correction {self.correct!r}", known)


@one_thread()
def measures(
    vectors: NDArray[np.float64],
    uses: Uses,
    settings: Settings,
    space: Space | str = NOT_OF_A_CONTROL,
    *,
    decimals: int = similarity.DECIMALS,
) -> dict[str, Metric]:
    """Compute every measure that has a meaning for these uses.

    Args:
        vectors: [n, dim] in the order of `uses`, corrected, with rows of NaN where missing.
        uses: the uses of the word.
        settings: the settings of the measures.
        space: the vector space of the encoder at this layer, or why nothing is compared with the
            background. NOT_OF_A_CONTROL is for a control, which is not probed either.
        decimals: number of decimals to which cosines are rounded.
    """
    cosines = similarity.cosine_matrix(vectors, decimals=decimals)
    self_similarity = similarity.self_similarity(cosines, uses.grouping)
    if settings.intervals:
        all_uses = sample(cosines, uses.grouping.unlabeled)
        pairs = np.ones_like(all_uses.similarity, dtype=bool)
        self_similarity = _with(self_similarity, jackknife.mean_interval(all_uses, pairs))
    if not uses.labeled:
        return {"self_similarity": self_similarity}
    labeled = uses.sample(cosines)
    metrics = {
        "self_similarity": self_similarity,
        **of_similarity(labeled, settings),
        **_of_centroids(vectors, labeled, settings, decimals),
        **_of_clusters(labeled),
        "probe": Metric(None, undefined=NOT_OF_A_CONTROL)
        if space == NOT_OF_A_CONTROL
        else probe(vectors, uses.grouping, seed=settings.seed),
        **_of_geometry(vectors, self_similarity, settings, space),
    }
    if all_alike(labeled):
        names = {"separation", "auc", "auc_macro", *OF_HITS, *OF_CLUSTERS, "probe"}
        metrics |= dict.fromkeys(names, Metric(None, undefined=ALL_ALIKE))
    return metrics


def all_alike(uses: Sample) -> bool:
    """Whether all cosines of labeled uses are equal, so that they cannot separate senses."""
    pairs = uses.similarity[np.triu(uses.comparable, 1)]
    return len(pairs) > 1 and bool(np.ptp(pairs) == 0)


def undefined(uses: Uses, reason: str) -> dict[str, Metric]:
    """Return every measure of these uses as undefined, with the reason."""
    names: tuple[str, ...] = ("self_similarity",)
    if uses.labeled:
        names += (*OF_PAIRS, *OF_HITS, *OF_CLUSTERS, "probe", *OF_GEOMETRY)
    return {name: Metric(None, undefined=reason) for name in names}


def of_similarity(uses: Sample, settings: Settings) -> dict[str, Metric]:
    """Compute the measures that need similarities alone, of whatever kind."""
    metrics = {
        "within": separation.within(uses),
        "between": separation.between(uses),
        "separation": separation.separation(uses),
        "auc": _area(uses, separation.auc, delete_one.auc, settings),
        "auc_macro": _area(uses, separation.auc_macro, macro_auc.auc_macro, settings),
        "nearest_neighbor": classification.nearest_neighbor(uses, seed=settings.seed).accuracy,
    }
    if settings.intervals:
        metrics |= {name: _inferred(name, metrics[name], uses) for name in _MEASURES}
        metrics |= {"nearest_neighbor": _with_wilson(metrics["nearest_neighbor"], uses)}
    return metrics


def _area(
    uses: Sample,
    measure: Callable[[Sample], Metric],
    estimate: Callable[[Sample], Estimate],
    settings: Settings,
) -> Metric:
    """Measure an AUC; with intervals by the estimate that they need, too."""
    if settings.intervals and not uses.undefined:
        return Metric(estimate(uses).value, chance=0.5)
    return replace(measure(uses), chance=0.5)


def _inferred(name: str, metric: Metric, uses: Sample) -> Metric:
    """Add the interval; where a sense is rare, that of the measure without the rare senses."""
    measure, interval_of = _MEASURES[name]
    frequent = uses.without_rare()
    if metric.value is None or frequent is uses or frequent.undefined:
        metric = _with(metric, interval_of(uses))
        return replace(metric, approximate=_is_approximate(name, metric, uses))
    value = measure(frequent).value
    assert value is not None, "two senses with five units have pairs"
    rare = ", ".join(repr(sense) for sense in uses.senses if sense not in frequent.senses)
    return replace(
        metric,
        no_interval=f"too few units of {rare}: the interval is without them",
        inference=Inference(frequent.senses, value, interval_of(frequent).ci95),
        approximate=_is_approximate(name, Metric(value, (0, 1)), frequent),
    )


def _is_approximate(name: str, metric: Metric, uses: Sample) -> bool:
    """Whether intervals of an AUC contained the true value too rarely in simulations."""
    if metric.value is None or metric.ci95 is None or not name.startswith("auc"):
        return False
    return not jackknife.is_calibrated(metric.value, uses)


_MEASURES: Mapping[str, tuple[Callable[[Sample], Metric], Callable[[Sample], Interval]]] = {
    "within": (separation.within, partial(jackknife.sense_interval, same=True)),
    "between": (separation.between, partial(jackknife.sense_interval, same=False)),
    "separation": (separation.separation, jackknife.separation_interval),
    "auc": (separation.auc, jackknife.auc_interval),
    "auc_macro": (separation.auc_macro, jackknife.macro_interval),
}


def _of_centroids(
    vectors: NDArray[np.float64], uses: Sample, settings: Settings, decimals: int
) -> dict[str, Metric]:
    nearest = classification.centroid(vectors, uses, decimals=decimals, seed=settings.seed)
    accuracy = nearest.accuracy
    if settings.intervals:
        accuracy = _with_wilson(accuracy, uses)
    return {"centroid": accuracy, "centroid_macro": nearest.macro}


def _of_clusters(uses: Sample) -> dict[str, Metric]:
    ari, v = clustering.oracle_k(uses)
    return {
        "silhouette": clustering.silhouette(uses),
        "ari_oracle_k": ari,
        "v_measure_oracle_k": v,
    }


def _of_geometry(
    vectors: NDArray[np.float64],
    mean: Metric,
    settings: Settings,
    space: Space | str,
) -> dict[str, Metric]:
    if isinstance(space, str):
        undefined = dict.fromkeys(OF_GEOMETRY, Metric(None, undefined=space))
        return undefined | {"mev": geometry.mev(vectors)}
    return {
        "baseline": space.baseline,
        "adjusted_self_similarity": similarity.adjusted_self_similarity(mean, space.baseline),
        "relative_self_similarity": similarity.relative_self_similarity(mean, space.baseline),
        "mev": geometry.mev(vectors),
        "adjusted_mev": geometry.adjusted_mev(vectors, space.background, seed=settings.seed),
    }


def _with(metric: Metric, interval: Interval) -> Metric:
    if metric.value is None:
        return metric
    return replace(metric, ci95=interval.ci95, no_interval=interval.reason)


def _with_wilson(metric: Metric, uses: Labels) -> Metric:
    """Add an interval of hits, which ignores that other units would change the predictions."""
    if metric.value is None:
        return metric
    if reason := uses.too_few(MIN_UNITS, "an interval"):
        return replace(metric, no_interval=reason)
    ci95 = jackknife.wilson(metric.value, len(uses.strata))
    return replace(metric, ci95=ci95, approximate=True)


METRICS: Mapping[str, str] = {
    "auc_macro": (
        "The chance that a use is closer to another use of its own sense than to a use of another"
        " sense, averaged over the senses. 1 is perfect, .50 is chance. It compares encoders."
    ),
    "auc": (
        "The chance that two uses of one sense are closer to each other than two uses of different"
        " senses. It depends on how frequent the senses are."
    ),
    "self_similarity": "The mean cosine of all pairs of uses, whatever their sense.",
    "within": "The mean cosine of pairs of one sense.",
    "between": "The mean cosine of pairs of different senses.",
    "separation": "within minus between. It depends on how far the encoder spreads its vectors.",
    "nearest_neighbor": "How often the nearest other use has the same sense.",
    "centroid": "How often the mean vector nearest to a use is that of its own sense.",
    "centroid_macro": "The share of centroid for each sense, averaged over the senses.",
    "silhouette": (
        "How much closer a use is to its own sense than to the nearest other sense, from -1 to 1."
    ),
    "ari_oracle_k": (
        "Adjusted Rand index of a clustering into as many groups as there are senses: 1 is perfect,"
        " 0 is chance."
    ),
    "v_measure_oracle_k": "V-measure of the clustering of ari_oracle_k: 1 is perfect.",
    "probe": "Balanced accuracy of a linear classifier on sentences that it was not trained on.",
    "baseline": "The mean cosine of different words in different sentences for this encoder.",
    "adjusted_self_similarity": "self_similarity minus baseline. Lower is not better.",
    "relative_self_similarity": "adjusted_self_similarity divided by 1 minus baseline.",
    "mev": "The share of the squared length of the vectors along their main direction.",
    "adjusted_mev": "mev minus the mev of as many background words.",
}
