"""How far the context counts for each encoder, and whether two encoders differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import parse_spec
from embcmp.measures.inference import holm, over_words, sign_flip
from embcmp.measures.labels import Floats, Index
from embcmp.measures.use_groups import sentence_ids
from embcmp.questions.reach.curves import (
    SIDES,
    SPAN,
    Lags,
    Shares,
    by_side,
    distances,
    halfway,
    mean_curve,
    reach50,
)
from embcmp.types import PER_TYPE, EncoderInfo, Layer, Metric, Occurrence, PairTest, Skipped


@dataclass(frozen=True)
class ReachResult:
    """How much the context words count for one encoder at one layer.

    Attributes:
        name: the name of the result, as in a comparison.
        info: the encoder.
        layer: the label of the layer.
        twin_of: the name of the result that this is the untrained twin of; None if it is no twin.
        curve: mean share by signed distance: the change as a share of the change when all context
            words are replaced; for gradients, the share of the sentence's sensitivity.
        counts: number of uses by signed distance, over which the mean is taken.
        change_of_all: the change when all context words are replaced, 1 - cosine; None for
            gradients.
        reach50: distance within which half of the change lies, by side: both, left or right.
        reach50_by_use: the same for each use with ten words on both sides, [long uses] by side; NaN
            for a use whose vector no word changes.
        jacobian: norms for gradients, by part of the state (memory or output) and by steps.
    """

    name: str
    info: EncoderInfo
    layer: Layer
    twin_of: str | None
    curve: Mapping[int, Metric]
    counts: Mapping[int, int]
    change_of_all: Metric | None
    reach50: Mapping[str, Metric]
    reach50_by_use: Mapping[str, Floats] = field(repr=False, compare=False)
    jacobian: Mapping[str, Lags] | None = None


@dataclass(frozen=True)
class Reach:
    """How much context words count, by their distance, for several encoders.

    Attributes:
        word: the target word.
        uses: its uses, in canonical order.
        results: one per encoder and layer, then the untrained twins.
        tests: tests of reach50 between encoders and, adjusted separately, with untrained twins.
        method: word, mask, delete or gradient.
        distance: the largest distance in words.
        draws: the maximal number of replacements for a position.
        positions: the number of context words within that distance.
        left_out: how many of these have too few replacements and were left out.
        long_uses: the number of uses with ten words on both sides.
        warnings: sentences for the user.
        skipped: rows of the input that were left out.
        manifest: what is needed to repeat the computation.
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
    long_uses: int
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


def summarize(
    info: EncoderInfo,
    shares: Shares,
    uses: Sequence[Occurrence],
    long: NDArray[np.bool_],
    twin_of: Sequence[str] = (),
    *,
    seed: int = 0,
) -> Iterator[ReachResult]:
    """Summarize the shares of each layer.

    Args:
        info: the encoder.
        shares: how much its context words count.
        uses: the uses in canonical order.
        long: [uses], whether a use has ten words on both sides.
        twin_of: for a twin, the name of the trained result at each layer.
        seed: seed of the bootstrap.
    """
    sentences = sentence_ids(uses)
    for row, (layer, values) in enumerate(zip(info.layers, shares.values, strict=True)):
        k = values.shape[1] // 2
        inner = values[long][:, k - SPAN : k + SPAN]
        whole = None if shares.change_of_all is None else shares.change_of_all[row][:, None]
        yield ReachResult(
            name=parse_spec(info.spec).name(layer),
            info=info,
            layer=layer,
            twin_of=twin_of[row] if twin_of else None,
            curve=dict(zip(distances(k), mean_curve(values, sentences, seed=seed), strict=True)),
            counts=dict(zip(distances(k), (~np.isnan(values)).sum(axis=0).tolist(), strict=True)),
            change_of_all=None if whole is None else mean_curve(whole, sentences, seed=seed)[0],
            reach50=dict.fromkeys(SIDES, Metric(None, undefined=PER_TYPE))
            if info.per_type
            else reach50(inner, sentences[long], seed=seed),
            reach50_by_use={s: halfway(x) for s, x in by_side(np.nan_to_num(inner)).items()},
            jacobian=shares.jacobian,
        )


def pair_tests(results: Sequence[ReachResult], sentences: Index, seed: int) -> Iterator[PairTest]:
    """Test pairs of encoders, then encoders and their twins, Holm's adjustment over each kind."""
    tested = [r for r in results if r.layer == r.info.layers[-1] and not r.info.per_type]
    asked = [r for r in tested if r.twin_of is None]
    twins = [(a, b) for a in asked for b in tested if b.twin_of == a.name]
    for pairs in (list(combinations(asked, 2)), twins):
        for side in SIDES:
            tests = [_test(a, b, side, sentences, seed) for a, b in pairs]
            adjusted = holm([t.p for t in tests])
            yield from (replace(t, p_adjusted=p) for t, p in zip(tests, adjusted, strict=True))


def _test(a: ReachResult, b: ReachResult, side: str, sentences: Index, seed: int) -> PairTest:
    """Test the mean over sentences of the difference between the reach50 of their uses."""
    metric = "reach50" if side == "both" else f"reach50_{side}"
    difference = a.reach50_by_use[side] - b.reach50_by_use[side]
    known = ~np.isnan(difference)
    by_sentence = [
        float(difference[known & (sentences == s)].mean()) for s in np.unique(sentences[known])
    ]
    mean = over_words(by_sentence)
    return PairTest(
        metric=metric,
        a=a.name,
        b=b.name,
        difference=mean.value,
        ci95=mean.ci95,
        p=sign_flip(by_sentence, seed=seed) if mean.ci95 else None,
        undefined=(mean.undefined or mean.no_interval or "").replace("word", "sentence") or None,
        units=len(by_sentence),
    )
