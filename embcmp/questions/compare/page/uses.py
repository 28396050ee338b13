"""The uses of a word as a page shows them: sorted by sense, harmless to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embcmp.render.text import excerpt

WIDTH = 110  # of a sentence in a list of pairs


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence, its sentence in three parts.

    Attributes:
        id: unique in its word.
        before: what stands before the target.
        form: the target.
        after: what stands after it.
        sense: place of its sense in `Uses.senses`, None without a label.
        short: the three parts, cut to about 110 characters.
    """

    id: str
    before: str
    form: str
    after: str
    sense: int | None
    short: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Uses:
    """All uses of a word.

    Attributes:
        senses: the labels, sorted.
        uses: sorted by sense, those without a label last, else in the order of the input.
        order: [n], the place of each use among the occurrences of the JSON.
    """

    senses: tuple[str, ...]
    uses: tuple[Use, ...]
    order: tuple[int, ...]

    @classmethod
    def of(cls, occurrences: Sequence[Mapping[str, Any]]) -> Uses:
        """Read the `occurrences` of a comparison."""
        senses = tuple(sorted({o["sense"] for o in occurrences if o["sense"] is not None}))
        place = {sense: k for k, sense in enumerate(senses)}
        codes = [place.get(o["sense"], len(senses)) for o in occurrences]
        order = tuple(sorted(range(len(occurrences)), key=codes.__getitem__))
        return cls(senses, tuple(_use(occurrences[i], place) for i in order), order)

    @property
    def labels(self) -> list[str | None]:
        """[n], the sense of each use."""
        return [None if use.sense is None else self.senses[use.sense] for use in self.uses]

    def groups(self) -> list[tuple[int | None, str, list[Use]]]:
        """The uses of each sense: its place, its name, and they."""
        named: list[tuple[int | None, str]] = list(enumerate(self.senses))
        if any(use.sense is None for use in self.uses):
            named.append((None, "without a label" if self.senses else "all uses"))
        return [(k, name, [use for use in self.uses if use.sense == k]) for k, name in named]


def _use(o: Mapping[str, Any], place: Mapping[str, int]) -> Use:
    sentence, start, end = o["sentence"], o["start"], o["end"]
    return Use(
        id=o["id"],
        before=sentence[:start],
        form=sentence[start:end],
        after=sentence[end:],
        sense=place.get(o["sense"]),
        short=excerpt(sentence, start, end, WIDTH),
    )
