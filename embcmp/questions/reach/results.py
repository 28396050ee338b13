"""What reach finds of one encoder, and whether two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import parse_spec
from embcmp.measures.inference import holm, over_words, sign_flip
from embcmp.measures.labels import Floats, Index, sentence_ids
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
    """What one encoder at one layer makes of changed contexts.

    Attributes:
        name: of the result, as in a comparison.
        info: the encoder.
        layer: its label.
        twin_of: the result that it is the untrained twin of; None for what was asked for.
        curve: by signed distance, the change as a share of the change when all are replaced; of
            gradients, the share of the sentence's sensitivity.
        uses: by signed distance, how many uses the mean is over.
        whole: the change when all context words are replaced, 1 - cosine; None for gradients.
        reach50: by side, both, left or right.
        reach50_of_uses: by side, [long uses], that of each use with ten words on both sides; NaN
            where nothing changes its vector.
        jacobian: of a gradient, by part of the state, memory or output.
    """

    name: str
    info: EncoderInfo
    layer: Layer
    twin_of: str | None
    curve: Mapping[int, Metric]
    uses: Mapping[int, int]
    whole: Metric | None
    reach50: Mapping[str, Metric]
    reach50_of_uses: Mapping[str, Floats] = field(repr=False, compare=False)
    jacobian: Mapping[str, Lags] | None = None


@dataclass(frozen=True)
class Reach:
    """What context words count for several encoders.

    Attributes:
        word: the target.
        uses: its occurrences.
        results: one per encoder and layer, then the untrained twins.
        tests: of reach50, between encoders and, adjusted apart, with untrained twins.
        method: word, mask, delete or gradient.
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


def summed_up(
    info: EncoderInfo,
    shares: Shares,
    uses: Sequence[Occurrence],
    long: NDArray[np.bool_],
    twin_of: Sequence[str] = (),
    *,
    seed: int = 0,
) -> Iterator[ReachResult]:
    """Sum up the shares of each layer.

    Args:
        info: the encoder.
        shares: what its context words count.
        uses: in canonical order.
        long: which of them have ten words on both sides.
        twin_of: by layer, the result that it is the untrained twin of.
        seed: of the bootstrap.
    """
    sentences = sentence_ids(uses)
    for row, (layer, values) in enumerate(zip(info.layers, shares.values, strict=True)):
        k = values.shape[1] // 2
        inner = values[long][:, k - SPAN : k + SPAN]
        whole = None if shares.whole is None else shares.whole[row][:, None]
        yield ReachResult(
            name=parse_spec(info.spec).name(layer),
            info=info,
            layer=layer,
            twin_of=twin_of[row] if twin_of else None,
            curve=dict(zip(distances(k), mean_curve(values, sentences, seed=seed), strict=True)),
            uses=dict(zip(distances(k), (~np.isnan(values)).sum(axis=0).tolist(), strict=True)),
            whole=None if whole is None else mean_curve(whole, sentences, seed=seed)[0],
            reach50=dict.fromkeys(SIDES, Metric(None, undefined=PER_TYPE))
            if info.per_type
            else reach50(inner, sentences[long], seed=seed),
            reach50_of_uses={s: halfway(x) for s, x in by_side(np.nan_to_num(inner)).items()},
            jacobian=shares.jacobian,
        )


def compared(results: Sequence[ReachResult], sentences: Index, seed: int) -> Iterator[PairTest]:
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
    """Of the mean over sentences of the difference of their own reach50."""
    metric = "reach50" if side == "both" else f"reach50_{side}"
    difference = a.reach50_of_uses[side] - b.reach50_of_uses[side]
    known = ~np.isnan(difference)
    by_sentence = [
        float(difference[known & (sentences == s)].mean()) for s in np.unique(sentences[known])
    ]
    mean = over_words(by_sentence, seed=seed)
    return PairTest(
        metric=metric,
        a=a.name,
        b=b.name,
        difference=mean.value,
        ci95=mean.ci95,
        p=sign_flip(by_sentence, seed=seed) if mean.ci95 else None,
        undefined=(mean.undefined or mean.no_interval or "").replace("word", "sentence") or None,
        sentences=len(by_sentence),
    )
