"""All measures of one encoder at one layer on the labelled uses of a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embcmp.background import Space
from embcmp.choices import DRAWS
from embcmp.measures import classification, clustering, geometry, resampling, separation, similarity
from embcmp.measures.labels import Index, Sample, canonical_order, sample, sentence_ids
from embcmp.measures.probe import probe
from embcmp.measures.threads import one_thread
from embcmp.types import Metric, Occurrence

ALL_ALIKE = "all cosines are equal"
NOT_OF_A_CONTROL = "not measured for a control"

# Those of the senses, in the order in which they are shown.
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
    """How the numbers are made.

    Attributes:
        correct: none, center, zscore or abtt.
        intervals: whether intervals and tests are computed.
        draws: of the bootstrap.
        seed: of everything that is drawn.
    """

    correct: str = "none"
    intervals: bool = True
    draws: int = DRAWS
    seed: int = 0


@dataclass(frozen=True)
class Uses:
    """The occurrences of a word in the order in which everything seeded takes them.

    Attributes:
        occurrences: [n], in that order.
        order: [n], the place of each among the occurrences as given.
        senses: [n], in that order.
        sentences: [n], numbers of their sentences, in that order.
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
    def labelled(self) -> bool:
        """Whether any occurrence has a sense."""
        return any(sense is not None for sense in self.senses)

    def sample(self, similarity: NDArray[np.float64]) -> Sample:
        """The labelled ones that have a vector, with their similarity [n, n] in this order."""
        return sample(similarity, self.senses, self.sentences)

    def as_given(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take a matrix [n, n] back to the order of the occurrences as given."""
        place = np.argsort(self.order)
        return matrix[np.ix_(place, place)]


@one_thread
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
        vectors: [n, dim] in the order of `uses`, corrected, rows of NaN missing.
        uses: the occurrences.
        settings: how.
        space: the encoder's at this layer; None for a control, which is neither probed nor held
            against the background.
        decimals: that cosines are rounded to.
    """
    cosines = similarity.cosine_matrix(vectors, decimals=decimals)
    own = similarity.self_similarity(cosines)
    if settings.intervals:
        senses = uses.senses if None not in uses.senses else ("unlabelled",) * len(uses.senses)
        every = sample(cosines, senses, uses.sentences)
        interval = resampling.self_similarity_interval(
            every, draws=settings.draws, seed=settings.seed
        )
        own = _with(own, interval)
    if not uses.labelled:
        return {"self_similarity": own}
    labelled = uses.sample(cosines)
    found = {
        "self_similarity": own,
        **of_similarity(labelled, settings),
        **_of_centroids(vectors, labelled, settings, decimals),
        **_of_clusters(labelled),
        "probe": Metric(None, undefined=NOT_OF_A_CONTROL)
        if space is None
        else probe(vectors, uses.senses, uses.sentences, seed=settings.seed),
        **_of_geometry(vectors, own, settings, space),
    }
    if all_alike(labelled):
        names = {"separation", "auc", "auc_macro", *OF_HITS, *OF_CLUSTERS, "probe"}
        found |= dict.fromkeys(names, Metric(None, undefined=ALL_ALIKE))
    return found


def all_alike(uses: Sample) -> bool:
    """Whether all labelled uses are equally near to each other: nothing can be told from that."""
    pairs = np.concatenate(separation.split_pairs(uses))
    return len(pairs) > 1 and bool(np.ptp(pairs) == 0)


def undefined(uses: Uses, reason: str) -> dict[str, Metric]:
    """Every measure that would be computed for these uses, none with a value."""
    names = ("self_similarity", *OF_PAIRS, *OF_HITS, *OF_CLUSTERS, "probe", *OF_GEOMETRY)
    shown = names if uses.labelled else names[:1]
    return {name: Metric(None, undefined=reason) for name in shown}


def of_similarity(uses: Sample, settings: Settings) -> dict[str, Metric]:
    """The measures that need no more than similarities, whatever these are."""
    drawn = {"draws": settings.draws, "seed": settings.seed}
    found = {
        "within": separation.within(uses),
        "between": separation.between(uses),
        "separation": separation.separation(uses),
        "auc": replace(separation.auc(uses), chance=0.5),
        "auc_macro": replace(separation.auc_macro(uses), chance=0.5),
    }
    nearest = classification.nearest_neighbor(uses, seed=settings.seed)
    found["nearest_neighbor"] = nearest.accuracy
    if settings.intervals:
        intervals = resampling.sense_intervals(uses, **drawn)
        found |= {name: _with(found[name], interval) for name, interval in intervals.items()}
        found |= {name: _marked(found[name], uses) for name in ("auc", "auc_macro")}
        interval, _ = resampling.hit_intervals(nearest.hits, uses, **drawn)
        found["nearest_neighbor"] = _held_fixed(nearest.accuracy, interval)
    return found


def _of_centroids(
    vectors: NDArray[np.float64], uses: Sample, settings: Settings, decimals: int
) -> dict[str, Metric]:
    by = classification.centroid(vectors, uses, decimals=decimals, seed=settings.seed)
    found = {"centroid": by.accuracy, "centroid_macro": by.macro}
    if settings.intervals:
        intervals = resampling.hit_intervals(
            by.hits, uses, draws=settings.draws, seed=settings.seed
        )
        found = {
            name: _held_fixed(metric, interval)
            for (name, metric), interval in zip(found.items(), intervals, strict=True)
        }
    return found


def _of_clusters(uses: Sample) -> dict[str, Metric]:
    ari, v = clustering.oracle_k(uses)
    return {
        "silhouette": clustering.silhouette(uses),
        "ari_oracle_k": ari,
        "v_measure_oracle_k": v,
    }


def _of_geometry(
    vectors: NDArray[np.float64],
    own: Metric,
    settings: Settings,
    space: Space | None,
) -> dict[str, Metric]:
    if space is None:
        undefined = dict.fromkeys(OF_GEOMETRY, Metric(None, undefined=NOT_OF_A_CONTROL))
        return undefined | {"mev": geometry.mev(vectors)}
    return {
        "baseline": space.baseline,
        "adjusted_self_similarity": similarity.adjusted_self_similarity(own, space.baseline),
        "relative_self_similarity": similarity.relative_self_similarity(own, space.baseline),
        "mev": geometry.mev(vectors),
        "adjusted_mev": geometry.adjusted_mev(vectors, space.background, seed=settings.seed),
    }


def _with(metric: Metric, interval: resampling.Interval) -> Metric:
    if metric.value is None:
        return metric
    return replace(metric, ci95=interval.ci95, no_interval=interval.reason)


def _held_fixed(metric: Metric, interval: resampling.Interval) -> Metric:
    """With the interval of hits, which leaves out that other sentences change the predictions."""
    found = _with(metric, interval)
    return replace(found, approximate=found.ci95 is not None)


def _marked(metric: Metric, uses: Sample) -> Metric:
    """Mark an interval where simulation has shown that it holds the truth too rarely."""
    if metric.value is None or metric.ci95 is None:
        return metric
    return replace(metric, approximate=not resampling.trusted(metric.value, uses))


METRICS: Mapping[str, str] = {
    "auc": (
        "The chance that two uses of one sense are closer to each other than two uses of different"
        " senses. 1 is perfect, .50 is chance. It can be compared between encoders."
    ),
    "auc_macro": "The same, with each use and then each sense counting once.",
    "self_similarity": "The mean cosine of all pairs of uses, whatever their sense.",
    "within": "The mean cosine of pairs of one sense.",
    "between": "The mean cosine of pairs of different senses.",
    "separation": "within minus between. Its size depends on how the encoder spreads its vectors.",
    "nearest_neighbor": "How often the nearest other use has the same sense.",
    "centroid": "How often the nearest mean vector of a sense is that of the use's own sense.",
    "centroid_macro": "The same, averaged over the senses.",
    "silhouette": "How much closer a use is to its own sense than to the next one, from -1 to 1.",
    "ari_oracle_k": (
        "Agreement of the senses with a clustering into as many groups: 1 is equal, 0 is chance."
    ),
    "v_measure_oracle_k": "The same clustering, by the V-measure: 1 is equal.",
    "probe": "Balanced accuracy of a linear classifier on sentences that it was not trained on.",
    "baseline": "The mean cosine of different words in different sentences, in this encoder.",
    "adjusted_self_similarity": "self_similarity minus baseline. Lower is not better.",
    "relative_self_similarity": "The same, as a share of what is left above the baseline.",
    "mev": "The share of the largest direction in the vectors of the uses.",
    "adjusted_mev": "mev minus that of as many background words.",
}
