"""The groups of uses that are compared: their order, and their documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.choices import MAX_OCCURRENCES
from embcmp.measures.labels import Index
from embcmp.measures.use_groups import Grouping, canonical_order, sentence_ids
from embcmp.questions.compare.compared_uses import Uses, sample_note
from embcmp.render.numbers import plural
from embcmp.text.groups import files_by_group, with_documents
from embcmp.text.use_sample import sample
from embcmp.types import Occurrence

FEWEST = 5  # uses a group


@dataclass(frozen=True)
class ComparedGroups:
    """The uses of a word in the groups that are compared.

    Attributes:
        uses: the n uses without labels, in canonical order, with the units of each group apart.
        occurrences: the n uses in the order of the input.
        names: the names of the groups, in order.
        codes: [n], the group of each use, in canonical order.
        documents: whether the document of every use is known; otherwise its sentence is a unit.
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
        files: Mapping[str, int] | None = None,
    ) -> ComparedGroups:
        """Take the uses of some groups.

        Args:
            occurrences: uses of one word; those of other groups are left out.
            names: the groups, in order.
            most: the most uses to take of a group: a random sample if there are more.
            seed: seed of the sample.
            files: how many files each group has; None to count those of the uses.

        Raises:
            InputError: a document is in two groups.
        """
        notes: list[str] = []
        chosen: list[Occurrence] = []
        for name in names:
            members = [o for o in occurrences if o.group == name]
            taken = sample(members, most, seed)
            notes += sample_note(len(taken), len(members), seed, f"uses of group {name}")
            chosen += taken
        if left_out := sum(o.group not in names for o in occurrences):
            are = "is" if left_out == 1 else "are"
            notes.append(f"{plural(left_out, 'use')} {are} in none of the groups")
        ends = (names[0], names[-1])
        counts = files_by_group(chosen) if files is None else files
        with_units = with_documents(chosen, {name: counts.get(name, 0) for name in ends})
        without = sum(o.unit is None for o in with_units)
        if 0 < without < len(chosen):
            notes.append(f"{plural(without, 'use')} of {len(chosen)} name no document")
        notes += _shared_sentences(chosen)
        order = canonical_order(with_units)
        ordered = tuple(replace(with_units[i], sense=None) for i in order)
        codes = np.array([names.index(str(o.group)) for o in ordered], dtype=np.intp)
        uses = Uses(ordered, order, Grouping.apart(ordered, codes))
        return cls(uses, tuple(chosen), tuple(names), codes, not without, tuple(notes))

    @property
    def counts(self) -> list[int]:
        """The number of uses of each group."""
        return [int((self.codes == code).sum()) for code in range(len(self.names))]

    @property
    def labeled_by_group(self) -> Uses:
        """The uses of the first and the last group, with these as senses; the others have none."""
        ends = self.names[0], self.names[-1]
        labels = (self.names[code] for code in self.codes)
        senses = tuple(name if name in ends else None for name in labels)
        return replace(self.uses, grouping=replace(self.uses.grouping, senses=senses))

    def undefined(self, pair: tuple[int, int]) -> str | None:
        """Why two of the groups cannot be compared, or None if they can."""
        for code in pair:
            if (count := self.counts[code]) < FEWEST:
                uses = f"{plural(count, 'use')}, and {FEWEST} are needed"
                return f"group {self.names[code]} has {uses}"
        names = [self.names[code] for code in pair]
        first, last = ({o.sentence for o in self.occurrences if o.group == n} for n in names)
        return f"groups {' and '.join(names)} have the same sentences" if first == last else None


def _shared_sentences(uses: Sequence[Occurrence]) -> Iterator[str]:
    groups = {(s, o.group) for s, o in zip(sentence_ids(uses).tolist(), uses, strict=True)}
    if shared := sum(found > 1 for found in Counter(s for s, _ in groups).values()):
        are = "sentence is" if shared == 1 else "sentences are"
        yield f"{shared} {are} in several groups, and count in each"
