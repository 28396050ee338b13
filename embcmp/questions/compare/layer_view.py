"""One encoder's view of the uses of a word: vectors, similarities and measures, layer by layer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background_text import BackgroundText
from embcmp.background.corrections import Space, spaces
from embcmp.encoders import LoadedEncoder, parse_spec
from embcmp.measures.encoder_differences import PRIMARY, Contestant, band
from embcmp.measures.similarity import cosine_matrix, decimals_for
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.layer_measures import (
    NO_BACKGROUND,
    NOT_OF_A_CONTROL,
    Settings,
    measures,
    undefined,
)
from embcmp.types import PER_TYPE, Metric, Result, TaskProgress

ALL_ALIKE = "all uses have the same vector"
NO_VECTOR = "no occurrence has a vector"


@dataclass(frozen=True)
class LayerView:
    """One layer of one encoder: its result, and the vectors that further questions need.

    Attributes:
        result: the result of this layer, with the uses in the order of the input.
        vectors: float64 [n, dim], corrected, in the order of `Uses`; rows of NaN where missing.
        similarities: float64 [n, n], cosines of the vectors; one matrix for each seed of a control
            that is the mean over seeds.
        preselected: whether the layer was fixed before the word was seen: the layer of the spec, or
            the last one of several. Tests and the verdict use these layers alone, so that no layer
            is chosen for its score.
    """

    result: Result
    vectors: NDArray[np.float64]
    similarities: tuple[NDArray[np.float64], ...]
    preselected: bool = True

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.result.name

    @property
    def similarity(self) -> NDArray[np.float64]:
        """float64 [n, n], cosines of the vectors in the order of `Uses`, of the first seed."""
        return self.similarities[0]

    @property
    def contestant(self) -> Contestant:
        """This layer as one side of a test."""
        return Contestant(self.name, self.similarities)

    @property
    def has_auc(self) -> bool:
        """Whether the layer has an AUC; there is none for one vector per type, or for one sense."""
        metric = self.result.metrics.get(PRIMARY)
        return metric is not None and metric.value is not None

    def with_metrics(self, metrics: Mapping[str, Metric]) -> LayerView:
        """Return a copy with these measures added."""
        metrics = {**self.result.metrics, **metrics}
        return replace(self, result=replace(self.result, metrics=metrics))


def view_layers(
    loaded: LoadedEncoder,
    uses: Uses,
    settings: Settings,
    *,
    control: bool = False,
    background: BackgroundText | None = None,
    progress: TaskProgress | None = None,
) -> list[LayerView]:
    """Encode the uses and measure each layer; add a band around the AUCs of several layers.

    Args:
        loaded: the encoder, and how long it took to load.
        uses: the uses of the word.
        settings: the settings of the measures.
        control: whether to leave out the measures that need the background sentences.
        background: the background sentences; None for those that come with embcmp.
        progress: called with the task, the uses or layers done and their total.
    """
    encoder = loaded.encoder
    started = time.perf_counter()
    # In canonical order, so that the batches do not depend on the order of the input either.
    embeddings = encoder.encode(uses.occurrences, progress and partial(progress, encoder.info.name))
    seconds = time.perf_counter() - started
    place = np.argsort(uses.order)
    info = embeddings.info
    decimals = decimals_for(info.dtype)
    if info.precomputed and settings.correct != "none":
        why = f"{info.name}: is not corrected ({settings.correct}), since {NO_BACKGROUND}"
        info = replace(info, remarks=(*info.remarks, why))
    on_background = not (info.per_type or info.precomputed) and (
        settings.correct != "none" or (uses.labeled and not control)
    )
    spaces_of: Sequence[Space | None] = [None] * len(info.layers)
    if on_background:
        spaces_of = spaces(encoder, settings.correct, background)
    views = []
    for row, (layer, space) in enumerate(zip(info.layers, spaces_of, strict=True)):
        if progress:
            progress(f"measuring {info.name}", row, len(info.layers))
        x = embeddings.vectors[row]
        vectors = space.correction.apply(x) if space else x.astype(np.float64)
        similarity = cosine_matrix(vectors, decimals=decimals)
        if info.per_type:
            metrics = undefined(uses, PER_TYPE if np.isfinite(vectors).any() else NO_VECTOR)
        else:
            measured_in = NOT_OF_A_CONTROL if control else space or NO_BACKGROUND
            metrics = measures(vectors, uses, settings, measured_in, decimals=decimals)
        result = Result(
            name=parse_spec(info.spec).name(layer),
            info=info,
            layer=layer,
            load_seconds=loaded.seconds,
            encode_seconds=seconds,
            missing=embeddings.missing,
            receipts=tuple(embeddings.receipts[i] for i in place),
            similarity=uses.as_given(similarity),
            metrics=metrics,
        )
        views.append(LayerView(result, vectors, (similarity,), layer == info.layers[-1]))
    if progress:
        progress(f"measuring {info.name}", len(views), len(views))
    if len(views) > 1 and settings.intervals:
        return _with_band(views, uses, settings)
    return views


def _with_band(views: Sequence[LayerView], uses: Uses, settings: Settings) -> list[LayerView]:
    """Give each `auc_macro` its part of a confidence band that covers all layers together."""
    with_auc = [view for view in views if view.has_auc]
    if not with_auc:
        return list(views)
    intervals = band([view.similarity for view in with_auc], uses.grouping, seed=settings.seed)
    banded = {}
    for view, interval in zip(with_auc, intervals, strict=True):
        metric = view.result.metrics[PRIMARY]
        if metric.inference:
            inference = replace(metric.inference, ci95=interval.ci95)
            metric = replace(metric, inference=inference)
        else:
            metric = replace(metric, ci95=interval.ci95, no_interval=interval.reason)
        banded[view.name] = view.with_metrics({PRIMARY: metric})
    return [banded.get(view.name, view) for view in views]
