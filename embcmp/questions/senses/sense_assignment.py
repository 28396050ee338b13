"""Uses that are assigned to the senses of labeled ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from embcmp.measures.keywords import describe
from embcmp.measures.labels import labels
from embcmp.measures.transfer import transfer
from embcmp.measures.use_groups import first_copies
from embcmp.questions.compare.known_uses import KnownUses
from embcmp.questions.compare.layer_view import ALL_ALIKE, NO_VECTOR, LayerView
from embcmp.questions.senses.encoder_senses import Assignment, EncoderSenses, GroupingTask

_TOO_FEW = "a known sense has vectors in fewer than two sentences"


def assign_uses(
    known: KnownUses, task: GroupingTask, view: LayerView, of_known: LayerView
) -> EncoderSenses:
    """Assign the uses of a view to the known senses, by one encoder and layer."""
    rows = task.rows(view)
    train = labels(known.grouping, np.isfinite(np.diag(of_known.similarity)))
    few = len(train.senses) < len({*known.grouping.senses}) or train.unit_counts.min() < 2
    reasons = {
        NO_VECTOR: not len(rows),
        _TOO_FEW: few,
        ALL_ALIKE: np.nanmin(of_known.similarity, initial=1) == 1,
    }
    if undefined := task.undefined(view, reasons):
        return undefined
    learned, new = transfer(of_known.vectors[train.rows], train, view.vectors[rows], seed=task.seed)
    inside = np.flatnonzero(~new.unlike)
    uses = [known.uses.occurrences[row] for row in train.rows]
    uses += [task.uses.occurrences[row] for row in rows[inside]]
    once = np.unique(first_copies(uses))
    all_codes = np.concatenate([train.codes, new.codes[inside]])
    with_known = describe([uses[i] for i in once], all_codes[once], task.lang)
    assignment = Assignment(
        rows,
        new.codes,
        confidence=new.confidence,
        centrality=new.cosines[np.arange(len(rows)), new.codes],
        names=train.senses,
        described=[(words, []) for words, _ in with_known],
        stability=np.full(len(train.senses), np.nan),
    )
    return replace(assignment.result(view, task), known=learned)
