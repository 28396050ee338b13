"""One encoder's view of the uses of a word: vectors, similarities and measures, layer by layer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embcmp.background import Space, spaces
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
    """A result with what further questions need, in the order of `Uses`.

    Attributes:
        result: for the reader.
        vectors: float64 [n, dim], corrected, NaN where missing.
        similarity: [n, n].
        named: its layer was named before the word was seen: it is the spec's, or of several the
            default one, the last. No layer is chosen by what it reaches.
    """

    result: Result
    vectors: NDArray[np.float64]
    similarity: NDArray[np.float64]
    named: bool = True

    @property
    def name(self) -> str:
        """The result's name."""
        return self.result.name

    @property
    def tells_senses(self) -> bool:
        """Whether it has an AUC: one vector per type has none, nor has one sense."""
        return "auc" in self.result.metrics and self.result.metrics["auc"].value is not None

    def with_metrics(self, metrics: Mapping[str, Metric]) -> LayerView:
        """The same with these measures beside those that it has."""
        metrics = {**self.result.metrics, **metrics}
        return replace(self, result=replace(self.result, metrics=metrics))


@dataclass(frozen=True)
class PendingView:
    """An encoder's layers, encoded and being measured.

    Attributes:
        layers: without their measures.
        tasks: the measures of each.
        uses: the occurrences.
        settings: how it is measured.
    """

    layers: Sequence[LayerView]
    tasks: Sequence[Task[dict[str, Metric]]]
    uses: Uses
    settings: Settings

    def measured(self) -> list[LayerView]:
        """The layers with their measures, and several with the band of their AUCs."""
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
    progress: TaskProgress | None = None,
    work: Work = HERE,
) -> PendingView:
    """Encode the occurrences and begin to measure each layer.

    Args:
        loaded: the encoder, and how long loading it took.
        uses: the occurrences.
        settings: how to measure.
        control: leave out what stands on the background.
        progress: called with the encoder's name and how far it is.
        work: who measures.
    """
    encoder = loaded.encoder
    started = time.perf_counter()
    # In their canonical order, since batches, too, depend on no input's order.
    embeddings = encoder.encode(uses.occurrences, progress and partial(progress, encoder.info.name))
    seconds = time.perf_counter() - started
    place = np.argsort(uses.order)
    info = embeddings.info
    decimals = decimals_for(info.dtype)
    on_background = not info.per_type and (
        settings.correct != "none" or (uses.labelled and not control)
    )
    spaces_of: Sequence[Space | None] = [None] * len(info.layers)
    if on_background:
        spaces_of = spaces(encoder, settings.correct)
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
            held_against = None if control else space
            tasks.append(
                work.submit(measures, vectors, uses, settings, held_against, decimals=decimals)
            )
    return PendingView(layers, tasks, uses, settings)


def _with_band(views: Sequence[LayerView], uses: Uses, settings: Settings) -> list[LayerView]:
    """Give the AUC of each layer that has one its part of a band that holds all of them at once."""
    telling = [view for view in views if view.tells_senses]
    if not telling:
        return list(views)
    layers = samples([view.similarity for view in telling], uses.senses, uses.sentences)
    band = auc_band(layers, draws=settings.draws, seed=settings.seed)
    banded = {}
    for view, part in zip(telling, band, strict=True):
        auc = replace(view.result.metrics["auc"], ci95=part.ci95, no_interval=part.reason)
        banded[view.name] = view.with_metrics({"auc": auc})
    return [banded.get(view.name, view) for view in views]
