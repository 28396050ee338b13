"""What is missing for a verdict, and how many more sentences that takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embcmp.measures.labels import MIN_UNITS
from embcmp.measures.sense_evidence import FEWEST_USES
from embcmp.measures.use_groups import unit_ids
from embcmp.questions.compare.names_in_prose import in_words, listed
from embcmp.render.text import visible
from embcmp.types import Occurrence

LISTED = 5  # senses that are named
FEWEST_SENSES = 2


def shortfall(occurrences: Sequence[Occurrence]) -> str | None:
    """Say what is missing for a verdict about labeled uses; None if nothing is.

    A verdict needs two senses with five sentences each, or five of what a `unit` column names.

    Args:
        occurrences: all uses of the word.
    """
    five, unit = in_words(MIN_UNITS), "unit" if _own_units(occurrences) else "sentence"
    counts = _units_by_sense(occurrences)
    if not counts:
        grouped = "; embcmp senses groups uses without labels"
        return (
            f"There is no verdict without labels: add a column sense, with at least two senses and"
            f" {five} {unit}s a sense{grouped if len(occurrences) >= FEWEST_USES else ''}."
        )
    if sum(count >= MIN_UNITS for count in counts.values()) >= FEWEST_SENSES:
        return None
    if len(counts) == 1:
        [(sense, count)] = counts.items()
        more = f"; {visible(sense)} has {count}" if count < MIN_UNITS else ""
        return (
            f"All labeled uses have one sense ({visible(sense)}). A verdict needs a second sense,"
            f" and {five} {unit}s of each{more}."
        )
    if _own_units(occurrences) and set(counts.values()) == {1}:
        return (
            f"{_why_single(occurrences)}, so nothing can be inferred: a verdict needs {five} units"
            " of each sense."
        )
    return f"For a verdict each sense needs {five} {unit}s: {_needed(counts)}."


def _why_single(occurrences: Sequence[Occurrence]) -> str:
    labeled = np.array([o.sense is not None for o in occurrences])
    if len(np.unique(unit_ids(occurrences)[labeled])) == 1:
        return "All labeled uses are in one unit"
    return "Each sense is in one unit alone"


def _needed(counts: dict[str, int]) -> str:
    few = {sense: count for sense, count in counts.items() if count < MIN_UNITS}
    named = list(few)[:LISTED]
    rest = len(few) - len(named)
    others = [f"{rest} more senses have fewer too"] if rest else []
    lacking = {MIN_UNITS - count for count in few.values()}
    if len(lacking) == 1:
        each = " each" if len(few) > 1 else ""
        has = [f"{visible(sense)} has {few[sense]}" for sense in named]
        return f"{listed([*has, *others])}, so {lacking.pop()} more{each}"
    has = [f"{visible(s)} has {few[s]} ({MIN_UNITS - few[s]} more)" for s in named]
    return listed([*has, *others])


def _own_units(occurrences: Sequence[Occurrence]) -> bool:
    return any(o.unit is not None for o in occurrences)


def _units_by_sense(occurrences: Sequence[Occurrence]) -> dict[str, int]:
    """Return the number of units of each sense, the sense with the most first."""
    units = unit_ids(occurrences)
    senses = sorted({o.sense for o in occurrences if o.sense is not None})
    counts = {
        sense: len(np.unique(units[[o.sense == sense for o in occurrences]])) for sense in senses
    }
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
