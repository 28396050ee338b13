"""Making the plan of a batch: searching the input, and cutting its uses into shards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from hashlib import blake2b
from itertools import chain, count
from typing import Any

from embcmp import __version__
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.notes import digest_of, forget_others, parquet_with_note, valid_note
from embcmp.batch.plan import Failure, Input, Plan, PlannedWord, Shard, read_plan
from embcmp.batch.use_database import PlacedUse, UseDatabase, use_database
from embcmp.batch.use_search import SearchResult, inputs_of, search
from embcmp.encoders.vector_store import ROWS_OF_A_GROUP, Place, in_sentences, parquet_writer
from embcmp.errors import InputError
from embcmp.types import Progress

FORMAT = 2  # version of the files of a plan; a folder with another one is planned again
WORDS_OF_A_GROUP = 16
USES_OF_A_GROUP = 8192  # or a few more

_LARGEST = 2.5  # the largest shard, as a multiple of the size that was asked for


def plan_for(job: Job, folder: BatchFolder, progress: Progress) -> Plan:
    """The plan of a job: the one in the folder if it is whole and up to date, else a new one.

    Args:
        job: the job; its paths are relative to the working folder.
        folder: the folder of the batch.
        progress: called with (files searched, all files).

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        OutputError: the folder cannot be written.
    """
    inputs = inputs_of(job)
    digest = _job_digest(job, inputs)
    plan = read_plan(folder)
    if plan is None or plan.digest != digest or not _is_whole(plan):
        folder.occurrences.mkdir(exist_ok=True)
        folder.plan.unlink(missing_ok=True)
        plan = _new_plan(job, folder, digest, inputs, progress)
        if inputs_of(job) != inputs:
            raise InputError(f"{job.path}: its input changed while it was read", "run it again")
        plan.write()
    # remove files of an earlier input; if this run is killed now, the next one removes them
    wanted = {folder.words, *(folder.shard(shard.name) for shard in plan.shards)}
    forget_others(folder.occurrences, {file.name for file in wanted})
    return plan


def _job_digest(job: Job, inputs: Sequence[Input]) -> str:
    sources = [[w.word, w.sentences] for w in sorted(job.words, key=lambda w: w.word)]
    corpus = job.corpus and [
        sorted(job.corpus.words),
        job.corpus.max_per_word,
        sorted([group.name, group.files] for group in job.corpus.groups),
    ]
    settings = [job.match, job.seed, job.shard_size, asdict(job.reading)]
    return digest_of(FORMAT, __version__, *settings, sources, corpus, *inputs)


def _is_whole(plan: Plan) -> bool:
    notes = [valid_note(plan.folder.shard(shard.name)) for shard in plan.shards]
    digests = [note and note.sha256 for note in notes]
    whole_shards = digests == [shard.sha256 for shard in plan.shards]
    return whole_shards and valid_note(plan.folder.words) is not None


def _new_plan(
    job: Job,
    folder: BatchFolder,
    digest: str,
    inputs: tuple[dict[str, Any], ...],
    progress: Progress,
) -> Plan:
    most = job.corpus.max_per_word if job.corpus else None
    words = job.all_words
    spool = folder.occurrences / ".spool.sqlite"
    with use_database(spool, most, by_group=bool(job.groups)) as uses:
        result = search(job, uses, progress)
        uses.finish()
        shards = tuple(_write_shards(uses, folder, job.shard_size))
        planned_words = tuple(_write_words(words, uses, result, shards, folder))
    reasons = sorted(result.reasons.items())
    failures = tuple(Failure(words[number], reason) for number, reason in reasons)
    return Plan(folder, digest, inputs, shards, planned_words, failures)


def _write_shards(uses: UseDatabase, folder: BatchFolder, size: int) -> Iterator[Shard]:
    """Write the places, sentence by sentence, and record where the place of each use is stored."""

    def is_full(rows: int, sentence: str) -> bool:
        """Whether a shard ends before a sentence, which the digest of the sentence decides.

        So a row that is added or removed changes its own shard and not where others begin.
        """
        return rows >= max(1, size // 2) and _is_boundary(sentence, size // 2)

    shards = in_sentences(uses.by_sentence(), lambda row: row[1], int(_LARGEST * size), is_full)
    for number, rows in enumerate(shards):
        places: list[Place] = []
        where = []
        for use, sentence, start, end in rows:
            if not places or places[-1] != (sentence, start, end):
                places.append((sentence, start, end))
            where.append((use, number, len(places) - 1))
        yield _write_shard(places, folder)
        uses.place(where)


def _is_boundary(sentence: str, every: int) -> bool:
    digest = blake2b(sentence.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % max(1, every) == 0


def _write_shard(places: Sequence[Place], folder: BatchFolder) -> Shard:
    import pyarrow as pa

    name = digest_of(FORMAT, places)[:24]
    path = folder.shard(name)
    if valid_note(path) is None:
        columns = [list(column) for column in zip(*places, strict=True)]
        schema = pa.schema([("sentence", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
        with parquet_with_note(path) as draft, parquet_writer(draft, schema) as writer:
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROWS_OF_A_GROUP)
    if (note := valid_note(path)) is None:
        raise InputError(f"{path}: was changed by another program", "run the batch again")
    return Shard(name, note.rows, note.sha256)


def _write_words(
    words: Sequence[str],
    uses: UseDatabase,
    result: SearchResult,
    shards: Sequence[Shard],
    folder: BatchFolder,
) -> Iterator[PlannedWord]:
    """Write a row with its uses for each word that has any."""
    import pyarrow as pa

    text, number = pa.string(), pa.int32()
    labels = [(name, text) for name in ("id", "sense", "source", "group", "unit")]
    labels.append(("columns", pa.map_(text, text)))
    use = pa.struct([*labels, ("shard", number), ("row", number)])
    skipped = pa.struct([("source", text), ("reason", text)])
    lists = [("skipped", pa.list_(skipped)), ("uses", pa.list_(use))]
    schema = pa.schema([("word", text), ("found", pa.int64()), *lists])
    rows: list[dict[str, Any]] = []
    with parquet_with_note(folder.words) as draft, parquet_writer(draft, schema) as writer:
        for k, word in enumerate(words):
            if placed := list(uses.of_word(k)):
                skipped_rows = [asdict(row) for row in result.skipped.get(k, ())]
                row = {"word": word, "found": result.found[k], "skipped": skipped_rows}
                ids = list(_unique(p.name or p.source for p in placed))
                rows.append(row | {"uses": [_use(*pair) for pair in zip(ids, placed, strict=True)]})
                digest = _digest(row, ids, placed, shards)
                yield PlannedWord(word, result.found[k], len(placed), digest)
            uses_in_memory = sum(len(row["uses"]) for row in rows)
            if len(rows) == WORDS_OF_A_GROUP or uses_in_memory >= USES_OF_A_GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _use(id: str, p: PlacedUse) -> dict[str, Any]:
    return {
        "id": id,
        "sense": p.sense,
        "source": p.source,
        "group": p.group,
        "unit": p.unit,
        "columns": json.loads(p.columns),
        "shard": p.shard,
        "row": p.row,
    }


def _digest(
    row: dict[str, Any], ids: Sequence[str], placed: Sequence[PlacedUse], shards: Sequence[Shard]
) -> str:
    """A digest of what a word's numbers depend on.

    It covers whole shards, since the sentences that are encoded together with another one may
    change the last bits of its vector.
    """
    uses = [
        [id, p.sense, p.source, p.group, p.unit, p.columns, p.sentence, p.start, p.end]
        for id, p in zip(ids, placed, strict=True)
    ]
    names = sorted({shards[p.shard].name for p in placed})
    return digest_of(row["word"], row["found"], row["skipped"], uses, names)


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Ids from names: each name, with a number added if it was used before."""
    used: set[str] = set()
    for name in names:
        candidates = chain([name], (f"{name}.{n}" for n in count(2)))
        used.add(id := next(id for id in candidates if id not in used))
        yield id
