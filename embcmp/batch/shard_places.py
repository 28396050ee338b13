"""The places of a batch in shards: sentences with a target, each place once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

from embcmp.batch.shards import ROWS_OF_A_GROUP, digest_of, noted, writing
from embcmp.batch.spool import Spool
from embcmp.errors import InputError

FORMAT = 1  # of a plan's files: a folder of another one is planned again

_LARGEST = 2.5  # of a shard, in units of the size asked for; the least is half of it


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


def is_whole(folder: Path, shard: Shard) -> bool:
    """Whether a shard's file is there as it was written."""
    note = noted(shard_file(folder, shard))
    return note is not None and note.sha256 == shard.sha256


def shard_file(folder: Path, shard: Shard) -> Path:
    """Where a shard of places is, in the folder of the plan."""
    return folder / f"{shard.name}.parquet"


def write_shards(found: Spool, folder: Path, size: int) -> Iterator[Shard]:
    """Write the places, sentence by sentence, and note where each use went."""
    for number, sentences in enumerate(_cut(found.by_sentence(), size)):
        places: list[tuple[str, int, int]] = []
        where = []
        for use, _, sentence, start, end in sentences:
            if not places or places[-1] != (sentence, start, end):
                places.append((sentence, start, end))
            where.append((use, number, len(places) - 1))
        yield _write_shard(places, folder)
        found.place(where)


Row = tuple[int, int, str, int, int]  # of Spool.by_sentence


def _cut(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Cut rows into shards between two sentences, at sentences that say so by their own digest.

    So a row that is added or gone changes its own shard, and not where the others begin.
    """
    shard: list[Row] = []
    for _, group in groupby(rows, key=lambda row: row[1:3]):
        sentence = list(group)
        enough = len(shard) >= max(1, size // 2) and _is_boundary(sentence[0][2], size // 2)
        if shard and (enough or len(shard) + len(sentence) > _LARGEST * size):
            yield shard
            shard = []
        shard += sentence
    if shard:
        yield shard


def _is_boundary(sentence: str, every: int) -> bool:
    digest = blake2b(sentence.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % max(1, every) == 0


def _write_shard(places: Sequence[tuple[str, int, int]], folder: Path) -> Shard:
    import pyarrow as pa

    name = digest_of(FORMAT, places)[:24]
    path = folder / f"{name}.parquet"
    if (note := noted(path)) is None:
        columns = [list(column) for column in zip(*places, strict=True)]
        schema = pa.schema([("sentence", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
        with writing(path, schema) as writer:
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROWS_OF_A_GROUP)
        note = noted(path)
    if note is None:
        raise InputError(f"{path}: was changed by another program", "run the batch again")
    return Shard(name, note.rows, note.sha256)
