"""From a row's offsets to its occurrence, with the checks that `compare` makes of given offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from embcmp.errors import InputError
from embcmp.evaluation.rows import Item, Pair
from embcmp.text.rows import Sentence
from embcmp.text.search import is_unicode
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence, Skipped


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
    found = Located({}, {})
    for word, group in by_word.items():
        if not word.strip() or not is_unicode(word):
            why = "holds a lone surrogate" if word.strip() else "has no word"
            found.skipped.update((str(row.id), Skipped(row.source, why)) for row in group)
            continue
        one = find_occurrences(group, word)
        found.uses.update((use.id, use) for use in one.occurrences)
        lost = [str(row.id) for row in group if str(row.id) not in found.uses]
        found.skipped.update(zip(lost, one.skipped, strict=True))
    return found


def items(rows: Sequence[Sentence]) -> tuple[list[Item], tuple[Skipped, ...]]:
    """Items of rows that have a sense, in their order.

    Raises:
        InputError: two rows have the same id.
    """
    refuse_twice((str(row.id), row.source) for row in rows)
    located = locate(rows)
    found = []
    for row in rows:
        if (use := located.uses.get(str(row.id))) is None:
            continue
        item = Item.of(use)
        if item.keys:
            found.append(item)
        else:
            located.skipped[item.id] = Skipped(row.source, "has no sense")
    return found, _in_order(rows, located)


@dataclass(frozen=True, slots=True)
class RawPair:
    """A pair before its offsets are checked.

    Attributes:
        id: unique in its file.
        first: one side, its id the pair's with `.1`.
        second: the other, with `.2`.
        gold: None where it cannot be read: the row's `problem` says why.
        ratings: as `Pair`.
    """

    id: str
    first: Sentence
    second: Sentence
    gold: float | bool | None
    ratings: tuple[float, ...] = ()


def pairs(rows: Sequence[RawPair]) -> tuple[list[Pair], tuple[Skipped, ...]]:
    """Pairs of which both sides can be used, in their order; a pair is skipped once.

    Raises:
        InputError: two rows have the same id.
    """
    refuse_twice((row.id, row.first.source) for row in rows)
    located = locate(side for row in rows for side in (row.first, row.second))
    found, skipped = [], []
    for row in rows:
        sides = [located.uses.get(str(side.id)) for side in (row.first, row.second)]
        first, second = sides
        if first is not None and second is not None and row.gold is not None:
            found.append(Pair(row.id, first, second, row.gold, row.ratings))
            continue
        reasons = [
            located.skipped[str(side.id)].reason
            for side in (row.first, row.second)
            if str(side.id) in located.skipped
        ]
        reason = "; ".join(dict.fromkeys(reasons))
        skipped.append(Skipped(row.first.source, reason))
    return found, tuple(skipped)


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


def _in_order(rows: Sequence[Sentence], located: Located) -> tuple[Skipped, ...]:
    return tuple(located.skipped[str(row.id)] for row in rows if str(row.id) in located.skipped)
