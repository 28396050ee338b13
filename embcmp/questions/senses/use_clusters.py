"""The groups that one encoder makes of the uses, and its evidence for more than one sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from embcmp.measures.clustering import matches
from embcmp.measures.keywords import Value
from embcmp.measures.labels import Floats, Index
from embcmp.measures.sense_evidence import ANY, FEWEST_USES, nulls, p_one_sense
from embcmp.measures.sense_groups import partitions, stability, suggested
from embcmp.measures.threads import one_thread
from embcmp.measures.transfer import Transfer
from embcmp.questions.compare.layer_view import NO_VECTOR, LayerView
from embcmp.questions.senses.use_features import described
from embcmp.types import PER_TYPE, Metric, Occurrence, Result

ALL_ALIKE = "all uses have the same vector"
CENTRAL = 3  # uses that are listed
BORDERLINE = 0.75  # a use that fewer subsamples place in its group is between groups


@dataclass(frozen=True, slots=True)
class Group:
    """Uses that belong together.

    Attributes:
        number: from 1, the group with the most uses.
        name: what the user calls it, or its number.
        uses: positions of its uses among the occurrences.
        stability: mean Jaccard index of the group and its like in subsamples; None if none has it.
        keywords: the words that set its contexts apart, the most distinctive first.
        features: forms, files and columns that go with it.
        central: positions of the uses nearest to its mean vector, the nearest first.
        borderline: positions of the uses that are between groups, the least certain first.
    """

    number: int
    name: str
    uses: tuple[int, ...]
    stability: float | None = None
    keywords: tuple[str, ...] = ()
    features: tuple[Value, ...] = ()
    central: tuple[int, ...] = ()
    borderline: tuple[int, ...] = ()


@dataclass(frozen=True)
class EncoderSenses:
    """What one encoder and layer makes of the uses.

    Attributes:
        result: the encoder, its cosines, and what it has no vector for.
        groups: the groups, the largest first; none if the uses are not grouped.
        undefined: why the uses are not grouped; None if they are.
        assigned: for each occurrence its group, or None.
        confidence: for each occurrence how sure its group is, from 0 to 1, or None.
        p: of the hypothesis that all uses have one sense; None if that is not tested.
        measured: whether the null of the test was measured for this encoder.
        metrics: agreement of the groups with the labels of the input; empty without labels.
        known: how well known senses are told apart; None if the uses make the groups.
    """

    result: Result
    groups: tuple[Group, ...] = ()
    undefined: str | None = None
    assigned: tuple[int | None, ...] = ()
    confidence: tuple[float | None, ...] = ()
    p: float | None = None
    measured: bool = False
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    known: Transfer | None = None

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.result.name

    @property
    def unlike(self) -> tuple[int, ...]:
        """Positions of the uses that are like no known sense."""
        placed = enumerate(zip(self.assigned, self.confidence, strict=True))
        return tuple(i for i, (group, sure) in placed if group is None and sure is not None)


@dataclass(frozen=True)
class Material:
    """The uses that are grouped, the same for every encoder.

    Attributes:
        occurrences: the n uses, in canonical order.
        positions: [n], the position of each use in the input.
        originals: [n], for each use the first of its copies, among which it counts once.
        sentences: [n], the number of each use's sentence.
        lang: the code of the language.
        correct: the correction of the vector spaces.
        k: the number of groups that was asked for; None to suggest one.
        names: names of groups by their number.
        seed: seed of the subsamples.
    """

    occurrences: tuple[Occurrence, ...]
    positions: Index
    originals: Index
    sentences: Index
    lang: str = "en"
    correct: str = "none"
    k: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    seed: int = 0


@one_thread()
def grouped(view: LayerView, material: Material) -> EncoderSenses:
    """Group the uses by the cosines of one encoder and layer.

    Copies of a use count once and are in the group of the first one.
    """
    n = len(material.occurrences)
    nothing: tuple[None, ...] = (None,) * n
    originals = np.unique(material.originals)
    rows = originals[np.isfinite(np.diag(view.similarity)[originals])]
    similarity = view.similarity[np.ix_(rows, rows)]
    if (reason := _why_not(view, similarity)) is not None:
        return EncoderSenses(view.result, (), reason, nothing, nothing)
    if material.k is None:
        codes = suggested(similarity)
    else:
        [codes] = partitions(similarity, [material.k])
    name = view.name if material.correct == "none" and view.name in nulls() else ANY
    groups, confidence = _described(similarity, codes, rows, material)
    assigned, sure = of_all_uses(codes, confidence, rows, material)
    return EncoderSenses(
        view.result,
        groups=groups,
        assigned=assigned,
        confidence=sure,
        p=p_one_sense(similarity, nulls()[name]),
        measured=name != ANY,
        metrics=matches([material.occurrences[row].sense for row in rows], codes, material.seed),
    )


def _why_not(view: LayerView, similarity: Floats) -> str | None:
    if view.result.info.per_type:
        return PER_TYPE
    n = len(similarity)
    if n > 1 and similarity.min() == 1:
        return ALL_ALIKE
    if n < FEWEST_USES:
        few = "1 different use is" if n == 1 else f"{n} different uses are"
        return f"{few} too few, {FEWEST_USES} are needed" if n else NO_VECTOR
    return None


def of_all_uses(
    codes: Index, confidence: Floats, rows: Index, material: Material
) -> tuple[tuple[int | None, ...], tuple[float | None, ...]]:
    """The group (for -1 none) and the confidence of every occurrence in the order of the input."""
    place = {int(row): i for i, row in enumerate(rows)}
    assigned: list[int | None] = [None] * len(material.occurrences)
    sure: list[float | None] = [None] * len(material.occurrences)
    for position, original in zip(material.positions, material.originals, strict=True):
        if (i := place.get(int(original))) is not None:
            assigned[position] = int(codes[i]) + 1 or None
            sure[position] = round(float(confidence[i]), 4)
    return tuple(assigned), tuple(sure)


def _described(
    similarity: Floats, codes: Index, rows: Index, material: Material
) -> tuple[tuple[Group, ...], Floats]:
    """Describe the groups; with it how sure the group of each use is [rows]."""
    uses = [material.occurrences[row] for row in rows]
    stable = stability(similarity, codes, material.sentences[rows], material.seed)
    confidence = np.where(np.isnan(stable.uses), 0.0, stable.uses)
    groups = []
    for code, (words, values) in enumerate(described(uses, codes, material.lang)):
        members = np.flatnonzero(codes == code)
        nearest = members[np.argsort(-similarity[np.ix_(members, members)].sum(axis=1))]
        unsure = members[confidence[members] < BORDERLINE]
        unsure = unsure[np.argsort(confidence[unsure], kind="stable")]
        groups.append(
            Group(
                code + 1,
                material.names.get(code + 1, str(code + 1)),
                uses=tuple(sorted(positions(members, rows, material))),
                stability=None if np.isnan(stable.groups[code]) else float(stable.groups[code]),
                keywords=tuple(words),
                features=tuple(values),
                central=positions(nearest[:CENTRAL], rows, material),
                borderline=positions(unsure, rows, material),
            )
        )
    return tuple(groups), confidence


def positions(members: Index, rows: Index, material: Material) -> tuple[int, ...]:
    """The positions in the input of members of these rows of the material."""
    return tuple(material.positions[rows[members]].tolist())
