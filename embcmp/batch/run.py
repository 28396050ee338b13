"""A batch from its job to its results, going on from what an earlier run left whole."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embcmp.batch.encoding import Encoded, encode_all, stage
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import loaded
from embcmp.batch.lock import MANIFEST, locked
from embcmp.batch.plan import FOLDER as OCCURRENCES
from embcmp.batch.plan import Plan, planned
from embcmp.batch.results import comparison_of, summary, write_failures, write_rows
from embcmp.batch.tasks import MeasureWord
from embcmp.batch.uses import Failure
from embcmp.batch.vectors import FOLDER as VECTORS
from embcmp.batch.word_results import (
    COMPARISONS,
    MEASURED,
    How,
    comparison_file,
    depends_on,
    record_of,
)
from embcmp.batch.word_uses import shards_of
from embcmp.batch.work import Here, Workers
from embcmp.cache import write_whole
from embcmp.manifest import manifest
from embcmp.questions.compare.layer_view import EncodingProgress
from embcmp.types import Progress

SCHEMA = "embcmp.batch-manifest/1"


@dataclass(frozen=True)
class Batch:
    """A batch that ended.

    Attributes:
        out: its folder.
        summary: what `summary.json` has.
        failures: words without a result, in alphabetical order.
    """

    out: Path
    summary: dict[str, Any]
    failures: tuple[Failure, ...]


def run(
    job: Job,
    out: Path,
    workers: Workers | None = None,
    progress: EncodingProgress | None = None,
) -> Batch:
    """Run a job, or what is left of it.

    What lies in the folder is taken as it is where it is whole and all that it depends on is
    unchanged; the rest is made anew. The results are those of a run that nothing disturbed.

    Args:
        job: what to do.
        out: the batch's folder, made where it is not there.
        workers: who does the work; this process if not given.
        progress: called with the name of a stage or an encoder and how far it is.

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed during the run.
        OutputError: the folder is in use or cannot be written, or a file in it is damaged.
    """
    out, workers = out.resolve(), workers or Here()
    started = time.perf_counter()
    with locked(out), chdir(job.folder):
        for folder in (out, *(out / name for name in (OCCURRENCES, COMPARISONS, MEASURED))):
            folder.mkdir(exist_ok=True)
        _sweep(out)
        for spec in job.encoders:  # the search may take hours: what cannot be loaded is told first
            loaded(spec, job.device)
        plan = planned(job, out, stage("searching", progress))
        encoded = encode_all(job, plan, out, workers, progress)
        failures = _measure(job, plan, encoded, out, workers, stage("measuring", progress))
        found = _write(job, plan, encoded, failures, out)
        _write_manifest(job, plan, encoded, out, time.perf_counter() - started)
    return Batch(out, found, failures)


def _sweep(out: Path) -> None:
    """Remove the drafts of a run that was killed."""
    drafts = [*out.glob(".*.*"), *out.glob("*/.*.*"), *out.glob(f"{VECTORS}/*/.*.*")]
    for draft in drafts:
        draft.unlink(missing_ok=True)


def _how(job: Job) -> How:
    return How(job.seed, job.correct, job.draws, job.match, job.device)


def _measure(
    job: Job,
    plan: Plan,
    encoded: Sequence[Encoded],
    out: Path,
    workers: Workers,
    progress: Progress,
) -> tuple[Failure, ...]:
    """Measure the words whose comparison is not there or no longer holds; which have none?"""
    encoders = tuple(e.encoder for e in encoded)
    how, total = _how(job), len(plan.words)
    failed = {failure.word: failure.reason for failure in plan.failures}
    tasks = []
    for number, word in enumerate(plan.words):
        source = _source(job, plan, word.word)
        of = depends_on(word.digest, encoders, how, source)
        if (why := _unencoded(number, encoded, out)) is not None:
            failed[word.word] = why
        elif record_of(out, word.word, of) is None:
            tasks.append(MeasureWord(out, plan.of, number, encoders, how, source))
    kept = total - len(tasks)
    progress(kept, total)
    for task, reason in workers.do(tasks, lambda done, _: progress(kept + done, total)):
        if reason is not None:
            failed[plan.words[task.number].word] = reason
    _clean(plan, failed, out)
    return tuple(Failure(word, failed[word]) for word in sorted(failed))


def _unencoded(number: int, encoded: Sequence[Encoded], out: Path) -> str | None:
    """Why an encoder lacks vectors of a word, if one does."""
    broken = {shard: why for e in encoded for shard, why in e.broken.items()}
    hit = sorted(broken.keys() & shards_of(number, out)) if broken else []
    return broken[hit[0]] if hit else None


def _source(job: Job, plan: Plan, word: str) -> dict[str, Any]:
    """A word's input as a comparison's manifest names it: its file, or the job with the corpus.

    A corpus has no digest here: a word whose uses are the same is not measured again.
    """
    if job.corpus:
        return {"path": job.path.name, "sha256": None}
    path = next(w.sentences for w in job.words if w.word == word)
    digest = next(one["sha256"] for one in plan.inputs if one["path"] == path)
    return {"path": path, "sha256": digest}


def _clean(plan: Plan, failed: dict[str, str], out: Path) -> None:
    """Remove what earlier states of the job left: comparisons of other words."""
    words = [word.word for word in plan.words if word.word not in failed]
    wanted = {comparison_file(out, word).name for word in words}
    for folder in (out / COMPARISONS, out / MEASURED):
        for file in folder.glob("*.json"):
            if file.name not in wanted:
                file.unlink()


def _write(
    job: Job, plan: Plan, encoded: Sequence[Encoded], failures: tuple[Failure, ...], out: Path
) -> dict[str, Any]:
    """Write the results and the summary."""
    encoders, how = [e.encoder for e in encoded], _how(job)
    failed = {failure.word for failure in failures}
    records = []
    for word in plan.words:
        of = depends_on(word.digest, encoders, how, _source(job, plan, word.word))
        if word.word not in failed and (record := record_of(out, word.word, of)) is not None:
            records.append(record)
    comparisons = [comparison_of(record, encoders) for record in records]
    write_rows(comparisons, out)
    write_failures(failures, out)
    seconds = {e.encoder.info.name: e.seconds for e in encoded}
    found = summary(
        records, comparisons, encoders, failures, seed=job.seed, draws=job.draws, seconds=seconds
    )
    _write_json(out / "summary.json", found)
    return found


def _write_manifest(
    job: Job, plan: Plan, encoded: Sequence[Encoded], out: Path, seconds: float
) -> None:
    made = manifest(job.seed, {e.encoder.info.name: e.encoder.info for e in encoded})
    found = {
        "schema": SCHEMA,
        **made,
        "threads": max((e.encoder.threads for e in encoded), default=1),
        "job": _job(job),
        "inputs": plan.inputs,
        "occurrences": [asdict(shard) for shard in plan.shards],
        "vectors": {
            e.encoder.info.fingerprint: [
                {"name": shard.name, **(asdict(note) if note else {"broken": e.broken.get(i)})}
                for i, (shard, note) in enumerate(zip(plan.shards, e.notes, strict=True))
            ]
            for e in encoded
        },
        "words": [asdict(word) for word in plan.words],
        "seconds": round(seconds, 3),
    }
    _write_json(out / MANIFEST, found)


def _write_json(path: Path, found: dict[str, Any]) -> None:
    write_whole(path, json.dumps(found, indent=1) + "\n")


def _job(job: Job) -> dict[str, Any]:
    return {**asdict(job), "path": job.path.name}
