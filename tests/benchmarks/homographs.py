"""The project's own homographs, fixtures/homographs.tsv, as tests and findings read them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from embcmp import Occurrence

FIXTURES = Path(__file__).parents[2] / "fixtures"
COLUMNS = ("word", "sense", "sentence", "start", "end", "kind", "pos", "scene")
GLOSS_COLUMNS = ("word", "sense", "gloss", "topics")


@dataclass(frozen=True)
class Homograph:
    """A word with its uses.

    Attributes:
        word: as in the file.
        kind: homonym, polyseme or pos.
        topics: `shared` where the senses occur in the same scenes, else `own`.
        uses: its rows, in the order of the file.
    """

    word: str
    kind: str
    topics: str
    uses: tuple[Occurrence, ...]


def read_rows(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a table in fixtures/: TAB between fields, no quoting."""
    with (FIXTURES / name).open(encoding="utf-8", newline="\n") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = list(rows)
    if tuple(rows.fieldnames or ()) != columns:
        raise ValueError(f"{name}:1: the columns must be {' '.join(columns)}")
    return found


def read_homographs() -> dict[str, Homograph]:
    """The homographs by word, in alphabetical order."""
    topics = {row["word"]: row["topics"] for row in glosses()}
    uses: dict[str, list[Occurrence]] = {}
    kinds = {}
    for number, row in enumerate(rows(), start=2):
        word, start, end = row["word"], int(row["start"]), int(row["end"])
        source = f"homographs.tsv:{number}"
        use = Occurrence(
            source, word, row["sentence"], start, end, row["sense"], source, unit=row["scene"]
        )
        uses.setdefault(word, []).append(use)
        kinds[word] = row["kind"]
    return {
        word: Homograph(word, kinds[word], topics[word], tuple(uses[word])) for word in sorted(uses)
    }


def rows() -> list[dict[str, str]]:
    """The rows of homographs.tsv."""
    return read_rows("homographs.tsv", COLUMNS)


def glosses() -> list[dict[str, str]]:
    """The rows of homographs.glosses.tsv, one a sense."""
    return read_rows("homographs.glosses.tsv", GLOSS_COLUMNS)
