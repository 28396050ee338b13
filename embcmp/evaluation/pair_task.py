"""Scoring pairs: every encoder and layer on the same rows, with the layer that train chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.evaluation.encoder_view import View
from embcmp.evaluation.layer_scores import (
    FORM_ONLY,
    LAYER_WORDS,
    NO_VECTOR,
    Scored,
    Seen,
    chosen_note,
    once,
    tests,
    too_few_words,
)
from embcmp.evaluation.pair_scores import (
    PAIR_METRICS,
    PairTask,
    accuracy,
    hits,
    majority,
    renumbered,
    score,
    training_score,
)
from embcmp.evaluation.results import Baseline, Score
from embcmp.measures import ratings
from embcmp.measures.agreement import average_ranks
from embcmp.measures.labels import Floats, undefined
from embcmp.measures.over_words import over_groups, sign_flip
from embcmp.measures.weighted import ratio
from embcmp.types import PER_TYPE, PairTest

CONSTANT = "the same answer for every row orders nothing"


@dataclass(frozen=True)
class _Seen:
    """An encoder's cosines.

    Attributes:
        view: the encoder.
        cosines: for each layer [n], NaN where missing.
        note: None, or why the encoder has no score, or what it has to be read with.
    """

    view: View
    cosines: list[Floats]
    note: str | None = None


def scored(task: PairTask, views: Sequence[View]) -> Scored:
    """Score all encoders; correlations and AUC are over the rows for which all have a cosine.

    Args:
        task: the rows; which of them are usable is found here.
        views: the encoders.
    """
    looks = [_look(task, view) for view in views]
    first = [look.cosines[0] for look in looks if look.cosines and not look.view.baseline]
    if first:
        task = replace(task, usable=~np.isnan(np.array(first).sum(axis=0)))
    seen = once([one for look in looks for one in _of(task, look)])
    groups = int(task.groups.max()) + 1
    layered = [view.info.name for view in views if len(view.info.layers) > 1]
    lost = int((~task.usable[task.tested]).sum())
    few = task.learning < LAYER_WORDS
    warnings = [too_few_words(name, task.learning) for name in layered if few]
    if lost:
        warnings.append(f"{lost} of {len(task.tested)} pairs lack a cosine of some encoder")
    return Scored(
        scores=tuple(one.score for one in seen),
        tests=tests(seen, lambda a, b: _test(task, a, b)),
        baselines=tuple(_baselines(task)),
        groups=groups,
        warnings=tuple(warnings),
    )


def _look(task: PairTask, view: View) -> _Seen:
    first, second = (
        view.encoded.rows([getattr(pair, side) for pair in task.pairs])
        for side in ("first", "second")
    )
    cosines = [view.cosines(first, second, k) for k in range(len(view.info.layers))]
    if np.isnan(cosines[0][task.tested]).all():
        return _Seen(view, [], NO_VECTOR)
    if not view.info.per_type:
        return _Seen(view, cosines)
    vectors = view.encoded.vectors[0]
    if np.array_equal(vectors[first], vectors[second], equal_nan=True):
        return _Seen(view, [], PER_TYPE)
    return _Seen(view, cosines, FORM_ONLY)


def _of(task: PairTask, look: _Seen) -> Iterator[Seen[Floats]]:
    """The scores of an encoder: a row a layer, and one for the layer chosen on train."""
    info, encoded = look.view.info, look.view.encoded
    uses = [(task.pairs[i].first, task.pairs[i].second) for i in task.tested]
    absent = [look.view.absent([pair[side] for pair in uses]) for side in (0, 1)]
    base = Score(
        info.name, info, None, {}, int((absent[0] | absent[1]).sum()), look.note,
        encoded.seconds, encoded.cached,
    )  # fmt: skip
    if not look.cosines:
        null = dict.fromkeys(PAIR_METRICS, undefined(look.note or ""))
        yield Seen(replace(base, metrics=null, note=None), None)
        return
    chosen = _chosen(task, look, base)
    for label, x in zip(info.layers, look.cosines, strict=True):
        right = hits(task, dict.fromkeys(range(len(task.folds)), x))
        row = replace(base, name=look.view.name(label), layer=label, metrics=score(task, x, right))
        last = label == info.layers[-1] and (chosen is None or chosen.evidence is None)
        named = last and not look.view.baseline
        yield Seen(row, _evidence(task, x, right) if named else None)
    if chosen is not None:
        yield chosen


def _chosen(task: PairTask, look: _Seen, base: Score) -> Seen[Floats] | None:
    """The score with the layer that the training rows of each fold choose.

    Cosines of different layers are on different scales: where the folds choose differently, they
    are ranked together after each layer's have got mean 0 and deviation 1 over the rows to score.
    """
    if len(look.cosines) == 1 or task.learning < LAYER_WORDS:
        return None
    picked = []
    for fold in task.folds:
        reached = training_score(task, fold)
        picked.append(int(np.argmax([reached(x) for x in look.cosines])))
    right = hits(task, {number: look.cosines[k] for number, k in enumerate(picked)})
    note = chosen_note([look.view.info.layers[k] for k in picked])
    x = look.cosines[picked[0]] if len(set(picked)) == 1 else _mixed(task, look, picked)
    return Seen(replace(base, metrics=score(task, x, right), note=note), _evidence(task, x, right))


def _mixed(task: PairTask, look: _Seen, picked: Sequence[int]) -> Floats:
    """[n]: for the rows of each fold the standardized cosines of its layer."""
    found = np.full(len(task.pairs), np.nan)
    for fold, k in zip(task.folds, picked, strict=True):
        x = look.cosines[k][task.tested]
        scale = float(np.nanstd(x)) or 1.0
        found[fold.test] = (look.cosines[k][fold.test] - np.nanmean(x)) / scale
    return found


def _evidence(task: PairTask, cosines: Floats, right: Floats) -> Floats | None:
    """What an encoder is compared on: hits of T/F, cosines of ratings where they vary."""
    if task.binary:
        return right
    x = cosines[task.tested][task.usable[task.tested]]
    return x if len(x) and np.ptp(x) else None


def _test(task: PairTask, a: Seen[Floats], b: Seen[Floats]) -> PairTest:
    """The sign-flip test on what each group of pairs adds to the difference of the two.

    With T/F these are sums of hits. Spearman's correlation is a sum over rows of products of
    standardized ranks, so that each group has its share of the difference there too.
    """
    x, y = a.evidence, b.evidence
    assert x is not None
    assert y is not None
    names = (task.primary, a.score.name, b.score.name)
    if task.binary:
        groups, each = task.groups, x - y

        def statistic(w: Floats) -> Floats:
            return ratio(w @ each, w.sum(axis=1))

    else:
        kept = task.usable[task.tested]
        groups, gold = renumbered(task.groups[kept]), task.gold[task.tested][kept]
        each = (_standardized(x) - _standardized(y)) * _standardized(gold)

        def statistic(w: Floats) -> Floats:
            return ratings.spearman(x, gold, w) - ratings.spearman(y, gold, w)

    found = over_groups(
        statistic, groups, undefined="no difference", draws=task.draws, seed=task.seed
    )
    p = sign_flip(np.bincount(groups, weights=each).tolist(), seed=task.seed)
    return PairTest(*names, found.value, found.ci95, p, undefined=found.undefined)


def _standardized(values: Floats) -> Floats:
    """Ranks with mean 0 and square sum 1."""
    ranks = average_ranks(values)
    centered: Floats = ranks - ranks.mean()
    return centered / float(np.linalg.norm(centered))


def _baselines(task: PairTask) -> Iterator[Baseline]:
    if task.binary:
        metrics = dict.fromkeys(PAIR_METRICS, undefined(CONSTANT))
        yield Baseline(
            "most_frequent_label", {**metrics, "accuracy": accuracy(task, majority(task))}
        )
