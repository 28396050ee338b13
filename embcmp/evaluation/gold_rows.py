"""The rows of a gold standard, whatever its file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embcmp.questions.compare.compared_groups import ComparedGroups
from embcmp.types import Occurrence, Skipped


@dataclass(frozen=True, slots=True)
class Item:
    """One use of a word with its gold sense.

    Attributes:
        use: The occurrence; its `sense` is the gold label as in the file.
        keys: The sense keys, each of which counts as right.
        lexeme: The word whose senses are the candidates; it may include a part of speech.
    """

    use: Occurrence
    keys: tuple[str, ...]
    lexeme: str

    @classmethod
    def of(cls, use: Occurrence, lexeme: str | None = None) -> Item:
        """Make an item of a use whose label has the keys separated by spaces."""
        return cls(use, tuple(dict.fromkeys((use.sense or "").split())), lexeme or use.word)

    @property
    def id(self) -> str:
        """The id of the occurrence."""
        return self.use.id

    @property
    def source(self) -> str:
        """The file and line, for messages."""
        return self.use.source or self.use.id


@dataclass(frozen=True, slots=True)
class Pair:
    """Two uses, of one word or of two words, and the gold answer.

    Attributes:
        id: A name that is unique in its file.
        first: The first use.
        second: The second use.
        gold: Whether the sense is the same, or a rating.
        ratings: The single ratings that `gold` is the mean of, if the file has them.
    """

    id: str
    first: Occurrence
    second: Occurrence
    gold: float | bool
    ratings: tuple[float, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """The words of the two uses, which may be the same."""
        return self.first.word, self.second.word

    @property
    def source(self) -> str:
        """The file and line, for messages."""
        return self.first.source or self.id


@dataclass(frozen=True, slots=True)
class Graph:
    """The uses of a word in two groups, such as periods, and how people find that it has changed.

    Attributes:
        id: A name that is unique in the data set.
        compared: The uses in their two groups.
        gold: The people's scores by the names of their columns; those that there are.
        source: The file and line of the scores, for messages.
    """

    id: str
    compared: ComparedGroups
    gold: Mapping[str, float]
    source: str

    @property
    def uses(self) -> tuple[Occurrence, ...]:
        """The uses in canonical order."""
        return self.compared.uses.occurrences

    @property
    def words(self) -> tuple[str, str]:
        """The word, twice, as a pair has two."""
        return self.uses[0].word, self.uses[0].word


Row = Item | Pair | Graph


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a data set, such as train or dev.

    Attributes:
        rows: The rows in the order of the file, all of one kind.
        split: The name of the part in the publication, such as `dev`; "all" if there is only one.
        skipped: Rows that cannot be used, and why.
        noted: Unusual things in the files that make no row unusable.
        files: The files that were read.
        notes: What was read otherwise than it is written, a sentence each.
    """

    rows: Sequence[Row]
    split: str
    skipped: tuple[Skipped, ...] = ()
    noted: tuple[Skipped, ...] = ()
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def uses_of(row: Row) -> tuple[Occurrence, ...]:
    """The occurrences of a row: one of an item, two of a pair, all of a graph."""
    if isinstance(row, Pair):
        return row.first, row.second
    return (row.use,) if isinstance(row, Item) else row.uses
