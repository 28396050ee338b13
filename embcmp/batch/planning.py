"""Making the plan of a batch: the input is searched, and its uses are cut into shards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from hashlib import blake2b
from itertools import chain, count
from typing import Any

from embcmp import __version__
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.notes import digest_of, forget_others, noted, noted_parquet
from embcmp.batch.plan import Failure, Plan, PlannedWord, Shard, read_plan
from embcmp.batch.use_database import PlacedUse, UseDatabase, use_database
from embcmp.batch.use_search import Searched, inputs_of, search
from embcmp.encoders.vector_store import ROWS_OF_A_GROUP, Place, in_sentences, parquet_writer
from embcmp.errors import InputError
from embcmp.types import Progress

FORMAT = 1  # of a plan's files: a folder of another one is planned again
WORDS_OF_A_GROUP = 16
USES_OF_A_GROUP = 8192  # or few more

_LARGEST = 2.5  # of a shard, in units of the size asked for; the least is half of it


def planned(job: Job, folder: BatchFolder, progress: Progress) -> Plan:
    """The plan of a job: the one in the folder where it is whole and still holds, else a new one.

    Args:
        job: what to do; the paths in it start where the process is.
        folder: of the batch.
        progress: called with (files searched, files).

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        OutputError: the folder cannot be written.
    """
    inputs = inputs_of(job)
    of = _depends_on(job, inputs)
    plan = read_plan(folder)
    if plan is None or plan.of != of or not _is_whole(plan):
        folder.occurrences.mkdir(exist_ok=True)
        folder.plan.unlink(missing_ok=True)
        plan = _make(job, folder, of, inputs, progress)
        if inputs_of(job) != inputs:
            raise InputError(f"{job.path}: its input changed while it was read", "run it again")
        plan.write()
    # of an earlier state of the input; a run that was killed here leaves them to the next one
    wanted = {folder.words, *(folder.shard(shard.name) for shard in plan.shards)}
    forget_others(folder.occurrences, {file.name for file in wanted})
    return plan


def _depends_on(job: Job, inputs: Sequence[dict[str, Any]]) -> str:
    sources = [[w.word, w.sentences] for w in sorted(job.words, key=lambda w: w.word)]
    corpus = job.corpus and [sorted(job.corpus.words), job.corpus.max_per_word]
    return digest_of(
        FORMAT, __version__, job.match, job.seed, job.shard_size, sources, corpus, *inputs
    )


def _is_whole(plan: Plan) -> bool:
    notes = [noted(plan.folder.shard(shard.name)) for shard in plan.shards]
    digests = [note and note.sha256 for note in notes]
    whole_shards = digests == [shard.sha256 for shard in plan.shards]
    return whole_shards and noted(plan.folder.words) is not None


def _make(
    job: Job, folder: BatchFolder, of: str, inputs: tuple[dict[str, Any], ...], progress: Progress
) -> Plan:
    most = job.corpus.max_per_word if job.corpus else None
    words = job.all_words
    with use_database(folder.occurrences / ".spool.sqlite", most) as uses:
        searched = search(job, uses, progress)
        uses.finish()
        shards = tuple(_write_shards(uses, folder, job.shard_size))
        planned_words = tuple(_write_words(words, uses, searched, shards, folder))
    reasons = sorted(searched.reasons.items())
    failures = tuple(Failure(words[number], reason) for number, reason in reasons)
    return Plan(folder, of, inputs, shards, planned_words, failures)


def _write_shards(uses: UseDatabase, folder: BatchFolder, size: int) -> Iterator[Shard]:
    """Write the places, sentence by sentence, and note where each use went."""

    def full(rows: int, sentence: str) -> bool:
        """A shard is cut at sentences that say so by their own digest.

        So a row that is added or gone changes its own shard, and not where the others begin.
        """
        return rows >= max(1, size // 2) and _is_boundary(sentence, size // 2)

    shards = in_sentences(uses.by_sentence(), lambda row: row[1], int(_LARGEST * size), full)
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
    if noted(path) is None:
        columns = [list(column) for column in zip(*places, strict=True)]
        schema = pa.schema([("sentence", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
        with noted_parquet(path) as draft, parquet_writer(draft, schema) as writer:
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROWS_OF_A_GROUP)
    if (note := noted(path)) is None:
        raise InputError(f"{path}: was changed by another program", "run the batch again")
    return Shard(name, note.rows, note.sha256)


def _write_words(
    words: Sequence[str],
    uses: UseDatabase,
    searched: Searched,
    shards: Sequence[Shard],
    folder: BatchFolder,
) -> Iterator[PlannedWord]:
    """Write what is known of each word that has uses, a row each."""
    import pyarrow as pa

    text, number = pa.string(), pa.int32()
    labels = [(name, text) for name in ("id", "sense", "source")]
    use = pa.struct([*labels, ("shard", number), ("row", number)])
    skipped = pa.struct([("source", text), ("reason", text)])
    lists = [("skipped", pa.list_(skipped)), ("uses", pa.list_(use))]
    schema = pa.schema([("word", text), ("found", pa.int64()), *lists])
    rows: list[dict[str, Any]] = []
    with noted_parquet(folder.words) as draft, parquet_writer(draft, schema) as writer:
        for k, word in enumerate(words):
            if placed := list(uses.of_word(k)):
                rows.append(_word_row(word, placed, searched, k))
                yield _planned_word(rows[-1], placed, shards)
            uses_held = sum(len(row["uses"]) for row in rows)
            if len(rows) == WORDS_OF_A_GROUP or uses_held >= USES_OF_A_GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _word_row(
    word: str, placed: Sequence[PlacedUse], searched: Searched, number: int
) -> dict[str, Any]:
    """A row of `words.parquet`."""
    ids = _unique(p.use.name or p.use.source for p in placed)
    return {
        "word": word,
        "found": searched.found[number],
        "skipped": [asdict(row) for row in searched.skipped.get(number, ())],
        "uses": [
            {
                "id": id,
                "sense": p.use.sense,
                "source": p.use.source,
                "shard": p.shard,
                "row": p.row,
            }
            for id, p in zip(ids, placed, strict=True)
        ],
    }


def _planned_word(
    row: dict[str, Any], placed: Sequence[PlacedUse], shards: Sequence[Shard]
) -> PlannedWord:
    """With the digest of what a word's numbers depend on.

    The whole shards are among it: what stands in a batch beside a sentence may change the last
    bits of its vector.
    """
    content = [
        [use["id"], use["sense"], use["source"], p.use.sentence, p.use.start, p.use.end]
        for use, p in zip(row["uses"], placed, strict=True)
    ]
    lie_in = sorted({shards[p.shard].name for p in placed})
    word, found = row["word"], row["found"]
    return PlannedWord(
        word, found, len(placed), digest_of(word, found, row["skipped"], content, lie_in)
    )


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Ids for uses: what is given, and where it is there already, with a number."""
    used: set[str] = set()
    for name in names:
        candidates = chain([name], (f"{name}.{n}" for n in count(2)))
        used.add(id := next(id for id in candidates if id not in used))
        yield id
