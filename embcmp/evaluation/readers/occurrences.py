"""From a row's offsets to its occurrence, with the checks that `compare` makes of given offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embcmp.errors import InputError
from embcmp.evaluation.readers.spans import Span
from embcmp.evaluation.rows import Item, Pair, Part
from embcmp.text.readers import Sentence
from embcmp.text.search import is_unicode
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence, Skipped

GOLD_LABELS = {"T": True, "F": False}


@dataclass(frozen=True, slots=True)
class Located:
    """The rows that can be used, by id, and the others."""

    uses: dict[str, Occurrence]
    skipped: dict[str, Skipped]


def locate(rows: Iterable[Sentence]) -> Located:
    """Check each row's offsets against its word: they must be on the word or a form of it.

    Args:
        rows: with id, word, start and end; a row with a `problem` is passed on as skipped.
    """
    by_word: dict[str, list[Sentence]] = {}
    for row in rows:
        by_word.setdefault(row.word or "", []).append(row)
    located = Located({}, {})
    for word, group in by_word.items():
        if not word.strip() or not is_unicode(word):
            why = "holds a lone surrogate" if word.strip() else "has no word"
            located.skipped.update((str(row.id), Skipped(row.source, why)) for row in group)
            continue
        occurrences = find_occurrences(group, word)
        located.uses.update((use.id, use) for use in occurrences)
        lost = [str(row.id) for row in group if str(row.id) not in located.uses]
        located.skipped.update(zip(lost, occurrences.skipped, strict=True))
    return located


def item_part(rows: Sequence[Sentence], split: str, files: Sequence[Path]) -> Part:
    """Items of the rows that have a sense, in their order.

    Raises:
        InputError: two rows have the same id.
    """
    refuse_twice((str(row.id), row.source) for row in rows)
    located = locate(rows)
    items = []
    for row in rows:
        if (use := located.uses.get(str(row.id))) is None:
            continue
        item = Item.of(use)
        if item.keys:
            items.append(item)
        else:
            located.skipped[item.id] = Skipped(row.source, "has no sense")
    skipped = [located.skipped[str(row.id)] for row in rows if str(row.id) in located.skipped]
    return Part(items, split, tuple(skipped), files=tuple(files))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two uses of a pair: its sentence, its word, and where the word stands."""

    sentence: str
    word: str
    span: Span


@dataclass(frozen=True, slots=True)
class RawPair:
    """A pair before its offsets are checked.

    Attributes:
        id: unique in its file.
        source: its place in the file, for messages.
        sides: its two uses.
        gold: None where it cannot be read.
        problem: why not, or what else is wrong with the row.
        ratings: as `Pair`.
    """

    id: str
    source: str
    sides: tuple[Side, Side]
    gold: float | bool | None
    problem: str | None = None
    ratings: tuple[float, ...] = ()

    def sentences(self) -> list[Sentence]:
        """A row for each side, its id the pair's with `.1` or `.2`."""
        return [
            Sentence(side.sentence, self.source, f"{self.id}.{k}", None, side.word, *side.span)
            for k, side in enumerate(self.sides, 1)
        ]


def pair_part(
    rows: Sequence[RawPair], split: str, files: Sequence[Path], noted: Sequence[Skipped] = ()
) -> Part:
    """Pairs of which both sides can be used, in their order; a pair is skipped once.

    Raises:
        InputError: two rows have the same id.
    """
    refuse_twice((row.id, row.source) for row in rows)
    located = locate(side for row in rows for side in row.sentences())
    pairs, skipped = [], []
    for row in rows:
        names = (f"{row.id}.1", f"{row.id}.2")
        first, second = map(located.uses.get, names)
        wrong = [row.problem, *(located.skipped[n].reason for n in names if n in located.skipped)]
        reasons = dict.fromkeys(filter(None, wrong))
        if first is None or second is None or row.gold is None or reasons:
            skipped.append(Skipped(row.source, "; ".join(reasons)))
        else:
            pairs.append(Pair(row.id, first, second, row.gold, row.ratings))
    return Part(pairs, split, tuple(skipped), tuple(noted), tuple(files))


def refuse_twice(rows: Iterable[tuple[str, str]]) -> None:
    """Refuse an id that two rows have, since one would be taken for the other.

    Args:
        rows: id and place of each.

    Raises:
        InputError: naming both places.
    """
    first: dict[str, str] = {}
    for key, source in rows:
        if key in first:
            raise InputError(
                f"{source}: the id {key!r} is given twice, first at {first[key]}",
                "make the ids unique",
            )
        first[key] = source


def number(text: str) -> float | None:
    """A finite number, or None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def gold_label(text: str) -> tuple[bool | None, str | None]:
    """T or F, or None and what is wrong with it."""
    label = GOLD_LABELS.get(text)
    return label, f"gold {text!r} is neither T nor F" if label is None else None
