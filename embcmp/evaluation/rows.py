"""What a gold standard's rows are, whatever file they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embcmp.types import Occurrence, Skipped


@dataclass(frozen=True, slots=True)
class Item:
    """One use of a word with its sense.

    Attributes:
        use: the occurrence; its `sense` is the gold label as it stands in the file.
        keys: the labels of which any one counts as right.
        lexeme: whose senses are the candidates: the word, or lemma and part of speech.
    """

    use: Occurrence
    keys: tuple[str, ...]
    lexeme: str

    @classmethod
    def of(cls, use: Occurrence, lexeme: str | None = None) -> Item:
        """Split the label at white space, which parts the keys that are equally right."""
        return cls(use, tuple(dict.fromkeys((use.sense or "").split())), lexeme or use.word)

    @property
    def id(self) -> str:
        """The occurrence's."""
        return self.use.id

    @property
    def source(self) -> str:
        """File and line, for messages."""
        return self.use.source or self.use.id


@dataclass(frozen=True, slots=True)
class Pair:
    """Two uses, of one word or of two, and what people say of them.

    Attributes:
        id: unique in its file.
        first: one use.
        second: the other.
        gold: True or False (the same sense or not), or a rating.
        ratings: those that `gold` is the mean of, where the file has them.
    """

    id: str
    first: Occurrence
    second: Occurrence
    gold: float | bool
    ratings: tuple[float, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """The two words; mostly the same."""
        return self.first.word, self.second.word

    @property
    def source(self) -> str:
        """File and line, for messages."""
        return self.first.source or self.id


@dataclass(frozen=True, slots=True)
class Part:
    """What a reader found: one part of a data set, as train or dev.

    Attributes:
        rows: all of them items, or all of them pairs, in the order of the file.
        split: the part's name in the publication, as `dev`; "all" where there is but one.
        skipped: rows that cannot be used, and why.
        noted: what is odd in the files but hurts no row.
        files: what was read.
    """

    rows: Sequence[Item | Pair]
    split: str
    skipped: tuple[Skipped, ...] = ()
    noted: tuple[Skipped, ...] = ()
    files: tuple[Path, ...] = ()


def uses_of(row: Item | Pair) -> tuple[Occurrence, ...]:
    """The occurrences of a row: one or two."""
    return (row.use,) if isinstance(row, Item) else (row.first, row.second)
