"""The plan of a batch: the uses of all words, and the places to encode, each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from embcmp.batch.folder import BatchFolder
from embcmp.batch.notes import read_sealed, write_sealed
from embcmp.encoders.vector_store import Place, read_rows
from embcmp.types import Occurrence, Skipped

Input = dict[str, Any]  # path, bytes and sha256 of a file
ShardRow = tuple[int, int]  # number of a shard, number of a row in it


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of places, which are sentences with the offsets of a target.

    Attributes:
        name: name of the file, a digest of the places.
        rows: number of places.
        sha256: digest of the file.
    """

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedWord:
    """A word with uses. Its index in the plan is the number of its row in `words.parquet`.

    Attributes:
        word: the word.
        found: number of uses in the input.
        used: number of uses that are measured.
        digest: digest of everything its numbers depend on, except encoders and settings.
    """

    word: str
    found: int
    used: int
    digest: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A word without a result, and the reason."""

    word: str
    reason: str


@dataclass(frozen=True)
class WordUses:
    """The uses of a planned word.

    Attributes:
        occurrences: the uses that are measured, in the order of the input.
        places: for each of them, number of the shard and of the row in it.
        found: number of uses in the input; if it is larger, they are a sample.
        skipped: rows that could not be used.
    """

    occurrences: tuple[Occurrence, ...]
    places: tuple[ShardRow, ...]
    found: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class Plan:
    """The work of a batch. Its methods raise OutputError if a file is damaged.

    Attributes:
        folder: the folder of the batch.
        digest: digest of everything in the job and its input that the plan depends on.
        inputs: path, bytes and sha256 of each file that was read.
        shards: the shards, in their order.
        words: the words that have uses, in alphabetical order.
        failures: the words that have none.
    """

    folder: BatchFolder
    digest: str
    inputs: tuple[Input, ...]
    shards: tuple[Shard, ...]
    words: tuple[PlannedWord, ...]
    failures: tuple[Failure, ...]

    @property
    def rows(self) -> int:
        """Number of places to encode."""
        return sum(shard.rows for shard in self.shards)

    def shards_of(self, number: int) -> set[int]:
        """Numbers of the shards with places of a word, by the word's number."""
        [row] = read_rows(self.folder.words, [number], ["uses"]).to_pylist()
        return {use["shard"] for use in row["uses"]}

    def uses_of(self, number: int) -> WordUses:
        """The uses of a word, by the word's number."""
        [row] = read_rows(self.folder.words, [number]).to_pylist()
        uses = row["uses"]
        places = tuple((use["shard"], use["row"]) for use in uses)
        occurrences = tuple(
            Occurrence(
                use["id"],
                row["word"],
                *place,
                sense=use["sense"],
                source=use["source"],
                group=use["group"],
                unit=use["unit"],
                columns=dict(use["columns"]),
            )
            for use, place in zip(uses, self.places(places), strict=True)
        )
        skipped = tuple(Skipped(**skipped) for skipped in row["skipped"])
        return WordUses(occurrences, places, row["found"], skipped)

    def places(self, chosen: Sequence[ShardRow]) -> list[Place]:
        """Places by shard and row, in the order asked for."""
        place_at: dict[ShardRow, Place] = {}
        for shard, group in groupby(sorted(set(chosen)), key=lambda place: place[0]):
            rows = [row for _, row in group]
            places = self.folder.places(self.shards[shard].name, rows)
            place_at |= {(shard, row): place for row, place in zip(rows, places, strict=True)}
        return [place_at[place] for place in chosen]

    def write(self) -> None:
        """Write the plan to its file."""
        content = asdict(self)
        del content["folder"]
        content["of"] = content.pop("digest")
        write_sealed(self.folder.plan, content)


def read_plan(folder: BatchFolder) -> Plan | None:
    """The plan in a folder; None if it is missing or damaged."""
    saved = read_sealed(folder.plan)
    if saved is None:
        return None
    return Plan(
        folder=folder,
        digest=saved["of"],
        inputs=tuple(saved["inputs"]),
        shards=tuple(Shard(**shard) for shard in saved["shards"]),
        words=tuple(PlannedWord(**word) for word in saved["words"]),
        failures=tuple(Failure(**failure) for failure in saved["failures"]),
    )
