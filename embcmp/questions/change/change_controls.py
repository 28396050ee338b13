"""What a change is held against: other words, and what tells the groups apart without meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from embcmp.encoders import FAMILIES
from embcmp.measures.encoder_differences import Contestant, differences, tested_against_controls
from embcmp.measures.group_change import prt_alone
from embcmp.measures.labels import sample
from embcmp.measures.macro_auc import auc_macro
from embcmp.questions.change.compared_groups import ComparedGroups
from embcmp.questions.compare.controls import near_position, same_form
from embcmp.questions.compare.layer_view import LayerView
from embcmp.types import PairTest, Result


@dataclass(frozen=True)
class ControlWords:
    """How much control words change, each at as many uses as the word has, or at all of its own.

    Attributes:
        words: the control words.
        values: by the name of a result, the `prt` of each; None where it is undefined.
    """

    words: tuple[str, ...]
    values: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupSeparation:
    """How well the groups are told apart, on the scale that encoders and controls share.

    Attributes:
        auc_macro: by the name of an encoder or control, `auc_macro` with the groups as labels.
        tests: the encoder against each control.
    """

    auc_macro: Mapping[str, float]
    tests: tuple[PairTest, ...]


def matched(
    view: LayerView, control: ComparedGroups, counts: Sequence[int], seed: int
) -> float | None:
    """The `prt` of a control word, of at most so many uses of each group, drawn at random."""
    drawn = np.random.default_rng(seed).permutation(len(control.codes))
    similarity = view.similarity.copy()
    for code, count in enumerate(counts):
        left_out = drawn[control.codes[drawn] == code][count:]
        similarity[left_out] = similarity[:, left_out] = np.nan
    ends = 0, len(counts) - 1
    value = prt_alone(similarity, control.codes, control.uses.grouping, ends)
    return None if np.isnan(value) else value


def _sees_words_alone(r: Result) -> bool:
    """Whether an encoder sees which words are near, which topics decide."""
    row = FAMILIES.get(r.info.family)
    return row is not None and row.static and not row.per_type


def separation(
    word: ComparedGroups, main: Result, others: Iterable[Result]
) -> GroupSeparation | None:
    """Test an encoder against the form, the position, and what sees the context alone.

    Args:
        word: the uses.
        main: the encoder.
        others: the other encoders; those that see nearby words alone are controls.

    Returns:
        None if too few uses have a vector.
    """
    ends = (word.names[0], word.names[-1])
    labels = [name if name in ends else None for name in (word.names[c] for c in word.codes)]
    grouping = replace(word.uses.grouping, senses=tuple(labels))
    place = np.ix_(word.uses.order, word.uses.order)
    similarities = {
        main.name: main.similarity[place],
        "form": same_form([main], word.uses)[1],
        "position": near_position(word.uses),
        **{r.name: r.similarity[place] for r in others if _sees_words_alone(r)},
    }
    aucs = {name: auc_macro(sample(s, grouping)) for name, s in similarities.items()}
    if np.isnan(aucs[main.name].value):
        return None
    encoder, *controls = (Contestant(name, (s,)) for name, s in similarities.items())
    pairs = [(encoder, control) for control in controls if np.isfinite(aucs[control.name].value)]
    return GroupSeparation(
        {name: auc.value for name, auc in aucs.items() if np.isfinite(auc.value)},
        tuple(tested_against_controls(differences(pairs, grouping), 1)),
    )
