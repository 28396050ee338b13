"""The uses of a word, sorted by sense, as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embcmp.render.text import excerpt

WIDTH = 110  # characters of a sentence in the list of pairs


@dataclass(frozen=True, slots=True)
class Use:
    """One use, with its sentence in three parts.

    Attributes:
        id: identifier, unique among the uses of the word.
        before: text before the target.
        form: the target.
        after: text after the target.
        sense: index of the sense in `Uses.senses`; None without a label.
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
        senses: the labels of the senses, sorted.
        uses: the n uses, sorted by sense and then by the order of the input; uses without a label
            come last.
        order: the index of each of the n uses among the occurrences of the JSON.
    """

    senses: tuple[str, ...]
    uses: tuple[Use, ...]
    order: tuple[int, ...]

    @classmethod
    def of(cls, occurrences: Sequence[Mapping[str, Any]]) -> Uses:
        """Make them from the `occurrences` of a comparison's JSON."""
        senses = tuple(sorted({o["sense"] for o in occurrences if o["sense"] is not None}))
        codes = {sense: code for code, sense in enumerate(senses)}
        keys = [codes.get(o["sense"], len(senses)) for o in occurrences]
        order = tuple(sorted(range(len(occurrences)), key=keys.__getitem__))
        return cls(senses, tuple(_use(occurrences[i], codes) for i in order), order)

    @property
    def labels(self) -> list[str | None]:
        """The label of each of the n uses."""
        return [None if use.sense is None else self.senses[use.sense] for use in self.uses]

    def groups(self) -> list[tuple[int | None, str, list[Use]]]:
        """Return for each sense its index, its name and its uses."""
        groups: list[tuple[int | None, str]] = list(enumerate(self.senses))
        if any(use.sense is None for use in self.uses):
            groups.append((None, "without a label" if self.senses else "all uses"))
        return [(k, name, [use for use in self.uses if use.sense == k]) for k, name in groups]


def _use(o: Mapping[str, Any], codes: Mapping[str, int]) -> Use:
    sentence, start, end = o["sentence"], o["start"], o["end"]
    return Use(
        id=o["id"],
        before=sentence[:start],
        form=sentence[start:end],
        after=sentence[end:],
        sense=codes.get(o["sense"]),
        short=excerpt(sentence, start, end, WIDTH),
    )
