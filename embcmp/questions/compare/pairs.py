"""Encoders in pairs: the test of their difference, what it shows, and their agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from embcmp.encoders import FAMILIES
from embcmp.measures.agreement import cka, rsa
from embcmp.measures.encoder_differences import (
    LEVEL,
    Contestant,
    differences,
    tested_against_controls,
    tested_together,
)
from embcmp.measures.inference import holm
from embcmp.measures.macro_auc import auc_macro
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.controls import near_position, same_form
from embcmp.questions.compare.layer_measures import Settings
from embcmp.questions.compare.layer_view import LayerView
from embcmp.types import Agreement, Claim, EncoderInfo, PairTest, Result

BETTER, SLIGHTLY_BETTER, EQUAL, UNCLEAR = "better", "slightly_better", "equal", "unclear"


@dataclass(frozen=True)
class GroupSeparation:
    """How well groups of uses are told apart, on the scale that encoders and controls share.

    Attributes:
        auc_macro: by the name of an encoder or control, `auc_macro` with the groups as labels.
        tests: the encoder against each control.
    """

    auc_macro: Mapping[str, float]
    tests: tuple[PairTest, ...]


def tests_of_encoders(
    views: Iterable[LayerView], uses: Uses, settings: Settings
) -> tuple[PairTest, ...]:
    """Test the difference in `auc_macro` of each pair of encoders, together (max-t).

    Only layers that were fixed beforehand and have an AUC are tested.
    """
    tested = [v.contestant for v in views if v.preselected and v.has_auc]
    found = differences(list(combinations(tested, 2)), uses.grouping)
    return tuple(tested_together(found, seed=settings.seed))


def tests_of_layers(
    views: Iterable[LayerView], uses: Uses, settings: Settings
) -> tuple[PairTest, ...]:
    """Test the difference in `auc_macro` of each pair of layers of one encoder, together.

    The tests say which layers are not shown worse than the best; they do not choose a layer.
    """
    encoders: dict[EncoderInfo, list[LayerView]] = {}
    for view in views:
        if view.has_auc:
            encoders.setdefault(view.result.info, []).append(view)
    tests: list[PairTest] = []
    for layers in encoders.values():
        pairs = list(combinations([layer.contestant for layer in layers], 2))
        tests += tested_together(differences(pairs, uses.grouping), seed=settings.seed)
    return tuple(tests)


def tests_of_controls(
    views: Sequence[LayerView], controls: Sequence[LayerView], uses: Uses
) -> tuple[PairTest, ...]:
    """Test each encoder against each control, adjusted for the number of encoders."""
    encoders = [v.contestant for v in views if v.has_auc]
    pairs = [(e, c.contestant) for e in encoders for c in controls if c.has_auc]
    return tuple(tested_against_controls(differences(pairs, uses.grouping), len(encoders)))


def group_separation(main: Result, others: Iterable[Result], uses: Uses) -> GroupSeparation | None:
    """Test an encoder against the form, the position, and what sees the context alone.

    Args:
        main: the encoder.
        others: other encoders; those that see which words are near, and nothing else, are controls.
        uses: the uses, with their groups as senses.

    Returns:
        None if too few uses have a vector.
    """
    similarities = {
        main.name: uses.in_order(main.similarity),
        "form": same_form([main], uses)[1],
        "position": near_position(uses),
        **{r.name: uses.in_order(r.similarity) for r in others if _sees_words_alone(r)},
    }
    aucs = {name: auc_macro(uses.sample(s)).value for name, s in similarities.items()}
    if np.isnan(aucs[main.name]):
        return None
    encoder, *controls = (
        Contestant(name, (s,)) for name, s in similarities.items() if np.isfinite(aucs[name])
    )
    tests = differences([(encoder, control) for control in controls], uses.grouping)
    return GroupSeparation(
        {name: auc for name, auc in aucs.items() if np.isfinite(auc)},
        tuple(tested_against_controls(tests, 1)),
    )


def _sees_words_alone(r: Result) -> bool:
    row = FAMILIES.get(r.info.family)
    return row is not None and row.static and not row.per_type


def claims(tests: Iterable[PairTest], margin: float) -> tuple[Claim, ...]:
    """Say what each test shows of its pair.

    Two questions are asked: is the adjusted p below .05, and does the 90 % interval lie inside
    +- margin (two one-sided tests, Schuirmann 1987)?

    Args:
        tests: the tests of pairs of encoders.
        margin: a difference below which encoders count as equal.
    """
    return tuple(_claim(t, margin) for t in tests)


def _claim(t: PairTest, margin: float) -> Claim:
    if t.difference is None or t.p_adjusted is None or t.ci90 is None:
        return Claim(t.a, t.b, UNCLEAR)
    inside = -margin < t.ci90[0] and t.ci90[1] < margin
    if t.p_adjusted >= LEVEL:
        return Claim(t.a, t.b, EQUAL if inside else UNCLEAR)
    a, b = (t.a, t.b) if t.difference > 0 else (t.b, t.a)
    return Claim(a, b, SLIGHTLY_BETTER if inside else BETTER)


def agreement(views: Iterable[LayerView], uses: Uses, settings: Settings) -> tuple[Agreement, ...]:
    """Measure how similarly each two encoders arrange the uses; p is adjusted by Holm's method."""
    chosen = [v for v in views if v.preselected and not v.result.info.per_type]
    agreements = []
    for a, b in combinations(chosen, 2):
        rho, p = rsa(a.similarity, b.similarity, uses.grouping, seed=settings.seed)
        kernels = cka(a.vectors, b.vectors)
        agreements.append(
            Agreement(
                a=a.name,
                b=b.name,
                rsa=rho.value,
                rsa_p=p,
                cka=kernels.value,
                rsa_undefined=rho.undefined,
                cka_undefined=kernels.undefined,
            )
        )
    adjusted = holm([x.rsa_p for x in agreements])
    return tuple(replace(x, rsa_p=p) for x, p in zip(agreements, adjusted, strict=True))
