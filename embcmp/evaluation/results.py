"""The result of an evaluation, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embcmp.evaluation.datasets import Kind
from embcmp.types import EncoderInfo, Layer, Metric, PairTest, Skipped

Metrics = Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one encoder at one layer, or at the layer that the training rows chose.

    Attributes:
        name: A unique name such as `bert@6`; `bert@all` is the one whose layer was chosen.
        info: The description of the encoder.
        layer: The label of the layer; None for an encoder without layers, or if one was chosen.
        metrics: The metrics by name, those of the kind of rows.
        missing: Number of rows to score without a vector.
        note: A caution that belongs to the scores, such as "form only"; None if there is none.
        seconds: Seconds to encode the rows that were not in the cache.
        cached: Number of places whose vectors came from the cache.
        curve: The metrics by number of training rows a sense.
    """

    name: str
    info: EncoderInfo
    layer: Layer
    metrics: Metrics
    missing: int = 0
    note: str | None = None
    seconds: float = 0.0
    cached: int = 0
    curve: Mapping[int, Metrics] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The scores of answers without an encoder, or with the encoder `context`."""

    name: str
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Published:
    """A published score, or the agreement of raters.

    Attributes:
        system: The name of the system that reached it.
        metric: The name of the metric, as in `Score.metrics`.
        value: The value as published.
        split: The part of the data set that it was measured on.
        method: How it was measured.
        source: The publication that has the value.
        human: Whether it is the agreement of raters, which is a ceiling.
        comparable: Whether the scored rows are exactly those of the split.
    """

    system: str
    metric: str
    value: float
    split: str
    method: str
    source: str
    human: bool = False
    comparable: bool = True


@dataclass(frozen=True, slots=True)
class Overlap:
    """The sentences to score that an encoder has been trained on.

    Attributes:
        name: The name of the encoder.
        corpus: The name of its training corpus.
        sentences: Number of different sentences in the rows to score.
        found: Number of them that are in the corpus; None if the corpus is unknown.
    """

    name: str
    corpus: str
    sentences: int
    found: int | None


@dataclass(frozen=True)
class Evaluation:
    """The scores of several encoders on one gold standard.

    Attributes:
        task: The name of the data set.
        kind: The kind of its rows: items, pairs or graphs.
        split: The part of it that is scored.
        n: Number of rows that are scored.
        words: Number of words, or of connected components of words.
        training: Where thresholds and centroids are learned from, in words.
        results: The scores, one for each encoder and layer.
        tests: Tests of each pair of encoders.
        baselines: Scores of answers that need no encoder.
        published: Figures from publications.
        overlap: Sentences to score that are in the training text of recurrent encoders.
        warnings: Sentences for the user.
        skipped: Rows that were left out, and why.
        noted: Rows that are used in spite of something unusual, and what that is.
        manifest: What is needed to compute the same again.
    """

    task: str
    kind: Kind
    split: str
    n: int
    words: int
    training: str
    results: tuple[Score, ...]
    tests: tuple[PairTest, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    published: tuple[Published, ...] = ()
    overlap: tuple[Overlap, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    noted: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
