"""A scratch database of uses, so that memory does not grow with the corpus.

It lies in the folder of the batch while the plan is made. What a killed run left of it is not used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from embcmp.errors import OutputError

_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    CREATE TABLE use (
        word INTEGER, priority INTEGER, file INTEGER, row INTEGER, start INTEGER, end INTEGER,
        sentence TEXT, name TEXT, sense TEXT, source TEXT, "group" TEXT, unit TEXT, columns TEXT
    );
    CREATE INDEX drawn ON use (word, priority, file, row, start);
    CREATE TABLE place (use INTEGER PRIMARY KEY, shard INTEGER, row INTEGER);
"""
_INSERT = f"INSERT INTO use VALUES ({', '.join('?' * 13)})"
_RANK = "priority, file, row, start"

Rank = tuple[int, int, int, int]
Part = tuple[int, str | None]  # a word, and a group of its uses if each is sampled by itself


class Use(NamedTuple):
    """A use of a word.

    Attributes:
        word: number of the word.
        priority: uses with the lowest numbers are sampled.
        file: number of the file.
        row: number of the row in the file.
        start: where the target begins in the sentence, as a Python str offset.
        end: where it ends.
        sentence: the whole sentence.
        name: the id that the row has, if any.
        sense: the label that the row has, if any.
        source: file and line, for messages.
        group: the group that the row names, if any.
        unit: the unit that the row names, if any.
        columns: the row's other columns, a JSON object by their names.
    """

    word: int
    priority: int
    file: int
    row: int
    start: int
    end: int
    sentence: str
    name: str | None
    sense: str | None
    source: str
    group: str | None = None
    unit: str | None = None
    columns: str = "{}"


class PlacedUse(NamedTuple):
    """A use with the number of the shard, and of the row in it, where its place is stored."""

    sentence: str
    start: int
    end: int
    name: str | None
    sense: str | None
    source: str
    group: str | None
    unit: str | None
    columns: str
    shard: int
    row: int


class UseDatabase:
    """Uses of words, added in any order and read in several orders.

    Args:
        database: a connection; its tables are empty.
        most: the number of uses to keep of each word; None for all.
        by_group: whether to keep so many of each group.
    """

    def __init__(
        self, database: sqlite3.Connection, most: int | None = None, *, by_group: bool = False
    ) -> None:
        self._db = database
        self._most = most
        self._by_group = by_group
        self._counts: dict[Part, int] = {}
        self._limits: dict[Part, Rank] = {}  # no use of a part from this rank on is kept

    def add(self, use: Use) -> None:
        """Keep a use, unless enough uses of its word, or of the word's group, come before it."""
        part = use.word, use.group if self._by_group else None
        limit = self._limits.get(part)
        if limit is not None and (use.priority, use.file, use.row, use.start) >= limit:
            return
        self._db.execute(_INSERT, use)
        self._counts[part] = self._counts.get(part, 0) + 1
        if self._most is not None and self._counts[part] >= 2 * self._most:
            self._prune(part, self._most)

    def finish(self) -> None:
        """Keep no more uses than were asked for."""
        for part, number in self._counts.items():
            if self._most is not None and number > self._most:
                self._prune(part, self._most)

    def _prune(self, part: Part, most: int) -> None:
        of_part = 'FROM use WHERE word = ? AND "group" IS coalesce(?, "group")'
        limit: Rank = self._db.execute(
            f"SELECT {_RANK} {of_part} ORDER BY {_RANK} LIMIT 1 OFFSET ?", (*part, most)
        ).fetchone()
        self._db.execute(f"DELETE {of_part} AND ({_RANK}) >= (?, ?, ?, ?)", (*part, *limit))
        self._limits[part], self._counts[part] = limit, most

    def by_sentence(self) -> Iterator[tuple[int, str, int, int]]:
        """Uses as (number, sentence, start, end), those of a sentence together.

        Sentences are sorted by the first of their words, so that the uses of a word are mostly
        close together.
        """
        return self._db.execute(
            "SELECT rowid, sentence, start, end FROM use"
            " ORDER BY min(word) OVER (PARTITION BY sentence),"
            " sentence, start, end, word, file, row"
        )

    def place(self, rows: list[tuple[int, int, int]]) -> None:
        """Note for uses, by their numbers, in which shard and row their places are stored."""
        self._db.executemany("INSERT INTO place VALUES (?, ?, ?)", rows)

    def of_word(self, word: int) -> Iterator[PlacedUse]:
        """The uses of a word in the order of the input."""
        rows = self._db.execute(
            'SELECT sentence, start, end, name, sense, source, "group", unit, columns,'
            " place.shard, place.row"
            " FROM use JOIN place ON place.use = use.rowid"
            " WHERE word = ? ORDER BY file, use.row, start",
            (word,),
        )
        return map(PlacedUse._make, rows)


@contextmanager
def use_database(path: Path, most: int | None, *, by_group: bool) -> Iterator[UseDatabase]:
    """Open a database in a new file, which is removed at the end.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    path.unlink(missing_ok=True)
    try:
        database = sqlite3.connect(path, isolation_level=None)
        try:
            database.executescript(_SCHEMA)
            database.execute("BEGIN")
            yield UseDatabase(database, most, by_group=by_group)
        finally:
            database.close()
    except sqlite3.Error as e:
        raise OutputError(f"{path}: cannot be written: {e}", "free some space, run again") from e
    finally:
        path.unlink(missing_ok=True)
