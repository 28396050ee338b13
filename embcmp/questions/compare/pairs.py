"""Encoders in pairs: the test of their difference, and their agreement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from embcmp.measures.agreement import cka, rsa
from embcmp.measures.inference import holm
from embcmp.measures.jackknife import auc_difference
from embcmp.measures.labels import samples
from embcmp.questions.compare.layer_measures import Settings, Uses
from embcmp.questions.compare.layer_view import LayerView
from embcmp.types import Agreement, PairTest

PRIMARY = "auc"


def tests(pairs: Iterable[tuple[LayerView, LayerView]], uses: Uses) -> tuple[PairTest, ...]:
    """Test the difference in `auc` of each pair, with p adjusted over these pairs (Holm 1979)."""
    results = []
    for a, b in pairs:
        d = auc_difference(*samples((a.similarity, b.similarity), uses.senses, uses.sentences))
        results.append(
            PairTest(
                metric=PRIMARY,
                a=a.name,
                b=b.name,
                difference=d.value,
                ci95=d.ci95,
                p=d.p,
                undefined=d.reason,
                senses=d.senses,
                sentences=d.sentences,
            )
        )
    adjusted = holm([test.p for test in results])
    return tuple(replace(t, p_adjusted=p) for t, p in zip(results, adjusted, strict=True))


def encoder_pairs(views: Iterable[LayerView]) -> list[tuple[LayerView, LayerView]]:
    """Return the pairs to test: of layers that were fixed beforehand and have an AUC."""
    return list(combinations([v for v in views if v.preselected and v.has_auc], 2))


def agreement(views: Iterable[LayerView], settings: Settings) -> tuple[Agreement, ...]:
    """Measure how similarly each two encoders arrange the uses."""
    chosen = [v for v in views if v.preselected and not v.result.info.per_type]
    agreements = []
    for a, b in combinations(chosen, 2):
        rho, p = rsa(a.similarity, b.similarity, seed=settings.seed)
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
    return tuple(agreements)
