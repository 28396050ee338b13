"""Uses that are assigned to the senses of labeled ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from embcmp.measures.clustering import matches
from embcmp.measures.labels import labels
from embcmp.measures.transfer import transfer
from embcmp.questions.compare.known_uses import KnownUses
from embcmp.questions.compare.layer_view import NO_VECTOR, LayerView
from embcmp.questions.senses import use_clusters as clusters
from embcmp.questions.senses.use_features import described
from embcmp.types import PER_TYPE

_TOO_FEW = "a known sense has vectors in fewer than two sentences"


def assigned(
    known: KnownUses, material: clusters.Material, view: LayerView, of_known: LayerView
) -> clusters.EncoderSenses:
    """Assign the uses of a view to the known senses, by one encoder and layer."""
    originals = np.unique(material.originals)
    rows = originals[np.isfinite(np.diag(view.similarity)[originals])]
    train = labels(known.grouping, np.isfinite(np.diag(of_known.similarity)))
    few = len(train.senses) < len({*known.grouping.senses}) or train.unit_counts.min() < 2
    reasons = {
        PER_TYPE: view.result.info.per_type,
        NO_VECTOR: not len(rows),
        _TOO_FEW: few,
        clusters.ALL_ALIKE: np.nanmin(of_known.similarity, initial=1) == 1,
    }
    if reason := next((reason for reason, holds in reasons.items() if holds), None):
        nothing: tuple[None, ...] = (None,) * len(material.occurrences)
        return clusters.EncoderSenses(view.result, (), reason, nothing, nothing)
    learned, new = transfer(
        of_known.vectors[train.rows], train, view.vectors[rows], seed=material.seed
    )
    codes = np.where(new.unlike, -1, new.probabilities.argmax(axis=1))
    confidence = np.where(new.unlike, 1 - new.p, new.probabilities.max(axis=1))
    inside = np.flatnonzero(codes >= 0)
    uses = [material.occurrences[row] for row in rows[inside]]
    context = described(
        [*(known.uses.occurrences[row] for row in train.rows), *uses],
        np.concatenate([train.codes, codes[inside]]),
        material.lang,
    )
    groups = []
    for code, (sense, (keywords, _)) in enumerate(zip(train.senses, context, strict=True)):
        members = np.flatnonzero(codes == code)
        nearest = members[np.argsort(-new.cosines[members, code], kind="stable")]
        least = members[np.argsort(confidence[members], kind="stable")]
        unsure = least[confidence[least] < clusters.BORDERLINE]
        parts = (members, nearest[: clusters.CENTRAL], unsure)
        all_uses, central, between = (clusters.positions(p, rows, material) for p in parts)
        group = clusters.Group(code + 1, sense, tuple(sorted(all_uses)), keywords=tuple(keywords))
        groups.append(replace(group, central=central, borderline=between))
    places, sure = clusters.of_all_uses(codes, confidence, rows, material)
    return clusters.EncoderSenses(
        view.result,
        groups=tuple(groups),
        assigned=places,
        confidence=sure,
        metrics=matches([use.sense for use in uses], codes[inside], material.seed),
        known=learned,
    )
