"""How much a context word counts, by its distance from the target, for each encoder.

The change of a use's vector, 1 - cosine, when one context word is replaced, as a share of its
change when all are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from embcmp.analysis.changes import Changes, Plan, changes, plan
from embcmp.analysis.measures import PER_TYPE
from embcmp.analysis.replacements import Replacements
from embcmp.encoders import FAMILIES, EncoderSpec, load_encoder, parse_spec
from embcmp.encoders.base import Encoder
from embcmp.measure.labels import Floats, canonical_order, sentence_ids
from embcmp.measure.multiple import holm
from embcmp.measure.reach import (
    SIDES,
    SPAN,
    by_side,
    distances,
    halfway,
    mean_curve,
    normalized,
    reach50,
)
from embcmp.measure.words import over_words, sign_flip
from embcmp.types import EncoderInfo, Layer, Metric, Occurrence, PairTest, Skipped

DRAWS = 20
METHODS = ("word", "mask", "delete")

ReachProgress = Callable[[str, int, int], None]  # (encoder's name, uses done, all of them)


@dataclass(frozen=True)
class ReachResult:
    """What one encoder at one layer makes of changed contexts.

    Attributes:
        name: of the result, as in a comparison.
        info: the encoder.
        layer: its label.
        twin_of: the result that it is the untrained twin of; None for what was asked for.
        curve: by signed distance, the change as a share of the change when all are replaced.
        uses: by signed distance, how many uses the mean is over.
        whole: the change when all context words are replaced, 1 - cosine.
        reach50: by side, both, left or right.
    """

    name: str
    info: EncoderInfo
    layer: Layer
    twin_of: str | None
    curve: Mapping[int, Metric]
    uses: Mapping[int, int]
    whole: Metric
    reach50: Mapping[str, Metric]


@dataclass(frozen=True)
class Reach:
    """What context words count for several encoders.

    Attributes:
        word: the target.
        uses: its occurrences.
        results: one per encoder and layer, then the untrained twins.
        tests: of reach50, between encoders and, adjusted apart, with untrained twins.
        method: word, mask or delete.
        distance: the farthest that was looked at.
        draws: replacements a position at most.
        positions: words within that distance.
        left_out: of these, for want of candidates.
        long: how many uses have ten words on both sides.
        warnings: what the user should know.
        skipped: rows that were left out.
        manifest: what it takes to compute the same again.
    """

    word: str
    uses: tuple[Occurrence, ...]
    results: tuple[ReachResult, ...]
    tests: tuple[PairTest, ...]
    method: str
    distance: int
    draws: int
    positions: int
    left_out: int
    long: int
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seen:
    """A result, and the reach50 of each use with ten words on both sides, by side."""

    result: ReachResult
    own: Mapping[str, Floats]
    named: bool  # its layer takes part in tests


def reach(
    uses: Sequence[Occurrence],
    encoders: Sequence[str | Encoder],
    *,
    method: str = "word",
    distance: int = SPAN,
    draws: int = DRAWS,
    twins: bool = True,
    seed: int = 0,
    device: str = "auto",
    progress: ReachProgress | None = None,
) -> Reach:
    """Measure how much context words count by their distance.

    Args:
        uses: of one word, one at least.
        encoders: specs, or encoders that are loaded; one that is there twice is taken once.
        method: replace by another word, mask or delete.
        distance: the farthest to look at, 10 or more.
        draws: replacements a position at most.
        twins: look at the untrained twin of every encoder that can have one.
        seed: of what is drawn.
        device: where transformers run.
        progress: called with the encoder's name and how far it is.

    Raises:
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    loaded = list(_loaded(encoders, device))
    ordered = [uses[i] for i in canonical_order(uses)]
    lexicon = Replacements([encoder for encoder, _ in loaded], draws, seed)
    plans = [plan(use, lexicon.of(use), distance) for use in ordered]
    look = partial(_look, plans, method, distance, draws, seed)
    seen: list[_Seen] = []
    warnings: list[str] = []
    for encoder, _ in loaded:
        found, remarks = look(encoder, None, progress)
        seen += found
        warnings += remarks
    names = {s.result.name for s in seen}
    for encoder, spec in loaded if twins else ():
        twin = None if spec is None else _twin(spec)
        if twin is not None and twin.name() not in names:
            of = [s.result.name for s in seen if s.result.info is encoder.info]
            seen += look(load_encoder(twin), of, progress)[0]
    sentences = sentence_ids([p.use for p in plans if p.long])
    return Reach(
        word=uses[0].word,
        uses=tuple(ordered),
        results=tuple(s.result for s in seen),
        tests=tuple(_tests(seen, sentences, seed)),
        method=method,
        distance=distance,
        draws=draws,
        positions=sum(len(p.near) for p in plans),
        left_out=sum(not position.replacements for p in plans for position in p.near),
        long=sum(p.long for p in plans),
        warnings=tuple(warnings),
    )


def _loaded(
    encoders: Sequence[str | Encoder], device: str
) -> Iterator[tuple[Encoder, EncoderSpec | None]]:
    names: set[str] = set()
    for e in encoders:
        spec = replace(parse_spec(e), device=device) if isinstance(e, str) else None
        encoder = load_encoder(spec) if spec is not None else e
        assert not isinstance(encoder, str)
        if encoder.info.name not in names:
            names.add(encoder.info.name)
            yield encoder, spec


def _twin(spec: EncoderSpec) -> EncoderSpec | None:
    """The untrained network of a spec; None where it is one, or can have none."""
    if "weights" not in FAMILIES[spec.family].keys or spec.random_seed is not None:
        return None
    options = {**spec.options, "weights": "random"}
    return replace(spec, text=f"{spec.text},weights=random", options=options)


def _look(
    plans: Sequence[Plan],
    method: str,
    distance: int,
    draws: int,
    seed: int,
    encoder: Encoder,
    twin_of: Sequence[str] | None,
    progress: ReachProgress | None,
) -> tuple[list[_Seen], list[str]]:
    info = encoder.info
    named = progress and partial(progress, info.name)
    found = changes(encoder, plans, method, distance, draws, named)
    seen = []
    for row, layer in enumerate(info.layers):
        name = parse_spec(info.spec).name(layer)
        of = None if twin_of is None else twin_of[row]
        seen.append(_summary(found, row, plans, name, of, seed))
    remarks = list(info.remarks) if twin_of is None else []
    if found.lost and twin_of is None:
        remarks.append(
            f"{info.name}: {found.lost:,} of {found.variants:,} changed sentences were left out:"
            " the target has no vector in them, or is not where it was"
        )
    return seen, remarks


def _summary(
    found: Changes, row: int, plans: Sequence[Plan], name: str, twin_of: str | None, seed: int
) -> _Seen:
    info = found.info
    sentences = sentence_ids([p.use for p in plans])
    single, whole = found.single[row], found.whole[row]
    # One vector per type never changes: its shares are 0 though the whole is, too.
    values = single if info.per_type else normalized(single, whole)
    k = values.shape[1] // 2
    at = distances(k)
    curve = dict(zip(at, mean_curve(values, sentences, seed=seed), strict=True))
    long = np.array([p.long for p in plans])
    inner = values[long][:, k - SPAN : k + SPAN]
    reached = reach50(inner, sentences[long], seed=seed)
    if info.per_type:
        reached = dict.fromkeys(SIDES, Metric(None, undefined=PER_TYPE))
    result = ReachResult(
        name=name,
        info=info,
        layer=info.layers[row],
        twin_of=twin_of,
        curve=curve,
        uses=dict(zip(at, (~np.isnan(values)).sum(axis=0).tolist(), strict=True)),
        whole=mean_curve(whole[:, None], sentences, seed=seed)[0],
        reach50=reached,
    )
    own = {side: halfway(part) for side, part in by_side(np.nan_to_num(inner)).items()}
    return _Seen(result, own, info.layers[row] == info.layers[-1])


def _tests(seen: Sequence[_Seen], sentences: Any, seed: int) -> Iterator[PairTest]:  # noqa: ANN401
    """Pairs of encoders, then encoders and their twins, Holm's adjustment over each kind."""
    told = [s for s in seen if s.named and not s.result.info.per_type]
    asked = [s for s in told if s.result.twin_of is None]
    twins = [(a, b) for a in asked for b in told if b.result.twin_of == a.result.name]
    for pairs in (list(combinations(asked, 2)), twins):
        for side in SIDES:
            tests = [_test(a, b, side, sentences, seed) for a, b in pairs]
            adjusted = holm([t.p for t in tests])
            yield from (replace(t, p_adjusted=p) for t, p in zip(tests, adjusted, strict=True))


def _test(a: _Seen, b: _Seen, side: str, sentences: Any, seed: int) -> PairTest:  # noqa: ANN401
    """Of the mean over sentences of the difference of their own reach50."""
    metric = "reach50" if side == "both" else f"reach50_{side}"
    difference = a.own[side] - b.own[side]
    known = ~np.isnan(difference)
    by_sentence = [
        float(difference[known & (sentences == s)].mean()) for s in np.unique(sentences[known])
    ]
    summary = over_words(by_sentence, seed=seed)
    return PairTest(
        metric=metric,
        a=a.result.name,
        b=b.result.name,
        difference=summary.mean,
        ci95=summary.ci95,
        p=sign_flip(by_sentence, seed=seed) if summary.ci95 else None,
        undefined=(summary.reason or "").replace("word", "sentence") or None,
        sentences=len(by_sentence),
    )
