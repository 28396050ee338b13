"""What a plan holds, read back: the uses of a word, the places of a shard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from embcmp.batch.plan import FOLDER, WORDS, Plan
from embcmp.batch.shard_places import Shard, shard_file
from embcmp.batch.shards import damaged, read_rows
from embcmp.types import Occurrence, Skipped

_ROWS = 2048  # that are read together


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
    places: tuple[tuple[int, int], ...]
    found: int
    skipped: tuple[Skipped, ...]


def shards_of(number: int, out: Path) -> set[int]:
    """The numbers of the shards that a planned word has uses in.

    Raises:
        OutputError: a file is damaged.
    """
    row = read_rows(out / FOLDER / WORDS, [number], ["uses"]).to_pylist()[0]
    return {use["shard"] for use in row["uses"]}


def uses_of(plan: Plan, number: int, out: Path) -> WordUses:
    """The uses of a planned word, read from the folder.

    Raises:
        OutputError: a file is damaged.
    """
    folder = out / FOLDER
    row = read_rows(folder / WORDS, [number]).to_pylist()[0]
    uses = row["uses"]
    places = tuple((use["shard"], use["row"]) for use in uses)
    sentences = read_places(plan, places, out)
    occurrences = tuple(
        Occurrence(use["id"], row["word"], *sentence, use["sense"], use["source"])
        for use, sentence in zip(uses, sentences, strict=True)
    )
    skipped = tuple(Skipped(**one) for one in row["skipped"])
    return WordUses(occurrences, places, row["found"], skipped)


def read_places(
    plan: Plan, places: Sequence[tuple[int, int]], out: Path
) -> list[tuple[str, int, int]]:
    """Sentences with their offsets, by shard and row, in the order asked for."""
    found: dict[tuple[int, int], tuple[str, int, int]] = {}
    for shard, group in groupby(sorted(set(places)), key=lambda place: place[0]):
        rows = [row for _, row in group]
        table = read_rows(shard_file(out / FOLDER, plan.shards[shard]), rows)
        columns = [table.column(name).to_pylist() for name in ("sentence", "start", "end")]
        found |= {(shard, row): read for row, *read in zip(rows, *columns, strict=True)}
    return [found[place] for place in places]


def read_shard(shard: Shard, out: Path) -> Iterator[Occurrence]:
    """All places of a shard, as occurrences whose ids are their rows, some in memory at a time.

    Raises:
        OutputError: the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = shard_file(out / FOLDER, shard)
    row = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(_ROWS):
                for sentence, start, end in zip(*batch.to_pydict().values(), strict=True):
                    yield Occurrence(str(row), sentence[start:end], sentence, start, end)
                    row += 1
    except (pa.ArrowException, OSError) as e:
        raise damaged(path) from e
