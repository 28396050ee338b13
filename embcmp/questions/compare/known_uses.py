"""The labeled uses of a word that others are compared with: which ones, and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embcmp.errors import InputError
from embcmp.measures.labels import labels
from embcmp.measures.use_groups import Grouping
from embcmp.questions.compare.compared_uses import Uses, check, sample_note
from embcmp.render.numbers import plural
from embcmp.text.sentence_rows import why_circular
from embcmp.text.targets import Found
from embcmp.text.use_sample import sample, without_copies
from embcmp.types import Occurrence


@dataclass(frozen=True)
class KnownUses:
    """Labeled uses of a word, of two senses or more.

    Attributes:
        uses: the uses, without their labels.
        grouping: their labels, sentences and units.
        warnings: what to know of them.
        circular: why nothing follows from the labels; None if vectors made none of them.
    """

    uses: Uses
    grouping: Grouping
    warnings: tuple[str, ...]
    circular: str | None


def known_uses(
    known: Sequence[Occurrence], new: Sequence[Occurrence], most: int, seed: int
) -> KnownUses:
    """Take the labeled uses of the senses that are in two units or more.

    Args:
        known: uses of one word; those without a label are ignored.
        new: the uses that they are compared with.
        most: the largest number of uses to take; of more, a random sample.
        seed: the seed of the sample.

    Raises:
        InputError: fewer than two senses are in two units.
        UsageError: the uses are of several words, or two have the same id.
    """
    check(known)
    labeled, copies = without_copies([use for use in known if use.sense is not None])
    labeled = tuple(use for use in labeled if use.sense is not None)
    if not labeled:
        raise InputError("no known use has a sense", "label them in a column `sense`")
    chosen = sample(labeled, most, seed)
    taken = labels(Grouping.of(chosen), np.ones(len(chosen), dtype=bool))
    rare = {s for s, n in zip(taken.senses, taken.unit_counts, strict=True) if n < 2}
    if len(taken.senses) - len(rare) < 2:
        raise InputError(
            "two known senses are needed, each in two sentences or more",
            "labeled are " + ", ".join(f"{n} of {s!r}" for s, n in zip(
                taken.senses, taken.counts.tolist(), strict=True)),
        )  # fmt: skip
    uses = Uses.of([use for use in chosen if use.sense not in rare])
    warnings = [*copies, *sample_note(len(chosen), len(labeled), seed, "known uses")]
    warnings += _warnings(known, uses, new)
    warnings += [
        f"known sense {sense!r} is left out: it needs two sentences" for sense in sorted(rare)
    ]
    unlabeled = replace(uses.grouping, senses=(None,) * len(uses.order))
    return KnownUses(
        replace(uses, grouping=unlabeled),
        uses.grouping,
        tuple(warnings),
        why_circular(uses.occurrences),
    )


def _warnings(
    known: Sequence[Occurrence], labeled: Uses, new: Sequence[Occurrence]
) -> Iterator[str]:
    if isinstance(known, Found):
        yield from (f"known uses: {note}" for note in known.notes)
        yield from (f"known uses: {row.source}: {row.reason}" for row in known.skipped)
    places = {(use.sentence, use.start, use.end) for use in labeled.occurrences}
    repeats = sum((use.sentence, use.start, use.end) in places for use in new)
    if repeats:
        are = "is" if repeats == 1 else "are"
        yield f"{plural(repeats, 'use')} to assign {are} among the known uses"
