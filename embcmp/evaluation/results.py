"""What `evaluate` returns: plain data for the renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from embcmp.types import EncoderInfo, Layer, Metric, PairTest, Skipped

Metrics = Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class Score:
    """One encoder at one layer, or at a layer that the training rows chose.

    Attributes:
        name: unique, as `bert@6`; `bert@all` is the one whose layer was chosen.
        info: the encoder.
        layer: its label; None without layers, and where one was chosen.
        metrics: by name, those of the task's kind.
        missing: rows to score for which it has no vector.
        note: what the row has to be read with, as "form only".
        seconds: time to encode the rows that were not in the cache.
        cached: places that came from the cache.
        curve: number of training rows a sense -> metrics.
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
    """What an answer without any encoder, or with the plain context, reaches."""

    name: str
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of the literature, or what people reach.

    Attributes:
        system: whose it is.
        metric: its name here.
        value: as published.
        split: the rows that it was measured on.
        method: how.
        source: where it was read.
        human: it is a ceiling: raters against raters.
        comparable: the rows here are of that split, and as many as it has.
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
    """How much of the data an encoder has been trained on.

    Attributes:
        name: the encoder's.
        corpus: what it was trained on.
        sentences: different ones in the data.
        found: how many of them are in the corpus; None where that is not known.
    """

    name: str
    corpus: str
    sentences: int
    found: int | None


@dataclass(frozen=True)
class Evaluation:
    """What several encoders reach on one gold standard.

    Attributes:
        task: the name of the data set.
        kind: items or pairs.
        split: the part that is scored.
        n: rows scored.
        words: lexemes, or connected components of words.
        training: where thresholds and centroids come from, in words.
        results: one per encoder and layer.
        tests: pairs of encoders.
        baselines: what is reached without them.
        published: figures of the literature.
        overlap: of the recurrent encoders' training with the data.
        warnings: what the user should know beside the result.
        skipped: rows that were left out.
        noted: rows that are used, and what is odd about them.
        manifest: what it takes to compute the same again.
    """

    task: str
    kind: Literal["items", "pairs"]
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
