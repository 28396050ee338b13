"""Controls: how well causes other than sense separate the senses.

They are shuffled labels, the form of the word, its position, its neighbors, and untrained networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import FAMILIES, EncoderSpec, nearby_words, parse_spec
from embcmp.errors import ModelError
from embcmp.measures.separation import auc_of_labelings
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.layer_measures import (
    Settings,
    all_alike,
    of_similarity,
    undefined,
)
from embcmp.questions.compare.layer_view import LayerView
from embcmp.types import EncoderInfo, Metric, Result

SEEDS = 5
SHUFFLES = 1000
FAMILY = "control"
LABELS = "labels"

SENSE_IS_FORM = "each sense has its own form"
ONE_FORM = "all uses have the same form"


def controls(
    views: Sequence[LayerView],
    uses: Uses,
    settings: Settings,
    view: Callable[[EncoderSpec], Sequence[LayerView]],
) -> list[LayerView]:
    """Measure every control of these encoders.

    Args:
        views: the encoders' layers that take part in tests.
        uses: the uses of the word.
        settings: the settings of the measures.
        view: loads an encoder and measures it as a control.
    """
    measured = [shuffled(v, uses, settings) for v in views if v.has_auc]
    measured += [form(views, uses, settings), position(uses, settings)]
    names = {v.name for v in views}
    for specs in _control_specs(views):
        name = _twin_name(specs[0], views)
        if name in names:
            continue
        names.add(name)
        try:
            measured.append(mean_of_seeds([view(spec)[0] for spec in specs]))
        except ModelError as e:  # the default vectors for nearby words are not installed
            nothing = np.full((len(uses.order), len(uses.order)), np.nan)
            metrics = undefined(uses, e.message)
            measured.append(_control(name, "not available", nothing, metrics, uses))
    return measured


def with_cosines(controls: Iterable[LayerView]) -> list[LayerView]:
    """Return the controls that have cosines of their own, which tests can compare."""
    return [control for control in controls if not control.name.startswith(LABELS)]


def _control_specs(views: Sequence[LayerView]) -> Iterator[list[EncoderSpec]]:
    """Yield the specs of the encoders that serve as controls; those that differ in seed together.

    The nearby words are a control of every encoder. They are read with the vectors of the first
    static encoder, or with the default ones.
    """
    specs = [parse_spec(view.result.info.spec) for view in views]
    yield [nearby_words(specs)]
    for spec in specs:
        layers = None if spec.layers == "all" else spec.layers
        untrained = [spec.untrained(seed) for seed in range(SEEDS)]
        if twins := [
            twin.with_options(layers, twin.options) for twin in untrained if twin is not None
        ]:
            yield twins
        if spec.row.layered:
            options = {k: v for k, v in spec.options.items() if k not in ("weights", "seed")}
            yield [spec.with_options("0", options)]


def _twin_name(spec: EncoderSpec, views: Sequence[LayerView]) -> str:
    """Return the name that the result will have. A twin has the layer of its original."""
    if not spec.row.layered:
        return spec.name()
    if spec.layers is not None:
        return spec.name(int(spec.layers) if spec.layers.isdigit() else spec.layers)
    last_layers = (v.result.info.layers[-1] for v in views if _has_layers(v.result))
    return spec.name(next(last_layers, None))


def _has_layers(result: Result) -> bool:
    row = FAMILIES.get(result.info.family)
    return row is not None and row.layered


def mean_of_seeds(views: Sequence[LayerView]) -> LayerView:
    """Average every measure over the seeds. Tests are of this mean, too."""
    first = views[0]
    if len(views) == 1:
        return first
    metrics = {
        name: _mean([view.result.metrics[name] for view in views]) for name in first.result.metrics
    }
    info = replace(first.result.info, model=f"{first.result.info.model}, {len(views)} seeds")
    return replace(
        first,
        result=replace(first.result, info=info, metrics=metrics),
        similarities=tuple(view.similarity for view in views),
    )


def _mean(metrics: Sequence[Metric]) -> Metric:
    values = [m.value for m in metrics if m.value is not None]
    if len(values) < len(metrics):
        return next(m for m in metrics if m.value is None)
    chances = [m.chance for m in metrics if m.chance is not None]
    return Metric(float(np.mean(values)), chance=float(np.mean(chances)) if len(chances) else None)


def shuffled(view: LayerView, uses: Uses, settings: Settings) -> LayerView:
    """Measure the AUC of an encoder with shuffled senses, 1,000 times: its null distribution.

    The labels of a sentence stay together, and move to a sentence with as many uses.
    """
    sample = uses.sample(view.similarity)
    last = sample.sentences.max(initial=-1)
    sentences = [np.flatnonzero(sample.sentences == s) for s in range(last + 1)]
    sizes = sorted({len(rows) for rows in sentences})
    exchangeable = [[rows for rows in sentences if len(rows) == size] for size in sizes]
    rng = np.random.default_rng(settings.seed)
    labelings = np.tile(sample.codes, (SHUFFLES, 1))
    for labeling in labelings:
        for group in exchangeable:
            for rows, source in zip(group, rng.permutation(len(group)), strict=True):
                labeling[rows] = sample.codes[group[source]]
    aucs = auc_of_labelings(sample, labelings)
    metrics = undefined(uses, "shuffled labels are a control of auc only")
    aucs = aucs[np.isfinite(aucs)]
    if len(aucs):
        low, high = np.percentile(aucs, [2.5, 97.5])
        metrics["auc"] = Metric(float(aucs.mean()), (float(low), float(high)), chance=0.5)
    name = f"{LABELS}({view.name})"
    return _control(name, f"{SHUFFLES:,} shuffles of the senses", view.similarity, metrics, uses)


def form(views: Sequence[LayerView], uses: Uses, settings: Settings) -> LayerView:
    """Measure the form alone, as `same_form` has it."""
    numbers, similarity = same_form([view.result for view in views], uses)
    kinds = {
        (sense, number)
        for sense, number, cosine in zip(
            uses.senses, numbers.tolist(), np.diag(similarity), strict=True
        )
        if sense is not None and np.isfinite(cosine)
    }
    senses, codes = {sense for sense, _ in kinds}, {number for _, number in kinds}
    if len(codes) < 2:
        metrics = undefined(uses, ONE_FORM)
    elif len(kinds) == len(senses) == len(codes):
        metrics = undefined(uses, SENSE_IS_FORM)
    else:
        metrics = undefined(uses, "the form alone gives no vectors")
        metrics |= of_similarity(uses.sample(similarity), settings)
    return _control("form", "the form of the word alone", similarity, metrics, uses)


def same_form(
    results: Iterable[Result], uses: Uses
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The number of each use's form [n], and the similarity [n, n]: 1 for the same form, else 0.

    Two forms differ if the first encoder with a tokenizer reads them differently; without such an
    encoder, if their lower-case spelling differs. The similarity is NaN where it reads no form.
    """
    forms: list[object] = [o.form.lower() for o in uses.occurrences]
    for result in results:
        if _has_layers(result):
            forms = [result.receipts[i].tokens for i in uses.order]
            break
    numbers = np.unique([repr(f) for f in forms], return_inverse=True)[1]
    similarity: NDArray[np.float64] = (numbers[:, None] == numbers).astype(np.float64)
    missing = np.array([f == () for f in forms])  # without tokens there is no form
    similarity[missing] = similarity[:, missing] = np.nan
    return numbers, similarity


def near_position(uses: Uses) -> NDArray[np.float64]:
    """Minus the distance [n, n] of uses by their position and the length of the sentence.

    They are the target's start as a share of the sentence, and the number of words, both z-scored.
    """
    places = [
        [o.start / max(1, len(o.sentence)), len(o.sentence.split())] for o in uses.occurrences
    ]
    x = np.array(places, dtype=np.float64)
    deviation = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    similarity: NDArray[np.float64] = -np.linalg.norm(z[:, None] - z[None, :], axis=2).round(6)
    return similarity


def position(uses: Uses, settings: Settings) -> LayerView:
    """Measure position and sentence length alone, as `near_position` has them."""
    similarity = near_position(uses)
    metrics = undefined(uses, "the position alone gives no vectors")
    labeled = uses.sample(similarity)
    if not all_alike(labeled):
        metrics |= of_similarity(labeled, settings)
    return _control("position", "position and sentence length", similarity, metrics, uses)


def _control(
    name: str,
    model: str,
    similarity: NDArray[np.float64],
    metrics: dict[str, Metric],
    uses: Uses,
) -> LayerView:
    """Return a control that is not an encoder as a view."""
    info = EncoderInfo(name, name, FAMILY, model, (None,), 0, 0, 0, 0, "")
    given = uses.as_given(similarity)
    result = Result(name, info, None, 0.0, 0.0, {}, (), given, metrics)
    return LayerView(result, np.empty((len(similarity), 0)), (similarity,))
