"""RAW-C (Trott and Bergen 2021): 112 words, four minimal sentences each, rated in pairs.

`raw-c.csv` gives no position: the column `string` is the form of the word in both sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from embcmp.evaluation.readers.files import Row, one_file, quoted
from embcmp.evaluation.readers.occurrences import RawPair, items, pairs
from embcmp.evaluation.readers.tsv import gold
from embcmp.evaluation.rows import Part
from embcmp.text.rows import Sentence

_COLUMNS = ("word", "sentence1", "sentence2", "Class", "mean_relatedness", "v1", "v2", "string")


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean relatedness, from 0 to 4.

    Args:
        path: `raw-c.csv`, or the folder that it lies in.

    Raises:
        InputError: it lacks a column, or its quotes do not pair.
    """
    file = one_file(path, "raw-c.csv")
    rows = []
    for number, (line, row) in enumerate(quoted(file, _COLUMNS, ",")):
        said = row["mean_relatedness"]
        value = gold(said)
        problem = None
        if value is None or isinstance(value, bool):
            value, problem = None, f"mean_relatedness {said!r} is not a number"
        first, second = (
            _side(row, side, f"{file}:{line}", f"rawc.{number}.{side}", problem) for side in (1, 2)
        )
        rows.append(RawPair(f"rawc.{number}", first, second, value))
    found, skipped = pairs(rows)
    return Part(found, "all", skipped, files=(file,))


def read_items(path: Path) -> Part:
    """Read the sentences as items: the version (M1_a, M2_b) tells the sense; as `read`."""
    file = one_file(path, "raw-c.csv")
    found, skipped = items(list(_sentences(file)))
    return Part(found, "all", skipped, files=(file,))


def _sentences(file: Path) -> Iterator[Sentence]:
    """Each sentence of a word once, in the order in which it comes up."""
    seen: set[tuple[str, str]] = set()
    for line, row in quoted(file, _COLUMNS, ","):
        for side in (1, 2):
            use = (row["word"], row[f"sentence{side}"])
            if use not in seen:
                seen.add(use)
                lexeme, version = f"{row['word']}.{row['Class']}", row[f"v{side}"]
                name = f"rawc.{lexeme}.{version}.{len(seen)}"
                sense = f"{lexeme}.{version.partition('_')[0]}"
                yield _side(row, side, f"{file}:{line}", name, sense=sense)


def _side(
    row: Row,
    side: int,
    source: str,
    name: str,
    problem: str | None = None,
    sense: str | None = None,
) -> Sentence:
    text, form = row[f"sentence{side}"].strip(), row["string"]
    place = re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE)
    start, end = place.span() if place else (None, None)
    if place is None:
        problem = f"{form!r} does not occur"
    return Sentence(text, source, name, sense, form, start, end, problem)
