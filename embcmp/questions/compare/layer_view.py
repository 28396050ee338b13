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
from embcmp.measures.labels import samples
from embcmp.measures.resampling import auc_band
from embcmp.measures.similarity import cosine_matrix, decimals_for
from embcmp.questions.compare.layer_measures import Settings, Uses, measures, undefined
from embcmp.questions.compare.second_process import HERE, Task, Work
from embcmp.types import PER_TYPE, Metric, Result, TaskProgress

NO_VECTOR = "no occurrence has a vector"


@dataclass(frozen=True)
class LayerView:
    """One layer of one encoder: its result, and the vectors that further questions need.

    Attributes:
        result: the result of this layer, with the uses in the order of the input.
        vectors: float64 [n, dim], corrected, in the order of `Uses`; rows of NaN where missing.
        similarity: float64 [n, n], cosines of the vectors.
        preselected: whether the layer was fixed before the word was seen: the layer of the spec, or
            the last one of several. Tests and the verdict use these layers alone, so that no layer
            is chosen for its score.
    """

    result: Result
    vectors: NDArray[np.float64]
    similarity: NDArray[np.float64]
    preselected: bool = True

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.result.name

    @property
    def has_auc(self) -> bool:
        """Whether the layer has an AUC; there is none for one vector per type, or for one sense."""
        return "auc" in self.result.metrics and self.result.metrics["auc"].value is not None

    def with_metrics(self, metrics: Mapping[str, Metric]) -> LayerView:
        """Return a copy with these measures added."""
        metrics = {**self.result.metrics, **metrics}
        return replace(self, result=replace(self.result, metrics=metrics))


@dataclass(frozen=True)
class PendingView:
    """The layers of an encoder that has encoded the uses, while their measures are computed.

    Attributes:
        layers: the layers, still without measures.
        tasks: the tasks that compute the measures of each layer.
        uses: the uses of the word.
        settings: the settings of the measures.
    """

    layers: Sequence[LayerView]
    tasks: Sequence[Task[dict[str, Metric]]]
    uses: Uses
    settings: Settings

    def measured(self) -> list[LayerView]:
        """Wait for the measures; if there are several layers, add the band around their AUCs."""
        views = [
            view.with_metrics(task.result())
            for view, task in zip(self.layers, self.tasks, strict=True)
        ]
        if len(views) > 1 and self.settings.intervals:
            return _with_band(views, self.uses, self.settings)
        return views


def view_layers(
    loaded: LoadedEncoder,
    uses: Uses,
    settings: Settings,
    *,
    control: bool = False,
    background: BackgroundText | None = None,
    progress: TaskProgress | None = None,
    work: Work = HERE,
) -> PendingView:
    """Encode the uses, and start to measure each layer.

    Args:
        loaded: the encoder, and how long it took to load.
        uses: the uses of the word.
        settings: the settings of the measures.
        control: whether to leave out the measures that need the background sentences.
        background: the background sentences; None for those that come with embcmp.
        progress: called with the encoder's name, the uses done and their total.
        work: where to measure.
    """
    encoder = loaded.encoder
    started = time.perf_counter()
    # In canonical order, so that the batches do not depend on the order of the input either.
    embeddings = encoder.encode(uses.occurrences, progress and partial(progress, encoder.info.name))
    seconds = time.perf_counter() - started
    place = np.argsort(uses.order)
    info = embeddings.info
    decimals = decimals_for(info.dtype)
    on_background = not info.per_type and (
        settings.correct != "none" or (uses.labeled and not control)
    )
    spaces_of: Sequence[Space | None] = [None] * len(info.layers)
    if on_background:
        spaces_of = spaces(encoder, settings.correct, background)
    layers, tasks = [], []
    for row, (layer, space) in enumerate(zip(info.layers, spaces_of, strict=True)):
        x = embeddings.vectors[row]
        vectors = space.correction.apply(x) if space else x.astype(np.float64)
        similarity = cosine_matrix(vectors, decimals=decimals)
        result = Result(
            name=parse_spec(info.spec).name(layer),
            info=info,
            layer=layer,
            load_seconds=loaded.seconds,
            encode_seconds=seconds,
            missing=embeddings.missing,
            receipts=tuple(embeddings.receipts[i] for i in place),
            similarity=uses.as_given(similarity),
            metrics={},
        )
        layers.append(LayerView(result, vectors, similarity, layer == info.layers[-1]))
        if info.per_type:
            reason = PER_TYPE if np.isfinite(vectors).any() else NO_VECTOR
            tasks.append(Task(partial(undefined, uses, reason)))
        else:
            measured_in = None if control else space
            tasks.append(
                work.submit(measures, vectors, uses, settings, measured_in, decimals=decimals)
            )
    return PendingView(layers, tasks, uses, settings)


def _with_band(views: Sequence[LayerView], uses: Uses, settings: Settings) -> list[LayerView]:
    """Give each AUC its part of a confidence band that covers all layers simultaneously."""
    with_auc = [view for view in views if view.has_auc]
    if not with_auc:
        return list(views)
    layers = samples([view.similarity for view in with_auc], uses.senses, uses.sentences)
    band = auc_band(layers, draws=settings.draws, seed=settings.seed)
    banded = {}
    for view, part in zip(with_auc, band, strict=True):
        auc = replace(view.result.metrics["auc"], ci95=part.ci95, no_interval=part.reason)
        banded[view.name] = view.with_metrics({"auc": auc})
    return [banded.get(view.name, view) for view in views]
