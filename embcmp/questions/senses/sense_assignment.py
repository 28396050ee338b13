"""Uses that are assigned to the senses of labeled ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from embcmp.measures.keywords import describe
from embcmp.measures.labels import labels
from embcmp.measures.transfer import transfer
from embcmp.measures.use_groups import first_copies
from embcmp.questions.compare.known_uses import KnownUses
from embcmp.questions.compare.layer_view import NO_VECTOR, LayerView
from embcmp.questions.senses.encoder_senses import (
    ALL_ALIKE,
    Assignment,
    EncoderSenses,
    GroupingTask,
)
from embcmp.types import PER_TYPE

_TOO_FEW = "a known sense has vectors in fewer than two sentences"


def assign_uses(
    known: KnownUses, task: GroupingTask, view: LayerView, of_known: LayerView
) -> EncoderSenses:
    """Assign the uses of a view to the known senses, by one encoder and layer."""
    rows = task.rows(view)
    train = labels(known.grouping, np.isfinite(np.diag(of_known.similarity)))
    few = len(train.senses) < len({*known.grouping.senses}) or train.unit_counts.min() < 2
    reasons = {
        PER_TYPE: view.result.info.per_type,
        NO_VECTOR: not len(rows),
        _TOO_FEW: few,
        ALL_ALIKE: np.nanmin(of_known.similarity, initial=1) == 1,
    }
    if reason := next((reason for reason, holds in reasons.items() if holds), None):
        return task.undefined(view, reason)
    learned, new = transfer(of_known.vectors[train.rows], train, view.vectors[rows], seed=task.seed)
    codes = np.where(new.unlike, -1, new.probabilities.argmax(axis=1))
    inside = np.flatnonzero(codes >= 0)
    uses = [known.uses.occurrences[row] for row in train.rows]
    uses += [task.uses.occurrences[row] for row in rows[inside]]
    once = np.unique(first_copies(uses))
    all_codes = np.concatenate([train.codes, codes[inside]])
    with_known = describe([uses[i] for i in once], all_codes[once], task.lang)
    assignment = Assignment(
        rows,
        codes,
        confidence=np.where(new.unlike, 1 - new.p, new.probabilities.max(axis=1)),
        centrality=new.cosines[np.arange(len(rows)), codes],
        names=train.senses,
        described=[(words, []) for words, _ in with_known],
    )
    return replace(assignment.result(view, task), known=learned)
