"""The groups of uses that are compared: their order, and their documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.choices import MAX_OCCURRENCES
from embcmp.errors import InputError
from embcmp.measures.labels import Index
from embcmp.measures.use_groups import Grouping, canonical_order, copy_weights, unit_ids
from embcmp.questions.compare.compared_uses import Uses, sample
from embcmp.render.numbers import plural
from embcmp.types import Occurrence

FEWEST = 5  # uses a group
_FILES = 5  # a group of so many files has a document in each


@dataclass(frozen=True)
class ComparedGroups:
    """The uses of a word in the groups that are compared.

    Attributes:
        uses: the n uses without labels, in canonical order, with the units of each group apart.
        occurrences: the n uses in the order of the input.
        names: the names of the groups, in order.
        codes: [n], the group of each use, in canonical order.
        documents: whether documents are known, or each sentence is a unit of its own.
        notes: what the user should know, a sentence each.
    """

    uses: Uses
    occurrences: tuple[Occurrence, ...]
    names: tuple[str, ...]
    codes: Index
    documents: bool
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        occurrences: Sequence[Occurrence],
        names: Sequence[str],
        most: int = MAX_OCCURRENCES,
        seed: int = 0,
    ) -> ComparedGroups:
        """Take the uses of some groups.

        Args:
            occurrences: uses of one word; those of other groups are left out.
            names: the groups, in order.
            most: the most uses to take of a group: a random sample if there are more.
            seed: seed of the sample.

        Raises:
            InputError: a document is in two groups.
        """
        notes: list[str] = []
        chosen: list[Occurrence] = []
        for name in names:
            members = [o for o in occurrences if o.group == name]
            taken = sample(members, most, seed)
            if len(taken) < len(members):
                share = f"{len(taken)} of {len(members)} uses of group {name}"
                notes.append(f"{share} are taken, a sample drawn with seed {seed}")
            chosen += taken
        with_units, documents = _with_documents(chosen)
        _refuse_shared_documents(with_units)
        notes += _shared_sentences(chosen)
        order = canonical_order(with_units)
        ordered = tuple(replace(with_units[i], sense=None) for i in order)
        codes = np.array([names.index(str(o.group)) for o in ordered], dtype=np.intp)
        uses = Uses(ordered, order, _grouping(ordered, codes))
        return cls(uses, tuple(chosen), tuple(names), codes, documents, tuple(notes))

    @property
    def counts(self) -> list[int]:
        """The number of uses of each group."""
        return [int((self.codes == code).sum()) for code in range(len(self.names))]

    def undefined(self) -> str | None:
        """Why the groups cannot be compared, or None if they can."""
        for name, count in zip(self.names, self.counts, strict=True):
            if count < FEWEST:
                return f"group {name} has {plural(count, 'use')}, and {FEWEST} are needed"
        sentences = [{o.sentence for o in self.occurrences if o.group == n} for n in self.names]
        if sentences[0] == sentences[-1]:
            return f"groups {self.names[0]} and {self.names[-1]} have the same sentences"
        return None


def _with_documents(uses: Sequence[Occurrence]) -> tuple[list[Occurrence], bool]:
    """The uses with a unit each: their document, or else their file where a group has several."""
    if any(o.unit is not None for o in uses):
        return list(uses), True
    files = {(o.group, (o.source or "").rpartition(":")[0]) for o in uses}
    by_group = Counter(group for group, _ in files)
    if not by_group or min(by_group.values()) < _FILES:
        return list(uses), False
    return [replace(o, unit=(o.source or "").rpartition(":")[0]) for o in uses], True


def _refuse_shared_documents(uses: Sequence[Occurrence]) -> None:
    group_of: dict[str, str | None] = {}
    for o in uses:
        if o.unit is not None and group_of.setdefault(o.unit, o.group) != o.group:
            raise InputError(
                f"{o.source or o.id}: the document {o.unit!r} is in the groups"
                f" {group_of[o.unit]!r} and {o.group!r}",
                "a document belongs to one group; name another column with --columns unit=...",
            )


def _shared_sentences(uses: Sequence[Occurrence]) -> Iterator[str]:
    groups: dict[str, set[str | None]] = {}
    for o in uses:
        groups.setdefault(" ".join(o.sentence.casefold().split()), set()).add(o.group)
    if shared := sum(len(found) > 1 for found in groups.values()):
        are = "sentence is" if shared == 1 else "sentences are"
        yield f"{shared} {are} in several groups, and count in each"


def _grouping(ordered: Sequence[Occurrence], codes: Index) -> Grouping:
    """How the uses belong together, each group by itself: no unit and no copy is in two groups."""
    whole = Grouping.of(ordered)
    units, weights = np.empty(len(ordered), dtype=np.intp), np.empty(len(ordered))
    first = 0
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        members = [ordered[i] for i in rows.tolist()]
        own = unit_ids(members)
        units[rows], weights[rows] = first + own, copy_weights(members)
        first += own.max() + 1
    return replace(whole, units=units, weights=weights)
