"""What a batch will do: the uses of all words, in shards of sentences, each place once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embcmp import __version__
from embcmp.batch.job import Job
from embcmp.batch.shard_places import FORMAT, Shard, is_whole, write_shards
from embcmp.batch.shards import (
    damaged,
    digest_of,
    forget_others,
    noted,
    read_sealed,
    write_sealed,
    writing,
)
from embcmp.batch.spool import Placed, Spool, spool
from embcmp.batch.uses import Failure, Filled, Searched, fill, inputs_of, names
from embcmp.errors import InputError, OutputError

FOLDER = "occurrences"
PLAN, WORDS = "plan.json", "words.parquet"
WORDS_OF_A_GROUP = 16
USES_OF_A_GROUP = 8192  # or few more


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


@dataclass(frozen=True)
class Plan:
    """The work of a batch.

    Attributes:
        of: digest of the job's keys and inputs that it depends on.
        inputs: the files that were read, with size and sha256.
        shards: in their order.
        words: those that have uses, in alphabetical order.
        failures: words that have none.
    """

    of: str
    inputs: tuple[dict[str, Any], ...]
    shards: tuple[Shard, ...]
    words: tuple[PlannedWord, ...]
    failures: tuple[Failure, ...]

    @property
    def rows(self) -> int:
        """Places to encode."""
        return sum(shard.rows for shard in self.shards)


def planned(job: Job, out: Path, searched: Searched) -> Plan:
    """The plan of a job: the one in the folder where it is whole and still holds, else a new one.

    Args:
        job: what to do; the paths in it start where the process is.
        out: the batch's folder.
        searched: called with (files searched, files).

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        OutputError: the folder cannot be written.
    """
    inputs = inputs_of(job)
    of = _depends_on(job, inputs)
    folder = out / FOLDER
    plan = _whole_plan(folder, of)
    if plan is None:
        folder.mkdir(exist_ok=True)
        (folder / PLAN).unlink(missing_ok=True)
        plan = _make(job, folder, of, inputs, searched)
        if inputs_of(job) != inputs:
            raise InputError(f"{job.path}: its input changed while it was read", "run it again")
        write_sealed(folder / PLAN, asdict(plan))
    # of an earlier state of the input; a run that was killed here leaves them to the next one
    forget_others(folder, {f"{shard.name}.parquet" for shard in plan.shards} | {WORDS})
    return plan


def _depends_on(job: Job, inputs: Sequence[dict[str, Any]]) -> str:
    sources = [[w.word, w.sentences] for w in sorted(job.words, key=lambda w: w.word)]
    corpus = job.corpus and [sorted(job.corpus.words), job.corpus.max_per_word]
    return digest_of(
        FORMAT, __version__, job.match, job.seed, job.shard_size, sources, corpus, *inputs
    )


def _whole_plan(folder: Path, of: str) -> Plan | None:
    """The plan that lies in a folder, if all of it is whole and nothing it depends on changed."""
    plan = _read(folder)
    whole = plan is not None and plan.of == of and noted(folder / WORDS) is not None
    return (
        plan if plan and whole and all(is_whole(folder, shard) for shard in plan.shards) else None
    )


def read_plan(out: Path, of: str) -> Plan:
    """The plan of a folder, as another process made it.

    Raises:
        OutputError: it is not there, or is of another job.
    """
    plan = _read(out / FOLDER)
    if plan is None:
        raise damaged(out / FOLDER / PLAN)
    if plan.of != of:
        path = out / FOLDER / PLAN
        raise OutputError(f"{path}: is of another job", "let every worker see the same folder")
    return plan


def _read(folder: Path) -> Plan | None:
    kept = read_sealed(folder / PLAN)
    if kept is None:
        return None
    return Plan(
        of=kept["of"],
        inputs=tuple(kept["inputs"]),
        shards=tuple(Shard(**shard) for shard in kept["shards"]),
        words=tuple(PlannedWord(**word) for word in kept["words"]),
        failures=tuple(Failure(**failure) for failure in kept["failures"]),
    )


def _make(
    job: Job, folder: Path, of: str, inputs: tuple[dict[str, Any], ...], searched: Searched
) -> Plan:
    most = job.corpus.max_per_word if job.corpus else None
    with spool(folder / ".spool.sqlite", most) as found:
        filled = fill(job, found, searched)
        found.finish()
        shards = tuple(write_shards(found, folder, job.shard_size))
        words = tuple(_write_words(job.all_words, found, filled, shards, folder))
    failures = tuple(
        Failure(word, filled.reasons[number])
        for number, word in enumerate(job.all_words)
        if number in filled.reasons
    )
    return Plan(of, inputs, shards, words, failures)


def _write_words(
    words: Sequence[str], found: Spool, filled: Filled, shards: Sequence[Shard], folder: Path
) -> Iterator[PlannedWord]:
    """Write what is known of each word that has uses, a row each."""
    import pyarrow as pa

    text = pa.string()
    use = pa.struct(
        [
            ("id", text),
            ("sense", text),
            ("source", text),
            ("shard", pa.int32()),
            ("row", pa.int32()),
        ]
    )
    skipped = pa.struct([("source", text), ("reason", text)])
    schema = pa.schema(
        [
            ("word", text),
            ("found", pa.int64()),
            ("skipped", pa.list_(skipped)),
            ("uses", pa.list_(use)),
        ]
    )
    rows: list[dict[str, Any]] = []
    with writing(folder / WORDS, schema) as writer:
        for number, word in enumerate(words):
            if uses := list(found.of_word(number)):
                row, digest = _word_row(word, uses, filled, number, shards)
                rows.append(row)
                yield PlannedWord(word, row["found"], len(uses), digest)
            uses_held = sum(len(row["uses"]) for row in rows)
            if len(rows) == WORDS_OF_A_GROUP or uses_held >= USES_OF_A_GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _word_row(
    word: str, uses: Sequence[Placed], filled: Filled, number: int, shards: Sequence[Shard]
) -> tuple[dict[str, Any], str]:
    """A row of `words.parquet`, and the digest of what a word's numbers depend on.

    The whole shards are among it: what stands in a batch beside a sentence may change the last
    bits of its vector.
    """
    ids = list(names(p.use.name or p.use.source for p in uses))
    skipped = [asdict(row) for row in filled.skipped.get(number, ())]
    row = {
        "word": word,
        "found": filled.found[number],
        "skipped": skipped,
        "uses": [
            {
                "id": id,
                "sense": p.use.sense,
                "source": p.use.source,
                "shard": p.shard,
                "row": p.row,
            }
            for id, p in zip(ids, uses, strict=True)
        ],
    }
    content = [
        [id, p.use.sense, p.use.source, p.use.sentence, p.use.start, p.use.end]
        for id, p in zip(ids, uses, strict=True)
    ]
    lie_in = sorted({shards[p.shard].name for p in uses})
    return row, digest_of(word, row["found"], skipped, content, lie_in)
