"""All measures of one layer of an encoder on the uses of a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embcmp.background.corrections import Space
from embcmp.choices import DRAWS
from embcmp.measures import classification, clustering, geometry, resampling, separation, similarity
from embcmp.measures.labels import Index, Sample, canonical_order, sample, sentence_ids
from embcmp.measures.probe import probe
from embcmp.measures.threads import one_thread
from embcmp.types import Metric, Occurrence

ALL_ALIKE = "all cosines are equal"
NOT_OF_A_CONTROL = "not measured for controls"

# The names of the measures, in the order in which they are shown.
OF_PAIRS = ("within", "between", "separation", "auc", "auc_macro")
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
        draws: number of bootstrap samples.
        seed: seed for all random sampling.
    """

    correct: str = "none"
    intervals: bool = True
    draws: int = DRAWS
    seed: int = 0


@dataclass(frozen=True)
class Uses:
    """The uses of a word in canonical order, in which all seeded functions take them.

    Attributes:
        occurrences: the n uses.
        order: [n], the index of each use in the input.
        senses: the sense of each of the n uses, None without a label.
        sentences: [n], the number of the sentence of each use.
    """

    occurrences: tuple[Occurrence, ...]
    order: Index
    senses: tuple[str | None, ...]
    sentences: Index

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> Uses:
        """Put occurrences in canonical order."""
        order = canonical_order(occurrences)
        ordered = tuple(occurrences[i] for i in order)
        return cls(ordered, order, tuple(o.sense for o in ordered), sentence_ids(ordered))

    @property
    def labeled(self) -> bool:
        """Whether any use has a sense."""
        return any(sense is not None for sense in self.senses)

    def sample(self, similarity: NDArray[np.float64]) -> Sample:
        """Return the labeled uses that have a vector, given the similarity [n, n] of all uses."""
        return sample(similarity, self.senses, self.sentences)

    def as_given(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a matrix [n, n] in the order of the input."""
        place = np.argsort(self.order)
        return matrix[np.ix_(place, place)]


@one_thread()
def measures(
    vectors: NDArray[np.float64],
    uses: Uses,
    settings: Settings,
    space: Space | None = None,
    *,
    decimals: int = similarity.DECIMALS,
) -> dict[str, Metric]:
    """Compute every measure that has a meaning for these uses.

    Args:
        vectors: [n, dim] in the order of `uses`, corrected, with rows of NaN where missing.
        uses: the uses of the word.
        settings: the settings of the measures.
        space: the vector space of the encoder at this layer; None for a control, which is neither
            probed nor compared with the background.
        decimals: number of decimals to which cosines are rounded.
    """
    cosines = similarity.cosine_matrix(vectors, decimals=decimals)
    self_similarity = similarity.self_similarity(cosines)
    if settings.intervals:
        senses = uses.senses if None not in uses.senses else ("unlabeled",) * len(uses.senses)
        all_uses = sample(cosines, senses, uses.sentences)
        interval = resampling.self_similarity_interval(
            all_uses, draws=settings.draws, seed=settings.seed
        )
        self_similarity = _with(self_similarity, interval)
    if not uses.labeled:
        return {"self_similarity": self_similarity}
    labeled = uses.sample(cosines)
    metrics = {
        "self_similarity": self_similarity,
        **of_similarity(labeled, settings),
        **_of_centroids(vectors, labeled, settings, decimals),
        **_of_clusters(labeled),
        "probe": Metric(None, undefined=NOT_OF_A_CONTROL)
        if space is None
        else probe(vectors, uses.senses, uses.sentences, seed=settings.seed),
        **_of_geometry(vectors, self_similarity, settings, space),
    }
    if all_alike(labeled):
        names = {"separation", "auc", "auc_macro", *OF_HITS, *OF_CLUSTERS, "probe"}
        metrics |= dict.fromkeys(names, Metric(None, undefined=ALL_ALIKE))
    return metrics


def all_alike(uses: Sample) -> bool:
    """Whether all cosines of labeled uses are equal, so that they cannot separate senses."""
    pairs = np.concatenate(separation.split_pairs(uses))
    return len(pairs) > 1 and bool(np.ptp(pairs) == 0)


def undefined(uses: Uses, reason: str) -> dict[str, Metric]:
    """Return every measure of these uses as undefined, with the reason."""
    names: tuple[str, ...] = ("self_similarity",)
    if uses.labeled:
        names += (*OF_PAIRS, *OF_HITS, *OF_CLUSTERS, "probe", *OF_GEOMETRY)
    return {name: Metric(None, undefined=reason) for name in names}


def of_similarity(uses: Sample, settings: Settings) -> dict[str, Metric]:
    """Compute the measures that need similarities alone, of whatever kind."""
    drawn = {"draws": settings.draws, "seed": settings.seed}
    metrics = {
        "within": separation.within(uses),
        "between": separation.between(uses),
        "separation": separation.separation(uses),
        "auc": replace(separation.auc(uses), chance=0.5),
        "auc_macro": replace(separation.auc_macro(uses), chance=0.5),
    }
    nearest = classification.nearest_neighbor(uses, seed=settings.seed)
    metrics["nearest_neighbor"] = nearest.accuracy
    if settings.intervals:
        intervals = resampling.sense_intervals(uses, **drawn)
        metrics |= {name: _with(metrics[name], interval) for name, interval in intervals.items()}
        metrics |= {name: _with_mark(metrics[name], uses) for name in ("auc", "auc_macro")}
        interval, _ = resampling.hit_intervals(nearest.hits, uses, **drawn)
        metrics["nearest_neighbor"] = _with_hit_interval(nearest.accuracy, interval)
    return metrics


def _of_centroids(
    vectors: NDArray[np.float64], uses: Sample, settings: Settings, decimals: int
) -> dict[str, Metric]:
    nearest = classification.centroid(vectors, uses, decimals=decimals, seed=settings.seed)
    metrics = {"centroid": nearest.accuracy, "centroid_macro": nearest.macro}
    if settings.intervals:
        intervals = resampling.hit_intervals(
            nearest.hits, uses, draws=settings.draws, seed=settings.seed
        )
        metrics = {
            name: _with_hit_interval(metric, interval)
            for (name, metric), interval in zip(metrics.items(), intervals, strict=True)
        }
    return metrics


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
    space: Space | None,
) -> dict[str, Metric]:
    if space is None:
        undefined = dict.fromkeys(OF_GEOMETRY, Metric(None, undefined=NOT_OF_A_CONTROL))
        return undefined | {"mev": geometry.mev(vectors)}
    return {
        "baseline": space.baseline,
        "adjusted_self_similarity": similarity.adjusted_self_similarity(mean, space.baseline),
        "relative_self_similarity": similarity.relative_self_similarity(mean, space.baseline),
        "mev": geometry.mev(vectors),
        "adjusted_mev": geometry.adjusted_mev(vectors, space.background, seed=settings.seed),
    }


def _with(metric: Metric, interval: resampling.Interval) -> Metric:
    if metric.value is None:
        return metric
    return replace(metric, ci95=interval.ci95, no_interval=interval.reason)


def _with_hit_interval(metric: Metric, interval: resampling.Interval) -> Metric:
    """Add an interval of hits, which ignores that other sentences would change the predictions."""
    metric = _with(metric, interval)
    return replace(metric, approximate=metric.ci95 is not None)


def _with_mark(metric: Metric, uses: Sample) -> Metric:
    """Mark an interval as approximate if simulations show that it covers the truth too rarely."""
    if metric.value is None or metric.ci95 is None:
        return metric
    return replace(metric, approximate=not resampling.is_calibrated(metric.value, uses))


METRICS: Mapping[str, str] = {
    "auc": (
        "The chance that two uses of one sense are closer to each other than two uses of different"
        " senses. 1 is perfect, .50 is chance. It can be compared between encoders."
    ),
    "auc_macro": "The AUC of each use, averaged over the uses of a sense and then over the senses.",
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
