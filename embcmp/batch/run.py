"""Running a batch from its job to its results, or the rest of it after an interruption."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embcmp.background.background_text import BackgroundText
from embcmp.batch.encoding_stage import EncodedShards, encode_all
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.loaded_encoder import load_once
from embcmp.batch.measuring_stage import measure_all
from embcmp.batch.plan import Failure, Plan
from embcmp.batch.planning_stage import plan_for
from embcmp.batch.result_files import comparison_of, summary, write_failures, write_rows
from embcmp.batch.workers import ThisProcess, Workers, stage
from embcmp.cache import write_whole
from embcmp.manifest import manifest
from embcmp.types import TaskProgress

SCHEMA = "embcmp.batch-manifest/1"


@dataclass(frozen=True)
class Batch:
    """What a finished batch tells.

    Attributes:
        summary: the content of `summary.json`.
        failures: words without a result, in alphabetical order.
    """

    summary: dict[str, Any]
    failures: tuple[Failure, ...]


def run(
    job: Job,
    out: Path,
    workers: Workers | None = None,
    progress: TaskProgress | None = None,
) -> Batch:
    """Run a job, or the rest of it.

    A file in the folder is used if it is whole and nothing it depends on has changed; all others
    are made again. The results are the same as those of a run without interruptions.

    Args:
        job: the job.
        out: the folder of the batch, which is made if need be.
        workers: whatever does the tasks; this process if not given.
        progress: called with (name of a stage or an encoder, done, total).

    Raises:
        InputError: a file of a corpus cannot be read, or changed while it was read.
        SpecError: a spec asks for a layer that the model lacks.
        UsageError: this machine lacks the device.
        ModelError: a model is missing, broken or refused, or changed during the run.
        OutputError: the folder is in use or cannot be written, or a file in it is damaged.
    """
    folder, workers = BatchFolder(out.resolve()), workers or ThisProcess()
    started = time.perf_counter()
    with folder.locked(), chdir(job.folder):
        folder.prepare()
        text = job.background_text()  # this and the models before the search of hours
        for spec in job.encoders:
            load_once(spec, job.device)
        plan = plan_for(job, folder, stage("searching", progress))
        encoded = encode_all(job, plan, workers, progress, text)
        measuring = stage("measuring", progress)
        records, failures = measure_all(job, plan, encoded, workers, measuring)
        encoders = [e.encoder for e in encoded]
        comparisons = [comparison_of(record, encoders) for record in records]
        write_rows(comparisons, folder)
        write_failures(failures, folder)
        seconds = {e.encoder.info.name: e.seconds for e in encoded}
        over_words = summary(records, comparisons, encoders, failures, job, seconds)
        _write_json(folder.summary, over_words)
        _write_manifest(job, plan, encoded, text, time.perf_counter() - started)
    return Batch(over_words, failures)


def _write_manifest(
    job: Job,
    plan: Plan,
    encoded: Sequence[EncodedShards],
    text: BackgroundText,
    seconds: float,
) -> None:
    content = {
        "schema": SCHEMA,
        **manifest(job.seed, {e.encoder.info.name: e.encoder.info for e in encoded}),
        "threads": max((e.encoder.threads for e in encoded), default=1),
        "background": text.described,
        "job": {**asdict(job), "path": job.path.name},
        "inputs": plan.inputs,
        "occurrences": [asdict(shard) for shard in plan.shards],
        "vectors": {
            e.encoder.info.fingerprint: [
                {"name": shard.name, **(asdict(note) if note else {"broken": e.broken.get(i)})}
                for i, (shard, note) in enumerate(zip(plan.shards, e.notes, strict=True))
            ]
            for e in encoded
            if not e.encoder.info.precomputed
        },
        "words": [asdict(word) for word in plan.words],
        "seconds": round(seconds, 3),
    }
    _write_json(plan.folder.manifest, content)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, indent=1) + "\n")
