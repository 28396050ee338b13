"""One encoder's view of the uses of a word: vectors, similarities and measures, layer by layer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embcmp.background import Space, spaces
from embcmp.encoders import LoadedEncoder, parse_spec
from embcmp.measures.labels import samples
from embcmp.measures.resampling import Interval, auc_band
from embcmp.measures.similarity import cosine_matrix, decimals_for
from embcmp.questions.compare.layer_measures import Settings, Uses, measures, per_type
from embcmp.questions.compare.second_process import HERE, Task, Work
from embcmp.types import PER_TYPE, Metric, Occurrence, Progress, Result, TaskProgress

EncodingProgress = TaskProgress  # with the encoder's name, or what is done before it is there

NO_VECTOR = "no occurrence has a vector"


@dataclass(frozen=True)
class Seen:
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


@dataclass(frozen=True)
class Look:
    """An encoder's layers, encoded and being measured.

    Attributes:
        layers: without their measures.
        tasks: the measures of each.
        uses: that it looked at.
        settings: how it is measured.
    """

    layers: Sequence[Seen]
    tasks: Sequence[Task[dict[str, Metric]]]
    uses: Uses
    settings: Settings

    def seen(self) -> list[Seen]:
        """The layers with their measures, and several with the band of their AUCs."""
        seen = [
            replace(s, result=replace(s.result, metrics=task.result()))
            for s, task in zip(self.layers, self.tasks, strict=True)
        ]
        if len(seen) > 1 and self.settings.intervals:
            return _banded(seen, self.uses, self.settings)
        return seen


def look(
    loaded: LoadedEncoder,
    occurrences: Sequence[Occurrence],
    uses: Uses,
    settings: Settings,
    *,
    control: bool = False,
    progress: EncodingProgress | None = None,
    work: Work = HERE,
) -> Look:
    """Encode the occurrences and begin to measure each layer.

    Args:
        loaded: the encoder, and how long loading it took.
        occurrences: as given.
        uses: the same in canonical order.
        settings: how to measure.
        control: leave out what stands on the background.
        progress: called with the encoder's name and how far it is.
        work: who measures.
    """
    encoder = loaded.encoder
    ordered = [occurrences[i] for i in uses.order]  # batches, too, depend on no input's order
    started = time.perf_counter()
    embeddings = encoder.encode(ordered, _named(progress, encoder.info.name))
    encoded = time.perf_counter()
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
            encode_seconds=encoded - started,
            missing=embeddings.missing,
            receipts=tuple(embeddings.receipts[i] for i in place),
            similarity=uses.as_given(similarity),
            metrics={},
        )
        layers.append(Seen(result, vectors, similarity, layer == info.layers[-1]))
        if info.per_type:
            reason = PER_TYPE if np.isfinite(vectors).any() else NO_VECTOR
            tasks.append(Task(partial(per_type, uses, reason)))
        else:
            held_against = None if control else space
            tasks.append(
                work.submit(measures, vectors, uses, settings, held_against, decimals=decimals)
            )
    return Look(layers, tasks, uses, settings)


def _banded(seen: Sequence[Seen], uses: Uses, settings: Settings) -> list[Seen]:
    """Give the AUC of each layer that has one its part of a band that holds all of them at once."""
    telling = [s for s in seen if s.tells_senses]
    if not telling:
        return list(seen)
    layers = samples([s.similarity for s in telling], uses.senses, uses.sentences)
    band = auc_band(layers, draws=settings.draws, seed=settings.seed)
    parts = dict(zip((s.name for s in telling), band, strict=True))
    return [_with_part(s, parts[s.name]) if s.name in parts else s for s in seen]


def _with_part(seen: Seen, part: Interval) -> Seen:
    auc = replace(seen.result.metrics["auc"], ci95=part.ci95, no_interval=part.reason)
    return replace(seen, result=replace(seen.result, metrics={**seen.result.metrics, "auc": auc}))


def _named(progress: EncodingProgress | None, name: str) -> Progress | None:
    return None if progress is None else lambda done, total: progress(name, done, total)
