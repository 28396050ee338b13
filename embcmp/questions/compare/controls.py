"""What other causes than sense reach: shuffled labels, form, position, untrained networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import FAMILIES, EncoderSpec, nearby_words, parse_spec
from embcmp.errors import ModelError
from embcmp.measures.separation import auc_of_each
from embcmp.questions.compare.layer_measures import (
    Settings,
    Uses,
    all_alike,
    of_similarity,
    undefined,
)
from embcmp.questions.compare.layer_view import LayerView, PendingView
from embcmp.types import EncoderInfo, Metric, Result

SEEDS = 5
SHUFFLES = 1000
FAMILY = "control"
LABELS = "labels"

SENSE_IS_FORM = "sense and form coincide"
ONE_FORM = "all uses have one form"


Twins = Mapping[str, Sequence[PendingView] | str]


def twins(views: Sequence[LayerView], begin: Callable[[EncoderSpec], PendingView]) -> Twins:
    """The encoders that are controls of others.

    Args:
        views: what the encoders made of the occurrences, at the layers that their specs name; their
            measures are not needed.
        begin: load an encoder and begin to measure it as a control.

    Returns:
        By the names of their results: one, or one a seed; or why it cannot be loaded.
    """
    found: dict[str, Sequence[PendingView] | str] = {}
    names = {view.name for view in views}
    for specs in _untrained(views):
        name = _twin_name(specs[0], views)
        if name not in names:
            names.add(name)
            try:
                found[name] = [begin(spec) for spec in specs]
            except ModelError as e:  # the words nearby, where the default vectors are not installed
                found[name] = e.message
    return found


def controls(
    views: Sequence[LayerView], uses: Uses, settings: Settings, twins: Twins
) -> list[LayerView]:
    """Measure every control of these encoders.

    Args:
        views: what the encoders made of the occurrences, at the layers that their specs name.
        uses: the occurrences.
        settings: how to measure.
        twins: the controls that are encoders.
    """
    found = [shuffled(view, uses, settings) for view in views if view.tells_senses]
    found += [form(views, uses, settings), position(uses, settings)]
    for name, seeds in twins.items():
        if isinstance(seeds, str):
            nothing = np.full((len(uses.order), len(uses.order)), np.nan)
            found.append(_control(name, "not to be had", nothing, undefined(uses, seeds), uses))
        else:
            found.append(mean_of_seeds([pending.measured()[0] for pending in seeds]))
    return found


def _untrained(views: Sequence[LayerView]) -> Iterator[list[EncoderSpec]]:
    """The specs of the encoders that are controls of others; those over seeds together.

    The words nearby are a control of every encoder: from the vectors of the first static one,
    else from the default ones.
    """
    specs = [parse_spec(s.result.info.spec) for s in views]
    yield [nearby_words(specs)]
    for spec in specs:
        layers = None if spec.layers == "all" else spec.layers
        drawn = [spec.untrained(seed) for seed in range(SEEDS)]
        if twins := [twin.changed(layers, twin.options) for twin in drawn if twin is not None]:
            yield twins
        if spec.row.layered:
            kept = {k: v for k, v in spec.options.items() if k not in ("weights", "seed")}
            yield [spec.changed("0", kept)]


def _twin_name(spec: EncoderSpec, views: Sequence[LayerView]) -> str:
    """The name that the result of a spec will have: the layer of a twin is its original's."""
    if not spec.row.layered:
        return spec.name()
    if spec.layers is not None:
        return spec.name(int(spec.layers) if spec.layers.isdigit() else spec.layers)
    tops = (s.result.info.layers[-1] for s in views if _reads_pieces(s))
    return spec.name(next(tops, None))


def _reads_pieces(view: LayerView) -> bool:
    row = FAMILIES.get(view.result.info.family)
    return row is not None and row.layered


def mean_of_seeds(views: Sequence[LayerView]) -> LayerView:
    """The mean of every measure over seeds; tests use the seed whose AUC is the median."""
    if len(views) == 1:
        return views[0]
    ranked = sorted(views, key=lambda s: s.result.metrics["auc"].value or 0.0)
    middle = ranked[len(ranked) // 2]
    metrics = {
        name: _mean([s.result.metrics[name] for s in views]) for name in middle.result.metrics
    }
    info = replace(views[0].result.info, model=f"{views[0].result.info.model}, {len(views)} seeds")
    result = replace(views[0].result, info=info, metrics=metrics)
    return replace(middle, result=result)


def _mean(metrics: Sequence[Metric]) -> Metric:
    values = [m.value for m in metrics if m.value is not None]
    if len(values) < len(metrics):
        return next(m for m in metrics if m.value is None)
    chances = [m.chance for m in metrics if m.chance is not None]
    return Metric(float(np.mean(values)), chance=float(np.mean(chances)) if len(chances) else None)


def shuffled(view: LayerView, uses: Uses, settings: Settings) -> LayerView:
    """The null band of an encoder's AUC: its senses dealt anew to the sentences, 1,000 times.

    The labels of a sentence stay together, and go to a sentence with as many uses.
    """
    used = uses.sample(view.similarity)
    uses_of = [np.flatnonzero(used.sentences == s) for s in range(len(used.strata))]
    alike = [[u for u in uses_of if len(u) == size] for size in sorted({len(u) for u in uses_of})]
    rng = np.random.default_rng(settings.seed)
    dealt = np.tile(used.codes, (SHUFFLES, 1))
    for labeling in dealt:
        for group in alike:
            for to, source in zip(group, rng.permutation(len(group)), strict=True):
                labeling[to] = used.codes[group[source]]
    values = auc_of_each(used.similarity, dealt)
    metrics = undefined(uses, "the control of labels is that of auc alone")
    drawn = values[np.isfinite(values)]
    if len(drawn):
        low, high = np.percentile(drawn, [2.5, 97.5])
        metrics["auc"] = Metric(float(drawn.mean()), (float(low), float(high)), chance=0.5)
    name = f"{LABELS}({view.name})"
    return _control(name, f"{SHUFFLES:,} shuffles of the senses", view.similarity, metrics, uses)


def form(views: Sequence[LayerView], uses: Uses, settings: Settings) -> LayerView:
    """The form alone: 1 for two uses of one form, 0 for two forms.

    Forms are those that the first tokenizer tells apart, else the lower-case ones.
    """
    forms: list[object] = [o.form.lower() for o in uses.occurrences]
    for s in views:
        if _reads_pieces(s):
            forms = [s.result.receipts[i].tokens for i in uses.order]
            break
    code = np.unique([repr(f) for f in forms], return_inverse=True)[1]
    similarity: NDArray[np.float64] = (code[:, None] == code).astype(np.float64)
    unknown = np.array([f == () for f in forms])  # no piece, so no form either
    similarity[unknown] = similarity[:, unknown] = np.nan
    kinds = {
        (sense, c)
        for sense, c, lost in zip(uses.senses, code.tolist(), unknown, strict=True)
        if sense is not None and not lost
    }
    senses, codes = {sense for sense, _ in kinds}, {c for _, c in kinds}
    if len(codes) < 2:
        metrics = undefined(uses, ONE_FORM)
    elif len(kinds) == len(senses) == len(codes):
        metrics = undefined(uses, SENSE_IS_FORM)
    else:
        metrics = undefined(uses, "a form has no vector")
        metrics |= of_similarity(uses.sample(similarity), settings)
    return _control("form", "one form or another", similarity, metrics, uses)


def position(uses: Uses, settings: Settings) -> LayerView:
    """Where the target stands, and how long the sentence is: similarity is minus the distance.

    Both are z-scored: the target's start as a share of the sentence, and the sentence's words.
    """
    places = [
        [o.start / max(1, len(o.sentence)), len(o.sentence.split())] for o in uses.occurrences
    ]
    x = np.array(places, dtype=np.float64)
    deviation = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    similarity = -np.linalg.norm(z[:, None] - z[None, :], axis=2).round(6)
    metrics = undefined(uses, "a position has no vector")
    labelled = uses.sample(similarity)
    if not all_alike(labelled):
        metrics |= of_similarity(labelled, settings)
    return _control("position", "place and sentence length", similarity, metrics, uses)


def _control(
    name: str,
    model: str,
    similarity: NDArray[np.float64],
    metrics: dict[str, Metric],
    uses: Uses,
) -> LayerView:
    """A control that is no encoder."""
    info = EncoderInfo(name, name, FAMILY, model, (None,), 0, 0, 0, 0, "")
    given = uses.as_given(similarity)
    result = Result(name, info, None, 0.0, 0.0, {}, (), given, metrics)
    return LayerView(result, np.empty((len(similarity), 0)), similarity)
