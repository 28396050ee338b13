"""What a batch will do: the uses of all words, in shards of sentences, each place once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from embcmp.batch.folder import BatchFolder
from embcmp.batch.notes import read_sealed, write_sealed
from embcmp.encoders.vector_store import Place, read_rows
from embcmp.types import Occurrence, Skipped

ShardRow = tuple[int, int]  # number of a shard, number of a row in it


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard of places: sentences, each with the offsets of a target.

    Attributes:
        name: of its file, a digest of the places.
        rows: how many.
        sha256: of the file.
    """

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedWord:
    """A word, the number of its row in `words.parquet` being its place in the plan.

    Attributes:
        word: the word.
        found: how many uses there are.
        used: how many of them are measured.
        digest: of all that its numbers depend on, but for encoders and settings.
    """

    word: str
    found: int
    used: int
    digest: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A word that the batch has no result for, and why."""

    word: str
    reason: str


@dataclass(frozen=True)
class WordUses:
    """What is known of a planned word.

    Attributes:
        occurrences: in the order of the input.
        places: for each, the shard's number and the row in it.
        found: how many uses there are; where it is more, a sample was drawn.
        skipped: rows that were left out.
    """

    occurrences: tuple[Occurrence, ...]
    places: tuple[ShardRow, ...]
    found: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class Plan:
    """The work of a batch.

    Attributes:
        folder: of the batch.
        of: digest of the job's keys and inputs that it depends on.
        inputs: the files that were read, with size and sha256.
        shards: in their order.
        words: those that have uses, in alphabetical order.
        failures: words that have none.
    """

    folder: BatchFolder
    of: str
    inputs: tuple[dict[str, Any], ...]
    shards: tuple[Shard, ...]
    words: tuple[PlannedWord, ...]
    failures: tuple[Failure, ...]

    @property
    def rows(self) -> int:
        """Places to encode."""
        return sum(shard.rows for shard in self.shards)

    def shards_of(self, number: int) -> set[int]:
        """The numbers of the shards that a word has uses in.

        Raises:
            OutputError: a file is damaged.
        """
        [row] = read_rows(self.folder.words, [number], ["uses"]).to_pylist()
        return {use["shard"] for use in row["uses"]}

    def uses_of(self, number: int) -> WordUses:
        """The uses of a word, by its number.

        Raises:
            OutputError: a file is damaged.
        """
        [row] = read_rows(self.folder.words, [number]).to_pylist()
        uses = row["uses"]
        places = tuple((use["shard"], use["row"]) for use in uses)
        occurrences = tuple(
            Occurrence(use["id"], row["word"], *place, use["sense"], use["source"])
            for use, place in zip(uses, self.places(places), strict=True)
        )
        skipped = tuple(Skipped(**skipped) for skipped in row["skipped"])
        return WordUses(occurrences, places, row["found"], skipped)

    def places(self, chosen: Sequence[ShardRow]) -> list[Place]:
        """Places by shard and row, in the order asked for.

        Raises:
            OutputError: a file is damaged.
        """
        place_at: dict[ShardRow, Place] = {}
        for shard, group in groupby(sorted(set(chosen)), key=lambda place: place[0]):
            rows = [row for _, row in group]
            places = self.folder.places(self.shards[shard].name, rows)
            place_at |= {(shard, row): place for row, place in zip(rows, places, strict=True)}
        return [place_at[place] for place in chosen]

    def write(self) -> None:
        """Write the plan to its file.

        Raises:
            OutputError: it cannot be written.
        """
        content = asdict(self)
        del content["folder"]
        write_sealed(self.folder.plan, content)


def read_plan(folder: BatchFolder) -> Plan | None:
    """The plan in a folder; None where there is none that is whole."""
    saved = read_sealed(folder.plan)
    if saved is None:
        return None
    return Plan(
        folder=folder,
        of=saved["of"],
        inputs=tuple(saved["inputs"]),
        shards=tuple(Shard(**shard) for shard in saved["shards"]),
        words=tuple(PlannedWord(**word) for word in saved["words"]),
        failures=tuple(Failure(**failure) for failure in saved["failures"]),
    )
