"""The groups that one encoder makes of the uses, and its evidence for more than one sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from embcmp.errors import UsageError
from embcmp.measures.clustering import matches
from embcmp.measures.keywords import Value, describe
from embcmp.measures.labels import Floats, Index
from embcmp.measures.sense_evidence import ANY, FEWEST_USES, nulls, p_one_sense
from embcmp.measures.sense_groups import partitions, stability, suggested
from embcmp.measures.transfer import Transfer
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.layer_view import ALL_ALIKE, NO_VECTOR, LayerView
from embcmp.render.numbers import plural
from embcmp.threads import one_thread
from embcmp.types import PER_TYPE, Metric, Result

CENTRAL = 3  # uses that are listed
BORDERLINE = 0.75  # a use that fewer subsamples place in its group is between groups


@dataclass(frozen=True, slots=True)
class Group:
    """Uses that belong together.

    Attributes:
        number: from 1. The largest group is the first; known senses are in the order of names.
        name: what the user calls it, or its number.
        uses: positions of its uses among the occurrences, without copies.
        stability: mean Jaccard index of the group and its like in subsamples; None if no
            subsample has a use of it.
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
        groups: the groups, in the order of their numbers; none if the uses are not grouped.
        undefined: why the uses are not grouped; None if they are.
        assigned: for each occurrence its group, or None.
        confidence: for each occurrence the confidence of its group, from 0 to 1, or None.
        p: the p-value of the hypothesis that all uses have one sense; None if it is not tested.
        measured: whether the null was measured for this encoder, language and correction.
        metrics: agreement of the groups with the labels of the input; empty without labels.
        metrics_true_k: that of as many groups as there are labels; empty without labels or groups.
        known: how well known senses are told apart; None without known uses.
        unlike: positions of the uses that are like no known sense.
    """

    result: Result
    groups: tuple[Group, ...] = ()
    undefined: str | None = None
    assigned: tuple[int | None, ...] = ()
    confidence: tuple[float | None, ...] = ()
    p: float | None = None
    measured: bool = False
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    metrics_true_k: Mapping[str, Metric] = field(default_factory=dict)
    known: Transfer | None = None
    unlike: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.result.name


@dataclass(frozen=True)
class GroupingTask:
    """The uses that are grouped or assigned, the same for every encoder, and what was asked for.

    Attributes:
        uses: the n uses.
        originals: [n], for each use the first of its copies, among which it counts once.
        senses: [n], the label of each use, in the order of `uses`.
        lang: the code of the language.
        correct: the correction of the vector spaces.
        k: the number of groups; None to suggest one.
        names: names of groups by their number.
        seed: seed for all random sampling.
    """

    uses: Uses
    originals: Index
    senses: Sequence[str | None]
    lang: str = "en"
    correct: str = "none"
    k: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise a UsageError if so few or so many groups cannot be made."""
        sentences = len(np.unique(self.uses.grouping.sentences))
        if self.k is not None and not 2 <= self.k <= sentences:
            raise UsageError(f"k is {self.k}", f"take 2 to {sentences}, the number of sentences")

    def rows(self, view: LayerView) -> Index:
        """The uses to group: those that have a vector and are the first of their copies."""
        originals = np.unique(self.originals)
        return originals[np.isfinite(np.diag(view.similarity)[originals])]

    def undefined(self, view: LayerView, reasons: Mapping[str, object]) -> EncoderSenses | None:
        """The result without groups, for the first of the reasons that holds; None if none does."""
        nothing: tuple[None, ...] = (None,) * len(self.originals)
        every = {PER_TYPE: view.result.info.per_type, **reasons}
        undefined = (EncoderSenses(view.result, (), r, nothing, nothing) for r in every if every[r])
        return next(undefined, None)


@dataclass(frozen=True)
class Assignment:
    """The groups of the m uses that a vector places.

    Attributes:
        rows: [m], their positions in `GroupingTask.uses`.
        codes: [m], the group of each, from 0; -1 for none.
        confidence: [m], the confidence of its group, or of having none.
        centrality: [m], how near each is to the mean of its group.
        names: the names of the k groups.
        described: keywords and typical values of each group.
        stability: [k], that of the groups; NaN where it is not defined.
    """

    rows: Index
    codes: Index
    confidence: Floats
    centrality: Floats
    names: Sequence[str]
    described: Sequence[tuple[list[str], list[Value]]]
    stability: Floats

    def result(self, view: LayerView, task: GroupingTask) -> EncoderSenses:
        """The result in the order of the input; copies are in the group of the first one."""
        place = {int(row): i for i, row in enumerate(self.rows)}
        assigned: list[int | None] = [None] * len(task.originals)
        confidence: list[float | None] = [None] * len(task.originals)
        for position, original in zip(task.uses.order, task.originals, strict=True):
            if (i := place.get(int(original))) is not None:
                assigned[position] = int(self.codes[i]) + 1 or None
                confidence[position] = round(float(self.confidence[i]), 4)
        inside = self.codes >= 0
        senses = [task.senses[row] for row in self.rows[inside]]
        return EncoderSenses(
            view.result,
            groups=tuple(self._group(code, task) for code in range(len(self.names))),
            assigned=tuple(assigned),
            confidence=tuple(confidence),
            metrics=matches(senses, self.codes[inside], task.seed),
            unlike=tuple(sorted(task.uses.order[self.rows[~inside]].tolist())),
        )

    def _group(self, code: int, task: GroupingTask) -> Group:
        members = np.flatnonzero(self.codes == code)
        nearest = members[np.argsort(-self.centrality[members], kind="stable")]
        unsure = members[np.argsort(self.confidence[members], kind="stable")]
        unsure = unsure[self.confidence[unsure] < BORDERLINE]
        all_uses, central, borderline = (
            tuple(task.uses.order[self.rows[chosen]].tolist())
            for chosen in (members, nearest[:CENTRAL], unsure)
        )
        stable = float(self.stability[code])
        words, values = self.described[code]
        return Group(
            code + 1,
            self.names[code],
            uses=tuple(sorted(all_uses)),
            stability=None if np.isnan(stable) else stable,
            keywords=tuple(words),
            features=tuple(values),
            central=central,
            borderline=borderline,
        )


@one_thread()
def group_uses(view: LayerView, task: GroupingTask) -> EncoderSenses:
    """Group the uses by the cosines of one encoder and layer."""
    rows = task.rows(view)
    similarity = view.similarity[np.ix_(rows, rows)]
    n = len(rows)
    few = f"{plural(n, 'different use')} {'is' if n == 1 else 'are'} too few"
    reasons = {
        NO_VECTOR: not n,
        ALL_ALIKE: n > 1 and similarity.min() == 1,
        f"{few}, {FEWEST_USES} are needed": n < FEWEST_USES,
    }
    if undefined := task.undefined(view, reasons):
        return undefined
    codes = suggested(similarity) if task.k is None else partitions(similarity, [task.k])[0]
    stable = stability(similarity, codes, task.uses.grouping.sentences[rows], task.seed)
    assignment = Assignment(
        rows,
        codes,
        confidence=np.where(np.isnan(stable.uses), 0.0, stable.uses),
        centrality=(similarity * (codes[:, None] == codes)).sum(axis=1),
        names=[task.names.get(n, str(n)) for n in range(1, int(codes.max()) + 2)],
        described=describe([task.uses.occurrences[r] for r in rows], codes, task.lang),
        stability=stable.groups,
    )
    plain = (task.lang, task.correct) == ("en", "none")  # as the nulls were measured
    name = view.name if plain and view.name in nulls() else ANY
    p = p_one_sense(similarity, nulls()[name])
    senses = [task.senses[row] for row in rows]
    [true_k] = partitions(similarity, [len({*senses} - {None}) or 1])
    told = matches(senses, true_k, task.seed)
    return replace(assignment.result(view, task), p=p, measured=name != ANY, metrics_true_k=told)
