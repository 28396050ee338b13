"""Found uses on disk, as many of each word as are wanted: memory does not grow with the corpus.

A scratch database in the out folder, which nothing trusts after a run that was killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from embcmp.errors import OutputError

_BUFFER = 5000  # rows between two writes
_SCHEMA = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    CREATE TABLE use (
        word INTEGER, priority INTEGER, file INTEGER, row INTEGER, start INTEGER, end INTEGER,
        sentence TEXT, name TEXT, sense TEXT, source TEXT
    );
    CREATE INDEX drawn ON use (word, priority, file, row, start);
    CREATE TABLE place (use INTEGER PRIMARY KEY, shard INTEGER, row INTEGER);
"""
_RANK = "(priority, file, row, start)"

Rank = tuple[int, int, int, int]


class Use(NamedTuple):
    """A use of a word as it was found.

    Attributes:
        word: the word's number.
        priority: the lowest are drawn.
        file: the number of its file.
        row: the number of its row in the file.
        start: Python str offset.
        end: the offset after it.
        sentence: the whole sentence.
        name: the id of its row, where given.
        sense: its label, where given.
        source: file and line.
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


@dataclass(frozen=True, slots=True)
class PlacedUse:
    """A use, and where its sentence went: the shard's number and the row in it."""

    use: Use
    shard: int
    row: int


class UseDatabase:
    """Uses of words, added in any order and given back sorted.

    Args:
        database: open, with the tables.
        most: of each word; None for all.
    """

    def __init__(self, database: sqlite3.Connection, most: int | None = None) -> None:
        self._db = database
        self._most = most
        self._held: dict[int, int] = {}
        self._worst: dict[int, Rank] = {}
        self._buffer: list[Use] = []

    def add(self, use: Use) -> None:
        """Keep a use, unless enough uses of its word come before it."""
        rank = (use.priority, use.file, use.row, use.start)
        worst = self._worst.get(use.word)
        if worst is not None and rank >= worst:
            return
        self._buffer.append(use)
        if len(self._buffer) >= _BUFFER:
            self._flush()
        self._held[use.word] = self._held.get(use.word, 0) + 1
        if self._most is not None and self._held[use.word] >= 2 * self._most:
            self._prune(use.word, self._most)

    def finish(self) -> None:
        """Leave no more than are wanted; nothing is added after this."""
        for word, held in sorted(self._held.items()):
            if self._most is not None and held > self._most:
                self._prune(word, self._most)
        self._flush()

    def _prune(self, word: int, most: int) -> None:
        self._flush()
        ranked = "SELECT priority, file, row, start FROM use WHERE word = ? ORDER BY " + _RANK[1:-1]
        self._worst[word] = self._db.execute(f"{ranked} LIMIT 1 OFFSET ?", (word, most)).fetchone()
        self._db.execute(
            f"DELETE FROM use WHERE word = ? AND {_RANK} >= (?, ?, ?, ?)",
            (word, *self._worst[word]),
        )
        self._held[word] = most

    def _flush(self) -> None:
        self._db.executemany(f"INSERT INTO use VALUES ({', '.join('?' * 10)})", self._buffer)
        self._buffer.clear()

    def by_sentence(self) -> Iterator[tuple[int, str, int, int]]:
        """Uses as (number, sentence, start, end), those of a sentence together.

        Sentences are ordered by the first of their words, so that most of a word's uses are
        neighbors.
        """
        return self._db.execute(
            "SELECT rowid, sentence, start, end FROM use"
            " ORDER BY min(word) OVER (PARTITION BY sentence),"
            " sentence, start, end, word, file, row"
        )

    def place(self, rows: list[tuple[int, int, int]]) -> None:
        """Note for uses, by their numbers, the shard and the row where their sentences are."""
        self._db.executemany("INSERT INTO place VALUES (?, ?, ?)", rows)

    def of_word(self, word: int) -> Iterator[PlacedUse]:
        """The uses of a word in the order of the input."""
        placed = self._db.execute(
            "SELECT u.*, p.shard, p.row FROM use u JOIN place p ON p.use = u.rowid"
            " WHERE u.word = ? ORDER BY u.file, u.row, u.start",
            (word,),
        )
        for *fields, shard, row in placed:
            yield PlacedUse(Use(*fields), shard, row)


@contextmanager
def use_database(path: Path, most: int | None) -> Iterator[UseDatabase]:
    """A database in a file that is removed at the end.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    path.unlink(missing_ok=True)
    try:
        database = sqlite3.connect(path, isolation_level=None)
        try:
            database.executescript(_SCHEMA)
            database.execute("BEGIN")
            yield UseDatabase(database, most)
        finally:
            database.close()
    except sqlite3.Error as e:
        raise OutputError(f"{path}: cannot be written: {e}", "free some space, run again") from e
    finally:
        path.unlink(missing_ok=True)
